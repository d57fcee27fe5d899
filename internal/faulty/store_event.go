package faulty

import (
	"context"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// eventCalls are the methods of an event.Store, for faults to change.
type eventCalls struct {
	Register    func(ctx context.Context, r event.Registration) error
	Forget      func(ctx context.Context, subscription string) error
	Stamp       func(ctx context.Context, s event.Stamping) (int, error)
	Claim       func(ctx context.Context, c event.Claim) ([]event.Lane, error)
	Read        func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error)
	Move        func(ctx context.Context, lane event.Lane, m event.Movement) error
	Extend      func(ctx context.Context, lane event.Lane, lease time.Duration) error
	Backlog     func(ctx context.Context, subscription, service string) (event.Backlog, error)
	Rewind      func(ctx context.Context, r event.Rewinding) error
	Trim        func(ctx context.Context, t event.Trimming) (event.Trimmed, error)
	List        func(ctx context.Context, service string, w page.Window) ([]event.Event, error)
	Get         func(ctx context.Context, service string, id event.ID) (event.Event, error)
	DeadLetters func(ctx context.Context, w page.Window) ([]event.DeadLetter, error)
	Discard     func(ctx context.Context, d event.DeadLetter) error
	Committed   func() <-chan struct{}
	History     func(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error)
}

// eventStore is an event.Store of calls.
type eventStore struct{ calls *eventCalls }

var _ event.Store = eventStore{}

func (s eventStore) Register(ctx context.Context, r event.Registration) error {
	return s.calls.Register(ctx, r)
}

func (s eventStore) Forget(ctx context.Context, subscription string) error {
	return s.calls.Forget(ctx, subscription)
}

func (s eventStore) Stamp(ctx context.Context, of event.Stamping) (int, error) {
	return s.calls.Stamp(ctx, of)
}

func (s eventStore) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	return s.calls.Claim(ctx, c)
}

func (s eventStore) Read(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
	return s.calls.Read(ctx, lane, after, limit)
}

func (s eventStore) Move(ctx context.Context, lane event.Lane, m event.Movement) error {
	return s.calls.Move(ctx, lane, m)
}

func (s eventStore) Extend(ctx context.Context, lane event.Lane, lease time.Duration) error {
	return s.calls.Extend(ctx, lane, lease)
}

func (s eventStore) Backlog(ctx context.Context, subscription, service string) (event.Backlog, error) {
	return s.calls.Backlog(ctx, subscription, service)
}

func (s eventStore) Rewind(ctx context.Context, r event.Rewinding) error {
	return s.calls.Rewind(ctx, r)
}

func (s eventStore) Trim(ctx context.Context, t event.Trimming) (event.Trimmed, error) {
	return s.calls.Trim(ctx, t)
}

func (s eventStore) List(ctx context.Context, service string, w page.Window) ([]event.Event, error) {
	return s.calls.List(ctx, service, w)
}

func (s eventStore) Get(ctx context.Context, service string, id event.ID) (event.Event, error) {
	return s.calls.Get(ctx, service, id)
}

func (s eventStore) DeadLetters(ctx context.Context, w page.Window) ([]event.DeadLetter, error) {
	return s.calls.DeadLetters(ctx, w)
}

func (s eventStore) Discard(ctx context.Context, d event.DeadLetter) error {
	return s.calls.Discard(ctx, d)
}

func (s eventStore) Committed() <-chan struct{} { return s.calls.Committed() }

func (s eventStore) History(
	ctx context.Context, service string, q event.HistoryQuery, w page.Window,
) ([]event.Revision, error) {
	return s.calls.History(ctx, service, q, w)
}
