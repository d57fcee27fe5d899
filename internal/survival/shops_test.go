package survival

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// shopCount is how many tenants the writers act in.
const shopCount = 4

// openShops makes the tenants.
func openShops(t *testing.T, p *platforma.Platform) []shop {
	t.Helper()
	shops := make([]shop, shopCount)
	for i := range shops {
		shops[i] = openShop(t, p, fmt.Sprintf("shop-%d", i))
	}
	return shops
}

func openShop(t *testing.T, p *platforma.Platform, slug string) shop {
	t.Helper()
	made, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{
		Name: slug, Slug: slug, Settings: tenant.Settings{DefaultCurrency: "USD"},
	})
	require.NoError(t, err)
	ctx := tenant.NewContext(t.Context(), made.ID)
	rate, err := money.NewRate("3.50", "USD")
	require.NoError(t, err)
	support, err := p.Catalog.Create(ctx, catalog.Draft{
		Name: "Support", SKU: "support", Category: catalog.CategoryService, Regions: []string{"nyc1"},
		Pricing: catalog.Pricing{{Name: "support", Period: catalog.PeriodMonth, Model: catalog.Flat{Rate: rate}}},
	})
	require.NoError(t, err)
	_, err = p.Catalog.Activate(ctx, support.ID)
	require.NoError(t, err)
	machine := platformatest.Product(ctx, t, p, "machine")
	much := platformatest.Quantity(t, "1000000")
	cluster, err := p.Resources.CreateCluster(ctx, resource.ClusterDraft{
		Name: "nyc1-a", Region: "nyc1",
		Capacity: resource.Capacity{VCPUs: much, MemoryGiB: much, DiskGiB: much, Instances: 100_000},
	})
	require.NoError(t, err)
	_, err = p.Resources.CreateNetwork(ctx, resource.NetworkDraft{Cluster: cluster.ID, Name: "private", CIDR: "10.0.0.0/16"})
	require.NoError(t, err)
	regular, err := p.Customers.Create(ctx, customer.Draft{Name: "Regular", Email: regularEmail})
	require.NoError(t, err)
	return shop{Tenant: made.ID, Regular: regular.ID, Support: support.ID, Machine: machine.ID}
}
