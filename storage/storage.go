// Package storage says what an adapter provides: a store for each service, and
// the events' own. The adapters in its subfolders are used as they are; an
// adapter of your own is certified by storagetest.Run.
package storage

import (
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// Driver is a database. It is safe for concurrent use.
type Driver interface {
	// Tenants is the tenant service's store.
	Tenants() tenant.Store
	// Customers is the customer service's store.
	Customers() customer.Store
	// Catalog is the catalog service's store.
	Catalog() catalog.Store
	// Orders is the order service's store.
	Orders() order.Store
	// Resources is the resource service's store.
	Resources() resource.Store
	// Webhooks is the webhook service's store.
	Webhooks() webhook.Store
	// Events is the relay's store.
	Events() event.Store
	// Close ends all connections. No operation may be under way.
	Close() error
}
