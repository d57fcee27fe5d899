// Package peer says what is measured: the same operations on the same database,
// done by PLATFORMA and by others, each in its own way.
//
// A peer works like an application of its kind that its author would be proud
// of. It keeps the rules of the schema, which all peers share: the service's
// role and the tenant are set for each operation and end with it, a change and
// its event are stored together, and so is everything else that PLATFORMA
// writes. The equivalence test compares every answer and every row.
//
// What is no storage is the same for all peers and lies in this package: what
// approving an order changes, what an item costs, what an event looks like.
package peer

import (
	"context"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Peer does the operations. It is safe for concurrent use.
//
// An answer is whatever a peer's user would work on: its own model. It is
// complete, every column read and every JSON document decoded, but nothing is
// converted for the sake of the comparison; the As methods do that, for the
// equivalence test alone. What is not there is an error.
type Peer interface {
	// Get reads an order with its items.
	Get(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error)
	// List reads the [ListSize] newest orders after a position, with their
	// items, and finds out whether there are more.
	List(ctx context.Context, tenant scope.TenantID, after Position) (any, error)
	// Find reads a customer by email, whatever its case.
	Find(ctx context.Context, tenant scope.TenantID, email string) (any, error)
	// Place stores a new order: the order, its items, its terms, its event.
	Place(ctx context.Context, p Placement) error
	// Order is the whole command: it reads the customer, reads the products,
	// prices them, and stores the order as Place does.
	Order(ctx context.Context, tenant scope.TenantID, d order.Draft) (any, error)
	// Update approves an order that awaits it: it reads the order, checks that
	// it is pending, and stores the new state and an event, provided that nobody
	// else changed the order in between.
	Update(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error)
	// Import stores new products in steps of [ImportStep], with their prices,
	// regions, terms and an event each, after it has made sure that no SKU is
	// taken.
	Import(ctx context.Context, tenant scope.TenantID, drafts []catalog.Draft) error

	// AsOrder converts an answer of Get, Order or Update.
	AsOrder(answer any) order.Order
	// AsOrders converts an answer of List; more says whether orders follow.
	AsOrders(answer any) (orders []order.Order, more bool)
	// AsCustomer converts an answer of Find.
	AsCustomer(answer any) customer.Customer

	// Close closes all connections.
	Close() error
}

const (
	// ListSize is how many orders a page has.
	ListSize = 50
	// ImportStep is how many products are stored in one atomic step.
	ImportStep = 500
)

// Position is where a page begins: after an order, or with the newest one where
// it is empty.
type Position struct {
	// After is the last order of the page before.
	After order.ID
	// Cursor is the same as PLATFORMA's pages name it.
	Cursor page.Cursor
}

// Placement is a new order, ready to be stored.
type Placement struct {
	// Order is the order, with its items in their lines' order.
	Order order.Order
	// Commit has the order's terms and its one event, whose data is the whole
	// order in JSON.
	Commit event.Commit
}

// Database is where a peer works.
type Database struct {
	// Source is what to open: of PostgreSQL the DSN of the application's login,
	// of SQLite the path of the file.
	Source string
	// Prefix begins the names of the services' roles on PostgreSQL:
	// Prefix + "_order" owns nothing but may use the schema "order".
	Prefix string
	// Connections is the size of the pool. On SQLite it is how many read; one
	// more writes.
	Connections int
}

// Open opens a database for a peer.
type Open func(ctx context.Context, d Database) (Peer, error)
