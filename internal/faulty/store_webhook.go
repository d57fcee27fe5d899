package faulty

import (
	"context"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/webhook"
)

// webhookCalls are the methods of a webhook.Store, for faults to change.
type webhookCalls struct {
	Write      func(ctx context.Context, changes webhook.Changes, commit event.Commit) error
	Get        func(ctx context.Context, id webhook.ID) (webhook.Endpoint, error)
	List       func(ctx context.Context, q webhook.Query, w page.Window) ([]webhook.Endpoint, error)
	Keys       func(ctx context.Context, id webhook.ID) (webhook.Keys, error)
	Delivery   func(ctx context.Context, id webhook.DeliveryID) (webhook.Delivery, error)
	Deliveries func(ctx context.Context, q webhook.DeliveryQuery, w page.Window) ([]webhook.Delivery, error)
	Attempts   func(ctx context.Context, q webhook.AttemptQuery, w page.Window) ([]webhook.Attempt, error)
	Due        func(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error)
	Receipt    func(ctx context.Context, operation, key string) (event.Receipt, error)
	Claim      func(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error)
	Release    func(ctx context.Context, c webhook.Claim, hidden time.Duration) error
	Next       func(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error)
}

// webhookStore is a webhook.Store of calls.
type webhookStore struct{ calls *webhookCalls }

var _ webhook.Store = webhookStore{}

func (s webhookStore) Write(ctx context.Context, changes webhook.Changes, commit event.Commit) error {
	return s.calls.Write(ctx, changes, commit)
}

func (s webhookStore) Get(ctx context.Context, id webhook.ID) (webhook.Endpoint, error) {
	return s.calls.Get(ctx, id)
}

func (s webhookStore) List(ctx context.Context, q webhook.Query, w page.Window) ([]webhook.Endpoint, error) {
	return s.calls.List(ctx, q, w)
}

func (s webhookStore) Keys(ctx context.Context, id webhook.ID) (webhook.Keys, error) {
	return s.calls.Keys(ctx, id)
}

func (s webhookStore) Delivery(ctx context.Context, id webhook.DeliveryID) (webhook.Delivery, error) {
	return s.calls.Delivery(ctx, id)
}

func (s webhookStore) Deliveries(ctx context.Context, q webhook.DeliveryQuery, w page.Window) ([]webhook.Delivery, error) {
	return s.calls.Deliveries(ctx, q, w)
}

func (s webhookStore) Attempts(ctx context.Context, q webhook.AttemptQuery, w page.Window) ([]webhook.Attempt, error) {
	return s.calls.Attempts(ctx, q, w)
}

func (s webhookStore) Due(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error) {
	return s.calls.Due(ctx, id, now, limit)
}

func (s webhookStore) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	return s.calls.Receipt(ctx, operation, key)
}

func (s webhookStore) Claim(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error) {
	return s.calls.Claim(ctx, r)
}

func (s webhookStore) Release(ctx context.Context, c webhook.Claim, hidden time.Duration) error {
	return s.calls.Release(ctx, c, hidden)
}

func (s webhookStore) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	return s.calls.Next(ctx, now, immediate)
}
