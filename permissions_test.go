package platforma_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/audit"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// operation is one call of the facade in a tenant's scope.
type operation struct {
	permission tenant.Permission
	writes     bool
	// run makes the call on the things of some tenant; nil: nobody but the
	// background work is ever asked for the permission.
	run func(ctx context.Context, p *platforma.Platform, on things) (any, error)
	// empty: things that are not there are no error, but have nothing.
	empty bool
	// live: it is refused because resources are alive, which it was asked.
	live bool
}

const reads, writes = false, true

// things are what operations are tried on.
type things struct {
	Tenant                        tenant.ID
	User                          tenant.UserID
	UserEmail, Role, GuestRole    string
	Customer, Spare               customer.ID
	Email, SKU                    string
	Product, Draft                catalog.ID
	Order, Held, Unwanted, Failed order.ID
	Item                          order.ItemID
	Resource, Other               resource.ID
	Cluster                       resource.ClusterID
	Network                       resource.NetworkID
	Endpoint, Unwired             webhook.ID
	Delivery                      webhook.DeliveryID
	Letter, Second                event.DeadLetter
}

// addressed are the operations that name one thing, by its id or another name.
func addressed() []operation {
	return []operation{
		{permission: "tenant.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.Get(ctx, on.Tenant)
		}},
		{permission: "tenant.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.Update(ctx, on.Tenant, tenant.Change{Name: new("Renamed")})
		}},
		{permission: "tenant.user.add", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.AddUser(ctx, tenant.UserDraft{Email: "granted@example.com", Roles: []string{on.GuestRole}})
		}},
		{permission: "tenant.user.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.User(ctx, on.User)
		}},
		{permission: "tenant.user.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.UserByEmail(ctx, on.UserEmail)
		}},
		{permission: "tenant.user.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.UpdateUser(ctx, on.User, tenant.UserChange{Name: new("Guest of honour")})
		}},
		{permission: "tenant.user.activate", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.ActivateUser(ctx, on.User)
		}},
		{permission: "tenant.user.permissions", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.PermissionsOf(ctx, on.User)
		}},
		{permission: "tenant.user.disable", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.DisableUser(ctx, on.User)
		}},
		{permission: "tenant.user.grant", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.Grant(ctx, on.User, on.GuestRole)
		}},
		{permission: "tenant.user.revoke", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.Revoke(ctx, on.User, on.GuestRole)
		}},
		{permission: "tenant.role.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Tenants.UpdateRole(ctx, on.Role, tenant.RoleChange{Permissions: []tenant.Permission{"order.*"}})
		}},
		{permission: "tenant.role.delete", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Tenants.DeleteRole(ctx, on.Role)
		}},

		{permission: "customer.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Customers.Get(ctx, on.Customer)
		}},
		{permission: "customer.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Customers.ByEmail(ctx, on.Email)
		}},
		{permission: "customer.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Customers.Update(ctx, on.Customer, customer.Change{Company: new("Analytical Engines")})
		}},
		{permission: "customer.payment", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Customers.SetPaymentMethod(ctx, on.Customer, customer.PaymentMethod{Kind: customer.PaymentInvoice})
		}},
		{permission: "customer.delete", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Customers.Delete(ctx, on.Spare)
		}},

		{permission: "catalog.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.Get(ctx, on.Product)
		}},
		{permission: "catalog.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.BySKU(ctx, on.SKU)
		}},
		{permission: "catalog.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.Many(ctx, []catalog.ID{on.Product, on.Draft})
		}},
		{permission: "catalog.quote", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.Quote(ctx, quoteOf(on))
		}},
		{permission: "catalog.quote", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			_, sold, err := p.Catalog.Price(ctx, quoteOf(on))
			return sold, err
		}},
		{permission: "catalog.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.Update(ctx, on.Draft, catalog.Change{Name: new("Support, renamed")})
		}},
		{permission: "catalog.activate", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.Activate(ctx, on.Draft)
		}},
		{permission: "catalog.archive", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Catalog.Archive(ctx, on.Draft)
		}},

		{permission: "order.place", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.Place(ctx, order.Draft{Customer: on.Customer, Items: []order.ItemDraft{{Product: on.Product, Quantity: 1,
				Region: "nyc1"}}})
		}},
		{permission: "order.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.Get(ctx, on.Order)
		}},
		{permission: "order.approve", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.Approve(ctx, on.Held)
		}},
		{permission: "order.cancel", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.Cancel(ctx, on.Unwanted)
		}},
		{permission: "order.cancel", writes: writes, empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return nil, p.Orders.CancelOf(ctx, on.Spare)
		}},
		{permission: "order.retry", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.Retry(ctx, on.Failed)
		}},
		{permission: "order.report", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.Report(ctx, order.Progress{Order: on.Order})
		}},
		{permission: "order.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Orders.List(ctx, order.Query{Customer: on.Customer, Product: on.Product})
		}},
		{permission: "order.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Orders.LiveOf(ctx, on.Spare)
		}},
		{permission: "order.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Orders.RunningOn(ctx, on.Draft)
		}},

		{permission: "resource.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Get(ctx, on.Resource)
		}},
		{permission: "resource.stop", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Stop(ctx, on.Resource)
		}},
		{permission: "resource.start", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Start(ctx, on.Resource)
		}},
		{permission: "resource.terminate", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Terminate(ctx, on.Other)
		}},
		{permission: "resource.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.List(ctx, resource.Query{Order: on.Order, Cluster: on.Cluster, Customer: on.Customer})
		}},
		{permission: "resource.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Progress(ctx, on.Order)
		}},
		{permission: "resource.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Resources.LiveOf(ctx, on.Spare)
		}},
		{permission: "resource.follow", writes: writes, empty: true, run: func(ctx context.Context, p *platforma.Platform,
			on things) (any, error) {
			return nil, p.Resources.Follow(ctx, order.Order{ID: on.Failed, Attempt: 1}, order.EventFailed)
		}},
		{permission: "resource.instance.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Instances(ctx, resource.InstanceQuery{Cluster: on.Cluster, Resource: on.Resource})
		}},
		{permission: "resource.cluster.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Cluster(ctx, on.Cluster)
		}},
		{permission: "resource.cluster.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.UpdateCluster(ctx, on.Cluster, resource.ClusterChange{Labels: map[string]string{"rack": "1"}})
		}},
		{permission: "resource.cluster.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.DrainCluster(ctx, on.Cluster)
		}},
		{permission: "resource.cluster.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.TakeClusterOffline(ctx, on.Cluster)
		}},
		{permission: "resource.cluster.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.ActivateCluster(ctx, on.Cluster)
		}},
		{permission: "resource.network.create", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.CreateNetwork(ctx, resource.NetworkDraft{Cluster: on.Cluster, Name: "second", CIDR: "10.9.0.0/24"})
		}},
		{permission: "resource.network.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Network(ctx, on.Network)
		}},
		{permission: "resource.network.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Resources.Networks(ctx, resource.NetworkQuery{Cluster: on.Cluster})
		}},
		{permission: "resource.network.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.UpdateNetwork(ctx, on.Network, resource.NetworkChange{Name: new("inner")})
		}},
		{permission: "resource.network.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.CloseNetwork(ctx, on.Network)
		}},
		{permission: "resource.network.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Resources.ActivateNetwork(ctx, on.Network)
		}},

		{permission: "webhook.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Get(ctx, on.Endpoint)
		}},
		{permission: "webhook.update", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Update(ctx, on.Endpoint, webhook.Change{Description: new("changed")})
		}},
		{permission: "webhook.secret", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Secret(ctx, on.Endpoint)
		}},
		{permission: "webhook.rotate", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.RotateSecret(ctx, on.Endpoint)
		}},
		{permission: "webhook.ping", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Ping(ctx, on.Endpoint)
		}},
		{permission: "webhook.pause", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Pause(ctx, on.Endpoint)
		}},
		{permission: "webhook.resume", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Resume(ctx, on.Endpoint)
		}},
		{permission: "webhook.delivery.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Delivery(ctx, on.Delivery)
		}},
		{permission: "webhook.delivery.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Deliveries(ctx, webhook.DeliveryQuery{Endpoint: on.Endpoint})
		}},
		{permission: "webhook.delivery.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Webhooks.Attempts(ctx, webhook.AttemptQuery{Endpoint: on.Endpoint, Delivery: on.Delivery})
		}},
		{permission: "webhook.delivery.resend", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Webhooks.Resend(ctx, on.Delivery)
		}},
		{permission: "webhook.delivery.resend", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any,
			error) {
			return p.Webhooks.ResendFailed(ctx, on.Endpoint, time.Time{})
		}},
		{permission: "webhook.delete", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Webhooks.Delete(ctx, on.Unwired)
		}},

		{permission: "audit.list", empty: true, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Audit.List(ctx, audit.Query{Entity: string(on.Order)})
		}},
		{permission: "event.get", run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return p.Events.Get(ctx, on.Letter.Service, on.Letter.Event)
		}},
		{permission: "event.redeliver", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Events.Redeliver(ctx, on.Letter)
		}},
		{permission: "event.discard", writes: writes, run: func(ctx context.Context, p *platforma.Platform, on things) (any, error) {
			return nil, p.Events.Discard(ctx, on.Second)
		}},
	}
}

// unaddressed are those that name nothing: they create, or list all there is.
func unaddressed() []operation {
	return []operation{
		{permission: "tenant.user.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Tenants.Users(ctx, tenant.UserQuery{})
		}},
		{permission: "tenant.role.create", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: "clerk", Permissions: []tenant.Permission{"order.get"}})
		}},
		{permission: "tenant.role.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Tenants.Roles(ctx)
		}},
		{permission: "customer.create", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Customers.Create(ctx, customer.Draft{Name: "Grace Hopper", Email: "grace@example.com"})
		}},
		{permission: "customer.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Customers.List(ctx, customer.Query{Name: "ada", Metadata: map[string]string{"tier": "gold"}})
		}},
		{permission: "catalog.create", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Catalog.Create(ctx, catalog.Draft{Name: "Created", SKU: "created", Category: catalog.CategoryService})
		}},
		{permission: "catalog.import", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Catalog.Import(ctx, []catalog.Draft{{Name: "Imported", SKU: "imported", Category: catalog.CategoryService}}, nil)
		}},
		{permission: "catalog.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Catalog.List(ctx, catalog.Query{Region: "nyc1", Text: "small"})
		}},
		{permission: "order.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Orders.List(ctx, order.Query{Status: order.StatusProvisioned})
		}},
		{permission: "resource.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Resources.List(ctx, resource.Query{Status: resource.StatusRunning, Region: "nyc1"})
		}},
		{permission: "resource.list", live: true, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return nil, p.Resources.LiveAll(ctx)
		}},
		{permission: "resource.cluster.create", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any,
			error) {
			return p.Resources.CreateCluster(ctx, resource.ClusterDraft{Name: "spare", Region: "ams3"})
		}},
		{permission: "resource.cluster.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Resources.Clusters(ctx, resource.ClusterQuery{Region: "nyc1"})
		}},
		{permission: "webhook.create", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Webhooks.Create(ctx, webhook.Draft{URL: "https://hooks.example.com/created"})
		}},
		{permission: "webhook.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Webhooks.List(ctx, webhook.Query{Status: webhook.StatusActive})
		}},
		{permission: "webhook.delivery.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Webhooks.Deliveries(ctx, webhook.DeliveryQuery{})
		}},
		{permission: "webhook.delivery.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Webhooks.Attempts(ctx, webhook.AttemptQuery{})
		}},
		{permission: "webhook.deliver", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return nil, p.Webhooks.Hear(ctx, event.Event{Type: "nothing"})
		}},
		{permission: "event.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Events.List(ctx, platforma.EventQuery{})
		}},
		{permission: "event.replay", writes: writes, run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return nil, p.Events.Replay(ctx, "order.clears", time.Now())
		}},
		{permission: "event.dead_letters", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Events.DeadLetters(ctx, page.Request{})
		}},
		{permission: "audit.list", run: func(ctx context.Context, p *platforma.Platform, _ things) (any, error) {
			return p.Audit.List(ctx, audit.Query{})
		}},
		{permission: "resource.provision"},
	}
}

func quoteOf(on things) catalog.QuoteRequest {
	return catalog.QuoteRequest{Items: []catalog.QuoteItem{{Product: on.Product, Quantity: 2, Region: "nyc1"}}}
}

// furnish makes a tenant in which every operation can be done once, in the
// order of the tables. A subscription that has parked its events must be
// mended when it returns.
func furnish(t *testing.T, p *platforma.Platform, slug string) things {
	t.Helper()
	seeded := platformatest.Seed(t, p, slug)
	ctx, system := tenant.NewContext(t.Context(), seeded.Tenant), scope.System(t.Context(), seeded.Tenant)
	on := things{
		Tenant: seeded.Tenant, Customer: seeded.Customer.ID, Email: seeded.Customer.Email, SKU: seeded.Product.SKU,
		Product: seeded.Product.ID, Order: seeded.Order.ID, Item: seeded.Order.Items[0].ID,
		Cluster: seeded.Cluster.ID, Network: seeded.Network.ID, Role: "auditor", GuestRole: "guest", UserEmail: "guest@example.com",
	}
	for _, role := range []string{on.Role, on.GuestRole} {
		_, err := p.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: role, Permissions: []tenant.Permission{"order.get"}})
		require.NoError(t, err)
	}
	user, err := p.Tenants.AddUser(ctx, tenant.UserDraft{Email: on.UserEmail, Name: "Guest"})
	require.NoError(t, err)
	spare, err := p.Customers.Create(ctx, customer.Draft{Name: "Spare", Email: "spare@example.com"})
	require.NoError(t, err)
	rate, err := money.NewRate("9.5", "USD")
	require.NoError(t, err)
	draft, err := p.Catalog.Create(ctx, catalog.Draft{Name: "Support", SKU: "support", Category: catalog.CategoryService,
		Pricing: catalog.Pricing{{Name: "fee", Period: catalog.PeriodMonth, Model: catalog.Flat{Rate: rate}}}})
	require.NoError(t, err)
	on.User, on.Spare, on.Draft = user.ID, spare.ID, draft.ID

	_, err = p.Tenants.Update(ctx, on.Tenant, tenant.Change{Settings: &tenant.Settings{
		DefaultCurrency: "USD", OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll},
	}})
	require.NoError(t, err)
	for _, id := range []*order.ID{&on.Held, &on.Unwanted, &on.Failed} {
		placed, err := p.Orders.Place(ctx, order.Draft{
			Customer: on.Customer, Items: []order.ItemDraft{{Product: on.Product, Quantity: 1, Region: "nyc1"}},
		})
		require.NoError(t, err)
		*id = placed.ID
	}
	require.NoError(t, p.Settle(ctx))
	failed, err := p.Orders.Approve(ctx, on.Failed)
	require.NoError(t, err)
	failure := order.Progress{Order: on.Failed, Attempt: 1, Items: []order.ItemProgress{{Item: failed.Items[0].ID, Failed: 1}}, Live: 1}
	_, err = p.Orders.Report(system, failure)
	require.NoError(t, err)
	failure.Live = 0
	_, err = p.Orders.Report(system, failure)
	require.NoError(t, err)

	for _, id := range []*webhook.ID{&on.Endpoint, &on.Unwired} {
		endpoint, err := p.Webhooks.Create(ctx, webhook.Draft{URL: "https://hooks.example.com", Types: []string{"none"}})
		require.NoError(t, err)
		*id = endpoint.ID
	}
	ping, err := p.Webhooks.Ping(ctx, on.Endpoint)
	require.NoError(t, err)
	on.Delivery = ping.ID
	made, err := p.Resources.List(ctx, resource.Query{Order: on.Order})
	require.NoError(t, err)
	on.Resource, on.Other = made.Items[0].ID, made.Items[1].ID
	letters, err := p.Events.DeadLetters(ctx, page.Request{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(letters.Items), 2)
	on.Letter, on.Second = letters.Items[0], letters.Items[1]
	return on
}

// breaking subscribes to customers' events with a handler that fails until it
// is mended.
func breaking(t *testing.T, p *platforma.Platform) (mend func()) {
	t.Helper()
	var mended atomic.Bool
	require.NoError(t, p.Events.Subscribe(event.Subscription{
		Name: "host.breaks", Services: []string{"customer"},
		Handle: func(context.Context, event.Event) error {
			if mended.Load() {
				return nil
			}
			return errors.New("the handler is broken")
		},
	}))
	return func() { mended.Store(true) }
}

func TestPermissionsAreAllAskedFor(t *testing.T) {
	t.Parallel()
	var covered []tenant.Permission
	for _, o := range slices.Concat(addressed(), unaddressed()) {
		covered = append(covered, o.permission)
	}
	slices.Sort(covered)
	registry := platforma.Permissions()
	slices.Sort(registry)
	require.Equal(t, slices.Compact(registry), registry, "a permission is registered once")
	require.Equal(t, registry, slices.Compact(covered), "the tables have a row for every permission, and for no other")
}

// TestPermissionEach has a user with exactly one permission, and one with all
// others, try its operation: the first may, the second may not.
func TestPermissionEach(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		mend := breaking(t, p)
		on := furnish(t, p, "acme")
		mend()
		host := tenant.NewContext(t.Context(), on.Tenant)
		user := func(name string, permissions ...tenant.Permission) tenant.UserID {
			_, err := p.Tenants.CreateRole(host, tenant.RoleDraft{Name: name, Permissions: permissions})
			require.NoError(t, err)
			added, err := p.Tenants.AddUser(host, tenant.UserDraft{Email: name + "@example.com", Roles: []string{name}, Active: true})
			require.NoError(t, err)
			return added.ID
		}
		may, mayNot := map[tenant.Permission]tenant.UserID{}, map[tenant.Permission]tenant.UserID{}
		for _, permission := range platforma.Permissions() {
			others := slices.DeleteFunc(platforma.Permissions(), func(other tenant.Permission) bool { return other == permission })
			may[permission], mayNot[permission] = user("only."+word(permission), permission), user("but."+word(permission), others...)
		}
		for i, o := range slices.Concat(addressed(), unaddressed()) {
			if o.run == nil {
				continue
			}
			_, err := o.run(tenant.AsUser(t.Context(), on.Tenant, mayNot[o.permission]), p, on)
			require.ErrorIs(t, err, platforma.ErrForbidden, "%d: all but %s", i, o.permission)
			require.ErrorContains(t, err, "the user lacks the permission "+string(o.permission))
			_, err = o.run(tenant.AsUser(t.Context(), on.Tenant, may[o.permission]), p, on)
			if o.live {
				require.ErrorIs(t, err, platforma.ErrState, "%d: only %s", i, o.permission)
				continue
			}
			require.NoError(t, err, "%d: only %s", i, o.permission)
		}
	})
}

// word makes a machine name of a permission.
func word(p tenant.Permission) string {
	if p == "event.dead_letters" {
		return "event.dead-letters"
	}
	return string(p)
}
