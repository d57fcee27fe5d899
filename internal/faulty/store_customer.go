package faulty

import (
	"context"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// customerCalls are the methods of a customer.Store, for faults to change.
type customerCalls struct {
	Create  func(ctx context.Context, c customer.Customer, commit event.Commit) error
	Get     func(ctx context.Context, id customer.ID) (customer.Customer, error)
	ByEmail func(ctx context.Context, email string) (customer.Customer, error)
	List    func(ctx context.Context, matches []page.Match, w page.Window) ([]customer.Customer, error)
	Save    func(ctx context.Context, c customer.Customer, commit event.Commit) error
	Receipt func(ctx context.Context, operation, key string) (event.Receipt, error)
}

// customerStore is a customer.Store of calls.
type customerStore struct{ calls *customerCalls }

var _ customer.Store = customerStore{}

func (s customerStore) Create(ctx context.Context, c customer.Customer, commit event.Commit) error {
	return s.calls.Create(ctx, c, commit)
}

func (s customerStore) Get(ctx context.Context, id customer.ID) (customer.Customer, error) {
	return s.calls.Get(ctx, id)
}

func (s customerStore) ByEmail(ctx context.Context, email string) (customer.Customer, error) {
	return s.calls.ByEmail(ctx, email)
}

func (s customerStore) List(ctx context.Context, matches []page.Match, w page.Window) ([]customer.Customer, error) {
	return s.calls.List(ctx, matches, w)
}

func (s customerStore) Save(ctx context.Context, c customer.Customer, commit event.Commit) error {
	return s.calls.Save(ctx, c, commit)
}

func (s customerStore) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	return s.calls.Receipt(ctx, operation, key)
}
