package platforma_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// onBoth runs a test on each database, and on an adapter that is not ours: one
// that knows what everybody may know.
func onBoth(t *testing.T, test func(t *testing.T, p *platforma.Platform)) {
	t.Helper()
	for name, open := range map[string]func(t testing.TB) storage.Driver{
		"sqlite": func(t testing.TB) storage.Driver {
			t.Helper()
			db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "cloud.db"), nil)
			require.NoError(t, err)
			return db
		},
		"postgres": postgrestest.Open,
		"memory":   func(testing.TB) storage.Driver { return memory.New() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := platforma.New(open(t), platformatest.Options())
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, p.Close()) })
			test(t, p)
		})
	}
}

func TestWholeChain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		acme, other := platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "other")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)

		units := map[int]bool{}
		for r, err := range p.Resources.All(ctx, resource.Query{Order: acme.Order.ID}) {
			require.NoError(t, err)
			require.Equal(t, resource.StatusRunning, r.Status)
			require.Equal(t, acme.Cluster.ID, r.ClusterID)
			require.Len(t, r.Network.PrivateIPs, 1)
			units[r.Unit] = true
		}
		require.Len(t, units, 3)

		_, err := p.Orders.Get(ctx, other.Order.ID)
		require.ErrorIs(t, err, platforma.ErrNotFound)
		_, err = p.Orders.Get(context.Background(), acme.Order.ID)
		require.ErrorIs(t, err, platforma.ErrNoScope)

		again, err := p.Orders.Place(ctx, order.Draft{
			Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 3, Region: "nyc1"}}, Key: "cart-1",
		})
		require.NoError(t, err)
		require.Equal(t, acme.Order.ID, again.ID)

		err = p.Customers.Delete(ctx, acme.Customer.ID)
		require.ErrorIs(t, err, platforma.ErrState)
	})
}

func TestSuspendedTenantReadsAndFinishes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		acme := platformatest.Seed(t, p, "acme")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		placed, err := p.Orders.Place(ctx, order.Draft{
			Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
		})
		require.NoError(t, err)
		_, err = p.Tenants.Suspend(tenant.AsOperator(t.Context()), acme.Tenant, "unpaid")
		require.NoError(t, err)

		_, err = p.Customers.Create(ctx, customer.Draft{Name: "Grace", Email: "grace@example.com"})
		require.ErrorIs(t, err, platforma.ErrSuspended)
		require.NoError(t, p.Settle(t.Context()), "what is under way is finished")
		placed, err = p.Orders.Get(ctx, placed.ID)
		require.NoError(t, err)
		require.Equal(t, order.StatusProvisioned, placed.Status)
	})
}
