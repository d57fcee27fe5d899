package sqlstore

import (
	"github.com/uptrace/bun/schema"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/tenant"
)

// Services returns the names of the services: each has its own schema and role
// on PostgreSQL, and its own tables on SQLite.
func Services() []string {
	return []string{"tenant", "customer", "catalog", "order", "resource"}
}

// Driver holds the stores of all services; an adapter returns it as its
// storage.Driver.
type Driver struct {
	tenants   tenant.Store
	customers customer.Store
	close     func() error
}

// NewDriver returns the stores on an executor.
func NewDriver(d schema.Dialect, run Executor, close func() error) *Driver {
	db := New(d, run)
	return &Driver{tenants: Tenants(db), customers: Customers(db), close: close}
}

// Tenants is the tenant service's store.
func (d *Driver) Tenants() tenant.Store { return d.tenants }

// Customers is the customer service's store.
func (d *Driver) Customers() customer.Store { return d.customers }

// Close ends all connections.
func (d *Driver) Close() error { return d.close() }
