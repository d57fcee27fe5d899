package order_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// The whole life of an order through the services that it meets, on a database.
func TestTheLifeOfAnOrderOnADatabase(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	gate := tenant.NewGate(db.Tenants(), nil)
	customers := customer.NewService(db.Customers(), gate, nil)
	products := catalog.NewService(db.Catalog(), gate, nil)
	orders := order.NewService(db.Orders(), gate, customers, products)

	made, err := tenant.NewService(db.Tenants(), gate, nil).Create(tenant.AsOperator(t.Context()), tenant.Draft{
		Name: "Acme", Settings: tenant.Settings{DefaultCurrency: "USD"},
	})
	require.NoError(t, err)
	ctx := tenant.NewContext(t.Context(), made.ID)
	grace, err := customers.Create(ctx, customer.Draft{Name: "Grace Hopper", Email: "grace@example.com"})
	require.NoError(t, err)
	rate, err := money.NewRate("0.07143", "USD")
	require.NoError(t, err)
	vm, err := products.Create(ctx, catalog.Draft{
		Name: "Small", SKU: "vm-small", Category: catalog.CategoryCompute, Regions: []string{"nyc1"},
		ProvisioningTemplateID: "vm-small",
		Specs: catalog.ProductSpecs{
			ResourceType: catalog.TypeVirtualMachine, VCPUs: quantity(t, "2"), MemoryGiB: quantity(t, "4"), DiskGiB: quantity(t, "40"),
			Configurable: map[string]catalog.Option{"disk_gib": {Min: quantity(t, "10"), Max: quantity(t, "100")}},
		},
		Pricing: catalog.Pricing{{Name: "disk", Period: catalog.PeriodMonth, Model: catalog.PerUnit{Unit: "disk_gib", Rate: rate}}},
	})
	require.NoError(t, err)
	_, err = products.Activate(ctx, vm.ID)
	require.NoError(t, err)

	d := order.Draft{
		Customer: grace.ID, Metadata: map[string]string{"cart": "7f3a"}, Key: "cart-7f3a",
		Items: []order.ItemDraft{
			{Product: vm.ID, Quantity: 2, Region: "nyc1", Configuration: map[string]string{"disk_gib": "80"}},
			{Product: vm.ID, Quantity: 1, Region: "nyc1"},
		},
	}
	o, err := orders.Place(ctx, d)
	require.NoError(t, err)
	require.Equal(t, "14.29 USD", o.Total().String(), "2 × 80 and 1 × 40 GiB, each line rounded: 11.4288, 2.8572")
	again, err := orders.Place(ctx, d)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(o, again), "what is read back is what was placed, to the byte of its snapshots")
	require.ErrorIs(t, orders.LiveOf(ctx, grace.ID), fault.ErrState)
	require.ErrorIs(t, orders.RunningOn(ctx, vm.ID), fault.ErrState)

	background := scope.System(t.Context(), made.ID)
	say := func(first, second order.ItemProgress) order.Order {
		t.Helper()
		first.Item, second.Item = o.Items[0].ID, o.Items[1].ID
		o, err = orders.Report(background, order.Progress{
			Order: o.ID, Attempt: o.Attempt, Items: []order.ItemProgress{first, second},
			Live: first.Running + first.Failed + second.Running + second.Failed,
		})
		require.NoError(t, err)
		return o
	}
	say(order.ItemProgress{Running: 2}, order.ItemProgress{Provisioning: 1})
	require.Equal(t, order.ItemProvisioned, o.Items[0].Status)
	say(order.ItemProgress{Running: 2}, order.ItemProgress{Failed: 1, Reason: "no room in nyc1"})
	require.Equal(t, order.StatusFailed, o.Status)
	say(order.ItemProgress{Terminated: 2}, order.ItemProgress{Terminated: 1})
	o, err = orders.Retry(ctx, o.ID)
	require.NoError(t, err)
	say(order.ItemProgress{Running: 2}, order.ItemProgress{Running: 1})
	require.Equal(t, order.StatusProvisioned, o.Status)
	require.NotNil(t, o.ProvisionedAt)

	second, err := orders.Place(ctx, order.Draft{Customer: grace.ID, Items: d.Items[1:]})
	require.NoError(t, err)
	require.NoError(t, orders.CancelOf(background, grace.ID))
	second, err = orders.Get(ctx, second.ID)
	require.NoError(t, err)
	require.Equal(t, order.StatusCancelled, second.Status)
	require.NoError(t, orders.LiveOf(ctx, grace.ID))
	require.NoError(t, orders.RunningOn(ctx, vm.ID))

	for _, c := range []struct {
		query order.Query
		want  []order.Order
	}{
		{order.Query{Customer: grace.ID, Product: vm.ID, Request: page.Request{Newest: true}}, []order.Order{second, o}},
		{order.Query{
			Metadata: map[string]string{"cart": "7f3a"}, From: o.CreatedAt, To: o.CreatedAt.Add(time.Microsecond),
		}, []order.Order{o}},
		{order.Query{Status: order.StatusPending}, nil},
	} {
		listed, err := orders.List(ctx, c.query)
		require.NoError(t, err)
		require.Len(t, listed.Items, len(c.want))
		for i := range c.want {
			require.Empty(t, cmp.Diff(c.want[i], listed.Items[i]))
		}
	}
}
