package platforma_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/platformatest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// TestRoundTrips counts what an operation of the facade costs on the wire, once
// statements are prepared and the gate knows the tenant.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	var trips postgrestest.Trips
	options := platformatest.Options()
	now := time.Now()
	options.Clock = func() time.Time { return now } // the gate forgets nothing
	p, err := platforma.New(postgrestest.OpenAt(t, postgrestest.New(t), &postgres.Options{Dial: trips.Dial, MaxConns: 1}), options)
	require.NoError(t, err)
	acme := platformatest.Seed(t, p, "acme")
	ctx := tenant.AsUser(t.Context(), acme.Tenant, acme.User.ID)

	email := 0
	for _, operation := range []struct {
		name  string
		trips int64
		run   func() error
	}{
		{"read", 1, func() error { _, err := p.Customers.Get(ctx, acme.Customer.ID); return err }},
		{"read with children", 1, func() error { _, err := p.Orders.Get(ctx, acme.Order.ID); return err }},
		{"page", 1, func() error { _, err := p.Orders.List(ctx, order.Query{}); return err }},
		{"create", 1, func() error {
			email++
			_, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace", Email: string(rune('a'+email)) + "@example.com"})
			return err
		}},
		{"update", 2, func() error {
			name := "Ada"
			_, err := p.Customers.Update(ctx, acme.Customer.ID, customer.Change{Name: &name})
			return err
		}},
		{"place an order: ask for the customer and the products, and write", 3, func() error {
			_, err := p.Orders.Place(ctx, order.Draft{
				Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 2, Region: "nyc1"}},
			})
			return err
		}},
	} {
		require.NoError(t, operation.run(), operation.name)
		before := trips.Count()
		require.NoError(t, operation.run(), operation.name)
		require.Equal(t, operation.trips, trips.Count()-before, operation.name)
	}
}
