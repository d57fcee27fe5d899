package platformatest

import (
	"context"
	"testing"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// Seeded is what a tenant has after [Seed].
type Seeded struct {
	Tenant   tenant.ID
	User     tenant.User
	Customer customer.Customer
	Product  catalog.Product
	Cluster  resource.Cluster
	Network  resource.Network
	Order    order.Order
}

// Seed takes a tenant the whole way, from nothing to running resources: it makes
// a tenant with a user, a customer, a product that is sold in
// "nyc1", a cluster with a network there, and a provisioned order of three. The
// platform is one of [Options], or has a back end for [Template].
func Seed(t testing.TB, p *platforma.Platform, slug string) Seeded {
	t.Helper()
	var s Seeded
	made := must(p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{
		Name: slug, Slug: slug, Settings: tenant.Settings{DefaultCurrency: "USD"}, Key: "tenant-" + slug,
	}))(t)
	s.Tenant = made.ID
	ctx := tenant.NewContext(t.Context(), made.ID)
	s.User = must(p.Tenants.AddUser(ctx, tenant.UserDraft{
		Email: "owner@example.com", Name: "Owner", Roles: []string{tenant.OwnerRole}, Active: true, Key: "owner",
	}))(t)
	s.Customer = must(p.Customers.Create(ctx, customer.Draft{
		Name: "Ada Lovelace", Email: "ada@example.com", Metadata: map[string]string{"tier": "gold"}, Key: "ada",
	}))(t)
	s.Product = Product(ctx, t, p, "vm-small")
	s.Cluster = must(p.Resources.CreateCluster(ctx, resource.ClusterDraft{
		Name: "nyc1-a", Region: "nyc1", Capacity: resource.Capacity{
			VCPUs: Quantity(t, "64"), MemoryGiB: Quantity(t, "256"), DiskGiB: Quantity(t, "4000"), Instances: 32,
		}, Key: "cluster",
	}))(t)
	s.Network = must(p.Resources.CreateNetwork(ctx, resource.NetworkDraft{
		Cluster: s.Cluster.ID, Name: "private", CIDR: "10.0.0.0/24", Key: "network",
	}))(t)
	placed := must(p.Orders.Place(ctx, order.Draft{
		Customer: s.Customer.ID, Items: []order.ItemDraft{{Product: s.Product.ID, Quantity: 3, Region: "nyc1"}}, Key: "cart-1",
	}))(t)
	if err := p.Settle(ctx); err != nil {
		t.Fatalf("settling: %v", err)
	}
	s.Order = must(p.Orders.Get(ctx, placed.ID))(t)
	if s.Order.Status != order.StatusProvisioned {
		t.Fatalf("the order is %s (%s)", s.Order.Status, s.Order.Failure)
	}
	return s
}

// Product makes and activates a product of 2 vcpus and 4 GiB, sold in "nyc1"
// at 0.07143 USD an hour, made by [Template]. The context carries the tenant.
func Product(ctx context.Context, t testing.TB, p *platforma.Platform, sku string) catalog.Product {
	t.Helper()
	rate := must(money.NewRate("0.07143", "USD"))(t)
	made := must(p.Catalog.Create(ctx, catalog.Draft{
		Name: "Small machine", SKU: sku, Category: catalog.CategoryCompute, Regions: []string{"nyc1"},
		Specs: catalog.ProductSpecs{
			ResourceType: catalog.TypeVirtualMachine, VCPUs: Quantity(t, "2"), MemoryGiB: Quantity(t, "4"), DiskGiB: Quantity(t, "80"),
		},
		Pricing:                catalog.Pricing{{Name: "instance", Period: catalog.PeriodHour, Model: catalog.Flat{Rate: rate}}},
		ProvisioningTemplateID: Template, Key: "product-" + sku,
	}))(t)
	return must(p.Catalog.Activate(ctx, made.ID))(t)
}

// Quantity reads an exact quantity.
func Quantity(t testing.TB, number string) money.Quantity {
	t.Helper()
	return must(money.NewQuantity(number))(t)
}

// must fails the test at the error that comes with a value.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatalf("unexpected error: %v", err)
		}
		return v
	}
}
