package customer

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// Store is what the customer service persists through. Every method is one
// atomic step in the tenant of the scope in ctx, as [tenant.Store] says.
type Store interface {
	// Create stores a new customer. An email whose normalised form
	// (Customer.EmailKey) a customer of the tenant has who is not deleted is
	// fault.ErrExists.
	Create(ctx context.Context, c Customer, commit event.Commit) error
	// Get reads a customer that is not deleted.
	Get(ctx context.Context, id ID) (Customer, error)
	// ByEmail reads the customer whose email has that normalised form.
	ByEmail(ctx context.Context, email string) (Customer, error)
	// List reads the customers that have all the terms, by id.
	List(ctx context.Context, matches []page.Match, w page.Window) ([]Customer, error)
	// Save stores a customer, also one that is deleted now: it keeps its id, frees
	// its email and is not found any more. Refusals as of Create.
	Save(ctx context.Context, c Customer, commit event.Commit) error
	// Receipt finds the receipt of a keyed command.
	Receipt(ctx context.Context, operation, key string) (event.Receipt, error)
}
