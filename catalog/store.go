package catalog

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// Store is what the catalog service persists through. Every method is one
// atomic step in the tenant of the scope in ctx, as [tenant.Store] says.
type Store interface {
	// Create stores a new product. A SKU that another product of the tenant has
	// is fault.ErrExists on the field "sku".
	Create(ctx context.Context, p Product, commit event.Commit) error
	// CreateMany stores new products, all or none, each with its own terms; the
	// commit has none. Refusals as of Create.
	CreateMany(ctx context.Context, products []New, commit event.Commit) error
	// Get reads a product.
	Get(ctx context.Context, id ID) (Product, error)
	// BySKU reads the product that has a SKU.
	BySKU(ctx context.Context, sku string) (Product, error)
	// Many reads the products of distinct ids that are there, by id; what is
	// not there is left out.
	Many(ctx context.Context, ids []ID) ([]Product, error)
	// Taken returns those of distinct SKUs that products have, in any order.
	Taken(ctx context.Context, skus []string) ([]string, error)
	// List reads the products of a query that have all the terms, by id.
	List(ctx context.Context, q Query, matches []page.Match, w page.Window) ([]Product, error)
	// Save stores a product. Refusals as of Create.
	Save(ctx context.Context, p Product, commit event.Commit) error
	// Receipt finds the receipt of a keyed command.
	Receipt(ctx context.Context, operation, key string) (event.Receipt, error)
}

// New is a product to be stored, with what it is found by.
type New struct {
	Product Product
	Terms   []page.Term
}
