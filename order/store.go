package order

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// Store is what the order service persists through. Every method is one atomic
// step in the tenant of the scope in ctx, as [tenant.Store] says.
//
// Of a query a store looks at Customer, Status, From and To; everything else
// that is asked for comes as terms.
type Store interface {
	// Create stores a new order with its items, in their order.
	Create(ctx context.Context, o Order, commit event.Commit) error
	// Get reads an order with its items.
	Get(ctx context.Context, id ID) (Order, error)
	// List reads orders with their items, by id, that have all the terms.
	List(ctx context.Context, q Query, matches []page.Match, w page.Window) ([]Order, error)
	// Count counts the orders that List would read without a window.
	Count(ctx context.Context, q Query, matches []page.Match) (int64, error)
	// Save stores an order and the statuses of its items: nothing else of an item
	// ever changes, nor an order's customer, total, currency, metadata and time
	// of creation.
	Save(ctx context.Context, o Order, commit event.Commit) error
	// SaveMany is Save for many orders at once, all or none. The terms of each
	// come with it, the commit has none.
	SaveMany(ctx context.Context, orders []Saved, commit event.Commit) error
	// Receipt finds the receipt of a keyed command.
	Receipt(ctx context.Context, operation, key string) (event.Receipt, error)
}

// Saved is one of many orders to be saved at once.
type Saved struct {
	Order Order
	// Terms replace those that the order was found by before, and Former are
	// those, as in a commit.
	Terms, Former []page.Term
}
