// Package storage says what an adapter provides: a store for each service, and
// the events' own. The adapters in its subfolders are used as they are; an
// adapter of your own is certified by storagetest.Run.
package storage

import (
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/tenant"
)

// Driver is a database. It is safe for concurrent use.
type Driver interface {
	// Tenants is the tenant service's store.
	Tenants() tenant.Store
	// Customers is the customer service's store.
	Customers() customer.Store
	// Close ends all connections. No operation may be under way.
	Close() error
}
