package sqlstore

import (
	"github.com/uptrace/bun/schema"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// Services returns the names of the services: each has its own schema and role
// on PostgreSQL, and its own tables on SQLite.
func Services() []string {
	return []string{"tenant", "customer", "catalog", "order", "resource", "webhook"}
}

// Driver holds the stores of all services; an adapter returns it as its
// storage.Driver.
type Driver struct {
	database  *Database
	tenants   tenant.Store
	customers customer.Store
	catalog   catalog.Store
	orders    order.Store
	resources resource.Store
	webhooks  webhook.Store
	events    event.Store
	end       func() error
}

// NewDriver returns the stores on an executor; end closes it.
func NewDriver(d schema.Dialect, run Executor, end func() error) *Driver {
	db := New(d, run)
	return &Driver{
		tenants: Tenants(db), customers: Customers(db), catalog: Catalog(db), orders: Orders(db),
		resources: Resources(db), webhooks: Webhooks(db), events: Events(db), database: db, end: end,
	}
}

// Tenants is the tenant service's store.
func (d *Driver) Tenants() tenant.Store { return d.tenants }

// Customers is the customer service's store.
func (d *Driver) Customers() customer.Store { return d.customers }

// Catalog is the catalog service's store.
func (d *Driver) Catalog() catalog.Store { return d.catalog }

// Orders is the order service's store.
func (d *Driver) Orders() order.Store { return d.orders }

// Resources is the resource service's store.
func (d *Driver) Resources() resource.Store { return d.resources }

// Webhooks is the webhook service's store.
func (d *Driver) Webhooks() webhook.Store { return d.webhooks }

// Events is the relay's store.
func (d *Driver) Events() event.Store { return d.events }

// Close ends all connections.
func (d *Driver) Close() error { return d.end() }
