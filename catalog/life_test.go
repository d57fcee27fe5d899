package catalog_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// open returns a catalog on a real database, and the scopes of two tenants.
func open(t *testing.T) (products *catalog.Service, acme, other context.Context) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	gate := tenant.NewGate(db.Tenants(), &tenant.GateOptions{Permissions: catalog.Permissions()})
	tenants := tenant.NewService(db.Tenants(), gate, nil)
	in := func(name string) context.Context {
		of, err := tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{
			Name: name, Settings: tenant.Settings{DefaultCurrency: "USD"},
		})
		require.NoError(t, err)
		return tenant.NewContext(t.Context(), of.ID)
	}
	return catalog.NewService(db.Catalog(), gate, nil), in("Acme"), in("Other")
}

// priceList are drafts as a price list has them: a machine of each size, with
// its price in each region.
func priceList(t *testing.T, sizes int) []catalog.Draft {
	t.Helper()
	regions := []string{"nyc1", "sfo3", "tor1"}
	drafts := make([]catalog.Draft, sizes)
	for i := range drafts {
		vcpus, err := money.NewQuantity(fmt.Sprint(i + 1))
		require.NoError(t, err)
		drafts[i] = catalog.Draft{
			Name: fmt.Sprintf("Machine of %d", i+1), SKU: fmt.Sprintf("vm-%dvcpu", i+1), Category: catalog.CategoryCompute,
			Specs:   catalog.ProductSpecs{ResourceType: catalog.TypeVirtualMachine, VCPUs: vcpus, MemoryGiB: vcpus},
			Regions: regions, ProvisioningTemplateID: "vm",
		}
		for n, region := range regions {
			rate, err := money.NewRate(fmt.Sprintf("%d.0%d143", i, n), "USD")
			require.NoError(t, err)
			drafts[i].Pricing = append(drafts[i].Pricing, catalog.PricingRule{
				Name: "instance", Region: region, Period: catalog.PeriodHour, Model: catalog.Flat{Rate: rate},
			})
		}
	}
	return drafts
}

func TestAPriceListIsImportedQuotedAndKeptApart(t *testing.T) {
	t.Parallel()
	products, acme, other := open(t)
	done, err := products.Import(acme, priceList(t, 600), &catalog.ImportOptions{Activate: true})
	require.NoError(t, err)
	require.Len(t, done.Created, 600)
	done, err = products.Import(acme, priceList(t, 601), &catalog.ImportOptions{Activate: true, SkipExisting: true})
	require.NoError(t, err)
	require.Len(t, done.Created, 1)
	_, err = products.Import(acme, priceList(t, 2), nil)
	require.ErrorIs(t, err, fault.ErrExists)

	vm, err := products.BySKU(acme, "vm-2vcpu")
	require.NoError(t, err)
	want := priceList(t, 2)[1]
	require.Empty(t, cmp.Diff(want.Pricing, vm.Pricing))
	require.Equal(t, want.Regions, vm.Regions)
	count := 0
	for p, err := range products.All(acme, catalog.Query{
		Request: page.Request{Limit: 100, Newest: true}, Text: "machine", Region: "sfo3", Status: catalog.StatusActive,
	}) {
		require.NoError(t, err)
		require.Len(t, p.Pricing, 3)
		count++
	}
	require.Equal(t, 601, count)

	request := catalog.QuoteRequest{Items: []catalog.QuoteItem{{Product: vm.ID, Quantity: 3, Region: "tor1"}}}
	quote, err := products.Quote(acme, request)
	require.NoError(t, err)
	require.Equal(t, "3.06 USD", quote.Total.String())
	_, err = products.Quote(other, request)
	require.ErrorIs(t, err, fault.ErrNotFound)
	_, err = products.Get(other, vm.ID)
	require.ErrorIs(t, err, fault.ErrNotFound)
}

func TestChangesOfOneProductAtOnceAreAllMade(t *testing.T) {
	t.Parallel()
	products, acme, _ := open(t)
	p, err := products.Create(acme, priceList(t, 1)[0])
	require.NoError(t, err)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := fmt.Sprintf("Name %d", i)
			_, err := products.Update(acme, p.ID, catalog.Change{Name: &name})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, err := products.Activate(acme, p.ID)
	require.NoError(t, err)
	require.Equal(t, int64(10), got.Version)
	got, err = products.Get(acme, p.ID)
	require.NoError(t, err)
	require.Equal(t, p.Pricing, got.Pricing)
	require.Equal(t, catalog.StatusActive, got.Status)
	_, err = products.Update(acme, p.ID, catalog.Change{Regions: []string{"nyc1"}, Version: 9})
	require.ErrorIs(t, err, fault.ErrConflict)
}

func TestABadDraftIsRefusedByTheServiceNotTheDatabase(t *testing.T) {
	t.Parallel()
	products, acme, _ := open(t)
	for what, d := range map[string]catalog.Draft{
		"NUL":     {Name: "a\x00", SKU: "a", Category: catalog.CategoryService},
		"bytes":   {Name: "\xff", SKU: "a", Category: catalog.CategoryService},
		"unknown": {Name: "a", SKU: "a", Category: "x", Pricing: catalog.Pricing{{Name: "a", Period: "week"}}},
		"attributes": {
			Name: "a", SKU: "a", Category: catalog.CategoryService,
			Specs: catalog.ProductSpecs{Attributes: map[string]string{"a\x00": "b"}},
		},
	} {
		_, err := products.Create(acme, d)
		var e *fault.Error
		require.ErrorAs(t, err, &e, what)
		require.Equal(t, fault.ErrInvalid, e.Kind, what)
		require.NotEmpty(t, e.Fields, what)
	}
	_, err := products.BySKU(acme, "a")
	require.ErrorIs(t, err, fault.ErrNotFound)
}
