// Package memory is a storage adapter that keeps its data in the process. It
// knows the library by its exported packages alone, as one from outside does,
// and is the plainest that keeps the contract: a mutex, maps, and a list of
// what to take back of a step that is refused.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// New returns an empty database, whose leases are in real time. Closing it ends
// nothing: what is stored stays, and the driver can be used again as if it had
// been opened again.
func New() storage.Driver { return NewAt(time.Now) } //nolint:forbidigo // leases are in the database's time, and this is the database

// NewAt is New with leases in the time that now tells.
func NewAt(now func() time.Time) storage.Driver {
	d := &database{
		now: now, committed: make(chan struct{}, 1), outbox: map[key][]event.Event{}, heads: map[key]int64{},
		receipts:   map[key]event.Receipt{},
		deliveries: map[key]bool{}, terms: map[key][]page.Term{},
	}
	return driver{newTenants(d), newCustomers(d), newProducts(d), newOrders(d), newResources(d), newWebhooks(d), newEvents(d)}
}

type driver struct {
	tenants   *tenants
	customers customers
	products  products
	orders    orders
	resources resources
	webhooks  webhooks
	events    events
}

func (d driver) Tenants() tenant.Store     { return d.tenants }
func (d driver) Customers() customer.Store { return d.customers }
func (d driver) Catalog() catalog.Store    { return d.products }
func (d driver) Orders() order.Store       { return d.orders }
func (d driver) Resources() resource.Store { return d.resources }
func (d driver) Webhooks() webhook.Store   { return d.webhooks }
func (d driver) Events() event.Store       { return d.events }
func (d driver) Close() error              { return nil }

// database is what all stores share. Nothing in it, nor in their tables, is
// looked at without the mutex.
type database struct {
	mu         sync.Mutex
	now        func() time.Time
	committed  chan struct{}
	outbox     map[key][]event.Event // of a tenant and service, in the order of positions
	heads      map[key]int64         // the last position of a tenant and service
	receipts   map[key]event.Receipt
	deliveries map[key]bool
	terms      map[key][]page.Term
}

// key names something of a tenant: the tenant, the service, and its own name.
type key [4]string

// within does something in the scope's tenant.
func within[T any](ctx context.Context, d *database, do func(of tenant.ID) (T, error)) (T, error) {
	return run(ctx, d, false, do)
}

// across does something in all tenants, which is the operator's alone.
func across[T any](ctx context.Context, d *database, do func() (T, error)) (T, error) {
	return run(ctx, d, true, func(tenant.ID) (T, error) { return do() })
}

func run[T any](ctx context.Context, d *database, across bool, do func(tenant.ID) (T, error)) (none T, _ error) {
	by, err := scope.From(ctx)
	if err != nil {
		return none, err
	}
	if across != (by.Tenant == "") { // only an operator's scope has none
		return none, fault.New(fault.ErrNoScope, "what crosses tenants needs the operator's scope, and all else a tenant's")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return none, &fault.Error{Kind: fault.ErrUnavailable, Err: err}
	}
	return do(by.Tenant)
}
