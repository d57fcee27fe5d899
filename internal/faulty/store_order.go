package faulty

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

// orderCalls are the methods of an order.Store, for faults to change.
type orderCalls struct {
	Create   func(ctx context.Context, o order.Order, commit event.Commit) error
	Get      func(ctx context.Context, id order.ID) (order.Order, error)
	List     func(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error)
	Count    func(ctx context.Context, q order.Query, matches []page.Match) (int64, error)
	Save     func(ctx context.Context, o order.Order, commit event.Commit) error
	SaveMany func(ctx context.Context, orders []order.Saved, commit event.Commit) error
	Receipt  func(ctx context.Context, operation, key string) (event.Receipt, error)
}

// orderStore is an order.Store of calls.
type orderStore struct{ calls *orderCalls }

var _ order.Store = orderStore{}

func (s orderStore) Create(ctx context.Context, o order.Order, commit event.Commit) error {
	return s.calls.Create(ctx, o, commit)
}

func (s orderStore) Get(ctx context.Context, id order.ID) (order.Order, error) {
	return s.calls.Get(ctx, id)
}

func (s orderStore) List(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
	return s.calls.List(ctx, q, matches, w)
}

func (s orderStore) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	return s.calls.Count(ctx, q, matches)
}

func (s orderStore) Save(ctx context.Context, o order.Order, commit event.Commit) error {
	return s.calls.Save(ctx, o, commit)
}

func (s orderStore) SaveMany(ctx context.Context, orders []order.Saved, commit event.Commit) error {
	return s.calls.SaveMany(ctx, orders, commit)
}

func (s orderStore) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	return s.calls.Receipt(ctx, operation, key)
}
