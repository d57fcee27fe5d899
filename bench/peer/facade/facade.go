// Package facade is PLATFORMA as its users meet it: every operation is a call
// of the public services, but for Place, which is the order store's own write.
package facade

import (
	"context"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// Peer is PLATFORMA.
type Peer struct {
	*platforma.Platform
	orders order.Store
}

var _ peer.Peer = (*Peer)(nil)

// OpenPostgres opens PLATFORMA on PostgreSQL.
func OpenPostgres(ctx context.Context, d peer.Database) (peer.Peer, error) {
	driver, err := postgres.Open(ctx, d.Source, &postgres.Options{Prefix: d.Prefix, MaxConns: int32(d.Connections)})
	if err != nil {
		return nil, err
	}
	return New(driver)
}

// OpenSQLite opens PLATFORMA on SQLite.
func OpenSQLite(ctx context.Context, d peer.Database) (peer.Peer, error) {
	driver, err := sqlite.Open(ctx, d.Source, &sqlite.Options{Readers: d.Connections})
	if err != nil {
		return nil, err
	}
	return New(driver)
}

// New returns the peer on a database, which it closes.
func New(driver storage.Driver) (*Peer, error) {
	p, err := platforma.New(driver, nil)
	return &Peer{p, driver.Orders()}, err
}

// Get is Orders.Get.
func (p *Peer) Get(ctx context.Context, of scope.TenantID, id order.ID) (any, error) {
	return p.Orders.Get(tenant.NewContext(ctx, of), id)
}

// List is Orders.List.
func (p *Peer) List(ctx context.Context, of scope.TenantID, after peer.Position) (any, error) {
	return p.Orders.List(tenant.NewContext(ctx, of), order.Query{Request: page.Request{
		Limit: peer.ListSize, After: after.Cursor, Newest: true,
	}})
}

// Find is Customers.ByEmail.
func (p *Peer) Find(ctx context.Context, of scope.TenantID, email string) (any, error) {
	return p.Customers.ByEmail(tenant.NewContext(ctx, of), email)
}

// Place is the order store's Create.
func (p *Peer) Place(ctx context.Context, placement peer.Placement) error {
	return p.orders.Create(tenant.NewContext(ctx, placement.Order.TenantID), placement.Order, placement.Commit)
}

// Order is Orders.Place.
func (p *Peer) Order(ctx context.Context, of scope.TenantID, d order.Draft) (any, error) {
	return p.Orders.Place(tenant.NewContext(ctx, of), d)
}

// Update is Orders.Approve.
func (p *Peer) Update(ctx context.Context, of scope.TenantID, id order.ID) (any, error) {
	return p.Orders.Approve(tenant.NewContext(ctx, of), id)
}

// Import is Catalog.Import.
func (p *Peer) Import(ctx context.Context, of scope.TenantID, drafts []catalog.Draft) error {
	_, err := p.Catalog.Import(tenant.NewContext(ctx, of), drafts, nil)
	return err
}

// AsOrder returns the order itself.
func (p *Peer) AsOrder(answer any) order.Order { return answer.(order.Order) }

// AsOrders returns the page's orders.
func (p *Peer) AsOrders(answer any) ([]order.Order, bool) {
	read := answer.(page.Page[order.Order])
	return read.Items, read.Next != ""
}

// AsCustomer returns the customer itself.
func (p *Peer) AsCustomer(answer any) customer.Customer { return answer.(customer.Customer) }
