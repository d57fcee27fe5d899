package schemas_test

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// backEnd makes what it is told, with all that a back end can say of it, but
// nothing of a SKU that is broken.
type backEnd struct{}

func (backEnd) Apply(_ context.Context, r resource.Request) (resource.Outcome, error) {
	if strings.HasPrefix(r.Desired.Name, "broken") && r.Action == resource.ActionCreate {
		return resource.Outcome{Result: resource.Failed, Reason: "it is broken"}, nil
	}
	return resource.Outcome{Result: resource.Done, ExternalID: "vm-" + string(r.Desired.ID), Network: &resource.NetworkInfo{
		MAC: "52:54:00:12:34:56", Hostname: "vm-1", Ports: []int{22, 443},
	}}, nil
}

func (backEnd) Observe(context.Context, resource.Request) (resource.Observation, error) {
	return resource.Observation{}, nil
}

// emitted are all events of a flow in which everything happens that can happen
// to an entity, once at least, made once for all tests.
var emitted = sync.OnceValues(flow)

func events(t *testing.T) []event.Event {
	t.Helper()
	all, err := emitted()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// script runs one step after the other, until one fails.
type script struct {
	*platforma.Platform
	ctx    context.Context //nolint:containedctx // of one flow
	failed error
}

// do is the outcome of a step.
func do[T any](s *script, step func(ctx context.Context) (T, error)) (outcome T) {
	if s.failed == nil {
		outcome, s.failed = step(s.ctx)
	}
	return outcome
}

func (s *script) settle() {
	do(s, func(ctx context.Context) (any, error) { return nil, s.Settle(ctx) })
}

func flow() (all []event.Event, err error) {
	folder, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	defer remove()
	db, err := sqlite.Open(context.Background(), filepath.Join(folder, "cloud.db"), nil)
	if err != nil {
		return nil, err
	}
	o := platformatest.Options()
	o.Webhooks = &webhook.Options{Transport: goneAway{}}
	o.Provisioners[platformatest.Template], o.Logger = backEnd{}, slog.New(slog.DiscardHandler)
	p, err := platforma.New(db, o)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	s := &script{Platform: p, ctx: tenant.AsOperator(context.Background())}
	acme, gone := s.tenants()
	s.ctx = scope.WithReason(scope.WithCorrelation(tenant.NewContext(context.Background(), acme), "request-1"), "as agreed")
	s.people()
	s.hooks()
	s.sales(s.goods())
	if s.failed != nil {
		return nil, s.failed
	}
	for _, of := range []tenant.ID{acme, gone} {
		every := platforma.EventQuery{Request: page.Request{Limit: page.MaxLimit}}
		for e, err := range p.Events.All(scope.OperatorOf(context.Background(), of), every) {
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
	}
	return all, nil
}

// tenants are one that sells, and one that is gone.
func (s *script) tenants() (acme, gone tenant.ID) {
	most := do(s, func(context.Context) (money.Amount, error) { return money.NewAmount("1000000.00", "USD") })
	acme = do(s, func(ctx context.Context) (tenant.Tenant, error) {
		return s.Tenants.Create(ctx, tenant.Draft{Name: "Acme", Slug: "acme", Settings: tenant.Settings{
			DefaultCurrency: "USD", Locale: "de-CH", TimeZone: "Europe/Zurich", AllowedRegions: []string{"nyc1"},
			OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAbove, Above: most},
			Limits:        tenant.Limits{Resources: 100, ResourcesPerOrder: 10}, Extra: map[string]string{"theme": "dark"},
		}})
	}).ID
	gone = do(s, func(ctx context.Context) (tenant.Tenant, error) {
		return s.Tenants.Create(ctx, tenant.Draft{Name: "Gone"})
	}).ID
	for _, step := range []func(ctx context.Context) (tenant.Tenant, error){
		func(ctx context.Context) (tenant.Tenant, error) { return s.Tenants.Suspend(ctx, gone, "unpaid") },
		func(ctx context.Context) (tenant.Tenant, error) { return s.Tenants.Suspend(ctx, gone, "fraud") },
		func(ctx context.Context) (tenant.Tenant, error) { return s.Tenants.Reactivate(ctx, gone, "unpaid") },
		func(ctx context.Context) (tenant.Tenant, error) { return s.Tenants.Reactivate(ctx, gone, "fraud") },
		func(ctx context.Context) (tenant.Tenant, error) { return s.Tenants.Archive(ctx, gone) },
	} {
		do(s, step)
	}
	return acme, gone
}

// people are users with roles.
func (s *script) people() {
	do(s, func(ctx context.Context) (tenant.Role, error) {
		return s.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: "clerk"})
	})
	do(s, func(ctx context.Context) (tenant.Role, error) {
		return s.Tenants.UpdateRole(ctx, "clerk", tenant.RoleChange{Permissions: []tenant.Permission{"order.*"}})
	})
	u := do(s, func(ctx context.Context) (tenant.User, error) {
		return s.Tenants.AddUser(ctx, tenant.UserDraft{Email: "ada@example.com", Name: "Ada"})
	})
	do(s, func(ctx context.Context) (tenant.User, error) { return s.Tenants.Grant(ctx, u.ID, "clerk") })
	do(s, func(ctx context.Context) (tenant.User, error) { return s.Tenants.ActivateUser(ctx, u.ID) })
	do(s, func(ctx context.Context) (tenant.User, error) { return s.Tenants.Revoke(ctx, u.ID, "clerk") })
	do(s, func(ctx context.Context) (tenant.User, error) { return s.Tenants.DisableUser(ctx, u.ID) })
	do(s, func(ctx context.Context) (any, error) { return nil, s.Tenants.DeleteRole(ctx, "clerk") })
}

// goneAway answers that nobody wants to hear any more.
type goneAway struct{}

func (goneAway) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusGone, Body: http.NoBody, Request: r}, nil
}

// hooks are an endpoint that is gone, and one that is deleted.
func (s *script) hooks() {
	create := func(ctx context.Context) (webhook.Created, error) {
		return s.Webhooks.Create(ctx, webhook.Draft{URL: "https://example.com/hooks"})
	}
	e := do(s, create)
	do(s, func(ctx context.Context) (webhook.Endpoint, error) {
		return s.Webhooks.Update(ctx, e.ID, webhook.Change{Types: &[]string{"platforma.customer.*"}})
	})
	do(s, func(ctx context.Context) (webhook.Secret, error) { return s.Webhooks.RotateSecret(ctx, e.ID) })
	do(s, func(ctx context.Context) (webhook.Endpoint, error) { return s.Webhooks.Pause(ctx, e.ID) })
	do(s, func(ctx context.Context) (webhook.Endpoint, error) { return s.Webhooks.Resume(ctx, e.ID) })
	do(s, func(ctx context.Context) (webhook.Delivery, error) { return s.Webhooks.Ping(ctx, e.ID) })
	s.settle()
	other := do(s, create)
	do(s, func(ctx context.Context) (any, error) { return nil, s.Webhooks.Delete(ctx, other.ID) })
}

// goods are what is sold, the second of it broken, and room for it.
func (s *script) goods() (machine, broken, support catalog.Product) {
	number := func(text string) money.Quantity {
		return do(s, func(context.Context) (money.Quantity, error) { return money.NewQuantity(text) })
	}
	rate := do(s, func(context.Context) (money.Rate, error) { return money.NewRate("0.07143", "USD") })
	create := func(d catalog.Draft) catalog.Product {
		made := do(s, func(ctx context.Context) (catalog.Product, error) { return s.Catalog.Create(ctx, d) })
		return do(s, func(ctx context.Context) (catalog.Product, error) { return s.Catalog.Activate(ctx, made.ID) })
	}
	d := catalog.Draft{
		Name: "Machine", SKU: "vm", Category: catalog.CategoryCompute, Regions: []string{"nyc1"},
		ProvisioningTemplateID: platformatest.Template,
		Specs: catalog.ProductSpecs{
			ResourceType: catalog.TypeVirtualMachine, VCPUs: number("2"), MemoryGiB: number("4.5"), DiskGiB: number("80"),
			GPU: "H100", GPUCount: 1, BandwidthMbps: 1000, IOPS: 3000, IPs: 1, TrafficGiB: 500, Ports: []int{22, 443},
			Attributes: map[string]string{"image": "debian"},
			Configurable: map[string]catalog.Option{
				"disk_gib": {Min: number("20"), Max: number("200"), Step: number("10")}, "colour": {Values: []string{"red", "blue"}},
			},
		},
		Pricing: catalog.Pricing{
			{Name: "instance", Region: "nyc1", Period: catalog.PeriodHour, Model: catalog.Flat{Rate: rate}},
			{Name: "disk", Period: catalog.PeriodMonth, Model: catalog.PerUnit{Unit: "disk_gib", Rate: rate}},
			{Name: "setup", Period: catalog.PeriodOnce, Model: catalog.Flat{Rate: rate}},
		},
	}
	machine = create(d)
	d.SKU = "broken"
	broken = create(d)
	d = catalog.Draft{Name: "Support", SKU: "support", Category: catalog.CategoryService, Pricing: d.Pricing[2:]}
	support = create(d)
	d.SKU = "old"
	old := create(d)
	do(s, func(ctx context.Context) (catalog.Product, error) {
		return s.Catalog.Update(ctx, old.ID, catalog.Change{Name: new("Old")})
	})
	do(s, func(ctx context.Context) (catalog.Product, error) { return s.Catalog.Archive(ctx, old.ID) })
	do(s, func(ctx context.Context) (catalog.Product, error) {
		return s.Catalog.Create(ctx, catalog.Draft{Name: "Idea", SKU: "idea", Category: catalog.CategoryStorage})
	})

	c := do(s, func(ctx context.Context) (resource.Cluster, error) {
		return s.Resources.CreateCluster(ctx, resource.ClusterDraft{
			Name: "nyc1-a", Region: "nyc1", Labels: map[string]string{"rack": "7"}, Capacity: resource.Capacity{
				VCPUs: number("64"), MemoryGiB: number("256"), DiskGiB: number("4000"), Instances: 32,
			},
		})
	})
	for _, n := range []resource.NetworkDraft{
		{Cluster: c.ID, Name: "private", CIDR: "10.0.0.0/24", Reserved: []string{"10.0.0.5-10.0.0.9", "10.0.0.77"}},
		{Cluster: c.ID, Name: "six", CIDR: "2001:db8::/64"},
	} {
		do(s, func(ctx context.Context) (resource.Network, error) { return s.Resources.CreateNetwork(ctx, n) })
	}
	return machine, broken, support
}

// sales are orders of each fate.
func (s *script) sales(machine, broken, support catalog.Product) {
	create := func(d customer.Draft) customer.Customer {
		return do(s, func(ctx context.Context) (customer.Customer, error) { return s.Customers.Create(ctx, d) })
	}
	bare := create(customer.Draft{Name: "Bare", Email: "bare@example.com"})
	do(s, func(ctx context.Context) (any, error) { return nil, s.Customers.Delete(ctx, bare.ID) })
	ada := create(customer.Draft{
		Name: "Ada", Email: "ada@example.com", Company: "Engines", Metadata: map[string]string{"tier": "gold"},
		BillingAddress: customer.Address{Lines: []string{"1 Main St"}, City: "New York", Region: "NY", PostalCode: "10001", Country: "US"},
	})
	do(s, func(ctx context.Context) (customer.Customer, error) {
		return s.Customers.SetPaymentMethod(ctx, ada.ID, customer.PaymentMethod{
			Kind: customer.PaymentCard, Provider: "stripe", Token: "pm_1", Brand: "Visa", LastFour: "4242", Expiry: "2029-04",
		})
	})
	place := func(products ...catalog.Product) order.Order {
		d := order.Draft{Customer: ada.ID, Metadata: map[string]string{"po": "7"}}
		for _, p := range products {
			item := order.ItemDraft{Product: p.ID, Quantity: 1}
			if p.Category == catalog.CategoryCompute {
				item.Region, item.Configuration = "nyc1", map[string]string{"disk_gib": "40", "colour": "red"}
			}
			d.Items = append(d.Items, item)
		}
		return do(s, func(ctx context.Context) (order.Order, error) { return s.Orders.Place(ctx, d) })
	}
	place(broken)
	place(support)
	two := place(machine, machine)
	if s.failed != nil {
		return
	}
	do(s, func(ctx context.Context) (order.Order, error) {
		return s.Orders.Report(scope.System(ctx, two.TenantID), order.Progress{Order: two.ID, Attempt: 1, Items: []order.ItemProgress{
			{Item: two.Items[0].ID, Running: 1}, {Item: two.Items[1].ID, Provisioning: 1},
		}, Live: 2})
	})
	unwanted := place(machine)
	do(s, func(ctx context.Context) (order.Order, error) { return s.Orders.Cancel(ctx, unwanted.ID) })
	s.settle()
	made := do(s, func(ctx context.Context) (page.Page[resource.Resource], error) {
		return s.Resources.List(ctx, resource.Query{Order: two.ID})
	})
	if s.failed != nil {
		return
	}
	vm := made.Items[0].ID
	for _, step := range []func(context.Context, resource.ID) (resource.Resource, error){
		s.Resources.Stop, s.Resources.Start, s.Resources.Terminate,
	} {
		do(s, func(ctx context.Context) (resource.Resource, error) { return step(ctx, vm) })
		s.settle()
	}
	do(s, func(ctx context.Context) (tenant.Tenant, error) {
		return s.Tenants.Update(ctx, two.TenantID, tenant.Change{Settings: &tenant.Settings{
			DefaultCurrency: "USD", OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll},
		}})
	})
	held := place(machine)
	do(s, func(ctx context.Context) (order.Order, error) { return s.Orders.Approve(ctx, held.ID) })
	s.settle()
}
