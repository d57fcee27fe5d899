package platforma_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// shop is a tenant that sells, and its platform.
type shop struct {
	platformatest.Seeded
	*platforma.Platform
	back *backEnd
}

func (s shop) ctx(t *testing.T) context.Context {
	t.Helper()
	return tenant.NewContext(t.Context(), s.Tenant)
}

func (s shop) place(t *testing.T, of catalog.ID, quantity int64) order.Order {
	t.Helper()
	o, err := s.Orders.Place(s.ctx(t), order.Draft{
		Customer: s.Customer.ID, Items: []order.ItemDraft{{Product: of, Quantity: quantity, Region: "nyc1"}}, Currency: "USD",
	})
	require.NoError(t, err)
	return o
}

// settled is an order after all work is done.
func (s shop) settled(t *testing.T, id order.ID) order.Order {
	t.Helper()
	require.NoError(t, s.Settle(s.ctx(t)))
	return must(s.Orders.Get(s.ctx(t), id))
}

// used is what is taken of the cluster and of the addresses.
func (s shop) used(t *testing.T) string {
	t.Helper()
	return fmt.Sprint(must(s.Resources.Cluster(s.ctx(t), s.Cluster.ID)).Used, must(s.Resources.Network(s.ctx(t), s.Network.ID)).Allocated)
}

func (s shop) settings(t *testing.T, change tenant.Settings) {
	t.Helper()
	change.DefaultCurrency = "USD"
	must(s.Tenants.Update(s.ctx(t), s.Tenant, tenant.Change{Settings: &change}))
}

// TestLifecycleOrders tells the stories of orders, each in a tenant of its own.
func TestLifecycleOrders(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, b *backEnd) {
		for i, story := range []func(*testing.T, shop){
			notForSale, approval, cancelling, failing, exhausting, leaving, limits,
		} {
			seeded := platformatest.Seed(t, p, fmt.Sprintf("shop-%d", i))
			story(t, shop{Seeded: seeded, Platform: p, back: b})
		}
	})
}

func notForSale(t *testing.T, s shop) {
	archived, sold := platformatest.Product(s.ctx(t), t, s.Platform, "archived"), s.Product
	must(s.Catalog.Archive(s.ctx(t), archived.ID))
	d := draftOf(sold)
	d.SKU = "draft"
	draft := must(s.Catalog.Create(s.ctx(t), d))
	for name, row := range map[string]struct {
		item     order.ItemDraft
		currency money.Currency
		path     string
		rule     string
	}{
		"draft": {order.ItemDraft{Product: draft.ID, Region: "nyc1"}, "USD", "items[0].product",
			"must be an active product: draft is draft"},
		"archived": {order.ItemDraft{Product: archived.ID, Region: "nyc1"}, "USD", "items[0].product",
			"must be an active product: archived is archived"},
		"region": {order.ItemDraft{Product: sold.ID, Region: "ams3"}, "USD", "items[0].region",
			"must be one that vm-small is sold in, ams3 is not"},
		"no region": {order.ItemDraft{Product: sold.ID}, "USD", "items[0].region", "must be given: vm-small is sold by region"},
		"currency": {order.ItemDraft{Product: sold.ID, Region: "nyc1"}, "EUR", "items[0].product",
			"must have a price in EUR in nyc1: vm-small has USD"},
	} {
		row.item.Quantity = 1
		_, err := s.Orders.Place(s.ctx(t), order.Draft{Customer: s.Customer.ID, Items: []order.ItemDraft{row.item}, Currency: row.currency})
		require.ErrorIs(t, err, platforma.ErrInvalid, name)
		require.EqualError(t, err, "order.place order: invalid: "+row.path+" "+row.rule)
	}
	s.settings(t, tenant.Settings{AllowedRegions: []string{"ams3"}})
	_, err := s.Orders.Place(s.ctx(t), order.Draft{Customer: s.Customer.ID, Items: []order.ItemDraft{{Product: sold.ID, Quantity: 1,
		Region: "nyc1"}}})
	require.ErrorContains(t, err, "items[0].region must be one that the tenant allows, nyc1 is not")
	require.Len(t, must(s.Orders.List(s.ctx(t), order.Query{})).Items, 1)
}

func approval(t *testing.T, s shop) {
	d := draftOf(s.Product)
	d.SKU = "in-euros"
	d.Pricing = append(d.Pricing, catalog.PricingRule{Name: "instance", Period: catalog.PeriodHour,
		Model: catalog.Flat{Rate: must(money.NewRate("1", "EUR"))}})
	both := must(s.Catalog.Activate(s.ctx(t), must(s.Catalog.Create(s.ctx(t), d)).ID))
	above := tenant.OrderApproval{Mode: tenant.ApprovalAbove, Above: must(money.NewAmount("0.14", "USD"))}
	for i, row := range []struct {
		policy   tenant.OrderApproval
		quantity int64
		currency money.Currency
		status   order.Status
	}{
		{tenant.OrderApproval{}, 1, "USD", order.StatusProcessing},
		{tenant.OrderApproval{Mode: tenant.ApprovalNone}, 5, "USD", order.StatusProcessing},
		{tenant.OrderApproval{Mode: tenant.ApprovalAll}, 1, "USD", order.StatusPending},
		{above, 2, "USD", order.StatusProcessing}, // 0.14 is not above 0.14
		{above, 3, "USD", order.StatusPending},
		{above, 1, "EUR", order.StatusPending},
	} {
		s.settings(t, tenant.Settings{OrderApproval: row.policy})
		o := must(s.Orders.Place(s.ctx(t), order.Draft{Customer: s.Customer.ID, Currency: row.currency, Items: []order.ItemDraft{
			{Product: both.ID, Quantity: row.quantity, Region: "nyc1"},
		}}))
		require.Equal(t, row.status, o.Status, "%d", i)
		o = s.settled(t, o.ID)
		if row.status == order.StatusPending {
			require.Equal(t, order.StatusPending, o.Status, "%d: it waits", i)
			o = must(s.Orders.Approve(tenant.AsUser(s.ctx(t), s.Tenant, s.User.ID), o.ID))
			require.Equal(t, string(s.User.ID), o.ApprovedBy)
			require.NotNil(t, o.ApprovedAt)
			o = s.settled(t, o.ID)
		}
		require.Equal(t, order.StatusProvisioned, o.Status, "%d", i)
		require.NotNil(t, o.ProvisionedAt)
	}
}

func cancelling(t *testing.T, s shop) {
	before := s.used(t)
	s.settings(t, tenant.Settings{OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll}})
	pending := func(*testing.T, order.ID) {}
	started := func(_ *testing.T, id order.ID) { must(s.Orders.Approve(s.ctx(t), id)) }
	placed := func(t *testing.T, id order.ID) {
		started(t, id)
		require.NoError(t, s.Resources.Follow(scope.System(s.ctx(t), s.Tenant), must(s.Orders.Get(s.ctx(t), id)), order.EventStarted))
		require.NotEqual(t, before, s.used(t))
	}
	failed := func(t *testing.T, id order.ID) {
		s.back.fail(string(s.Tenant), resource.ActionCreate, true)
		started(t, id)
		require.Equal(t, order.StatusFailed, s.settled(t, id).Status)
		s.back.fail(string(s.Tenant), resource.ActionCreate, false)
	}
	for stage, bring := range map[string]func(*testing.T, order.ID){"pending": pending, "started": started, "placed": placed,
		"failed": failed} {
		o := s.place(t, s.Product.ID, 2)
		bring(t, o.ID)
		o = must(s.Orders.Cancel(scope.WithReason(s.ctx(t), "a mistake"), o.ID))
		require.Equal(t, order.StatusCancelled, o.Status, stage)
		o = s.settled(t, o.ID)
		require.Equal(t, order.PhaseAtRest, o.Phase, stage)
		require.Equal(t, order.ItemCancelled, o.Items[0].Status, stage)
		require.Equal(t, before, s.used(t), "%s: all is given back", stage)
		for r, err := range s.Resources.All(s.ctx(t), resource.Query{Order: o.ID}) {
			require.NoError(t, err)
			require.Equal(t, resource.StatusTerminated, r.Status, stage)
		}
		for _, refuse := range []func(context.Context, order.ID) (order.Order, error){s.Orders.Cancel, s.Orders.Approve, s.Orders.Retry} {
			_, err := refuse(s.ctx(t), o.ID)
			require.ErrorIs(t, err, platforma.ErrState)
			require.ErrorContains(t, err, "is not possible from cancelled to ")
		}
	}
	_, err := s.Orders.Cancel(s.ctx(t), s.Order.ID)
	require.ErrorIs(t, err, platforma.ErrState)
	require.ErrorContains(t, err, "cancel is not possible from provisioned to cancelled: nothing more is possible")
}

// failing is the life of an order whose back end fails for good: it is taken
// down, can be retried, and then succeeds.
func failing(t *testing.T, s shop) {
	before := s.used(t)
	s.back.fail(string(s.Tenant), resource.ActionCreate, true)
	o := s.settled(t, s.place(t, s.Product.ID, 2).ID)
	require.Equal(t, order.StatusFailed, o.Status)
	require.Equal(t, order.PhaseAtRest, o.Phase)
	require.Equal(t, "vm-small: no create today", o.Failure)
	require.Equal(t, order.ItemFailed, o.Items[0].Status)
	require.Equal(t, before, s.used(t))
	made := must(s.Resources.List(s.ctx(t), resource.Query{Order: o.ID})).Items
	require.Len(t, made, 2)
	for _, r := range made {
		require.Equal(t, resource.StatusTerminated, r.Status)
	}
	s.back.fail(string(s.Tenant), resource.ActionCreate, false)
	o = must(s.Orders.Retry(s.ctx(t), o.ID))
	require.Equal(t, 2, o.Attempt)
	require.Empty(t, o.Failure)
	o = s.settled(t, o.ID)
	require.Equal(t, order.StatusProvisioned, o.Status)
	require.Len(t, must(s.Resources.List(s.ctx(t), resource.Query{Order: o.ID, Status: resource.StatusRunning})).Items, 2)
	_, err := s.Orders.Retry(s.ctx(t), o.ID)
	require.ErrorContains(t, err, "retry is not possible from provisioned to processing: nothing more is possible")
}

func exhausting(t *testing.T, s shop) {
	before := s.used(t)
	o := s.settled(t, s.place(t, s.Product.ID, 30).ID)
	require.Equal(t, order.StatusFailed, o.Status)
	require.Equal(t, order.PhaseAtRest, o.Phase)
	require.Equal(t, "vm-small: needs 2 vcpus and 1 instances in nyc1, the best cluster has 0 and 0 left", o.Failure)
	require.Equal(t, before, s.used(t), "nothing is taken")

	larger := resource.Capacity{
		VCPUs: platformatest.Quantity(t, "128"), MemoryGiB: platformatest.Quantity(t, "256"), DiskGiB: platformatest.Quantity(t, "4000"),
		Instances: 64,
	}
	must(s.Resources.UpdateCluster(s.ctx(t), s.Cluster.ID, resource.ClusterChange{Capacity: &larger}))
	must(s.Orders.Retry(s.ctx(t), o.ID))
	require.Equal(t, order.StatusProvisioned, s.settled(t, o.ID).Status)

	must(s.Resources.DrainCluster(s.ctx(t), s.Cluster.ID))
	o = s.settled(t, s.place(t, s.Product.ID, 1).ID)
	require.Equal(t, "vm-small: needs a cluster in nyc1, none of 1 is active", o.Failure)
}

func limits(t *testing.T, s shop) {
	s.settings(t, tenant.Settings{Limits: tenant.Limits{ResourcesPerOrder: 4, Resources: 5}})
	_, err := s.Orders.Place(s.ctx(t), order.Draft{Customer: s.Customer.ID, Items: []order.ItemDraft{{Product: s.Product.ID, Quantity: 5,
		Region: "nyc1"}}})
	require.ErrorIs(t, err, platforma.ErrExhausted)
	require.ErrorContains(t, err, "the order asks for 5 resources, the tenant allows 4 an order")
	o := s.settled(t, s.place(t, s.Product.ID, 3).ID)
	require.Equal(t, "vm-small: needs 3 resources, the tenant has 3 of at most 5", o.Failure)
	require.Equal(t, order.StatusProvisioned, s.settled(t, s.place(t, s.Product.ID, 2).ID).Status)
}

// leaving is a customer who is deleted, and a product that is archived.
func leaving(t *testing.T, s shop) {
	running := s.place(t, s.Product.ID, 1)
	_, err := s.Catalog.Archive(s.ctx(t), s.Product.ID)
	require.ErrorIs(t, err, platforma.ErrState)
	require.ErrorContains(t, err, "orders of the product are under way: 1")
	err = s.Customers.Delete(s.ctx(t), s.Customer.ID)
	require.ErrorIs(t, err, platforma.ErrState)
	require.ErrorContains(t, err, "3 resources of the customer are not terminated")
	require.Equal(t, order.StatusProvisioned, s.settled(t, running.ID).Status)
	for r, err := range s.Resources.All(s.ctx(t), resource.Query{}) {
		require.NoError(t, err)
		must(s.Resources.Terminate(s.ctx(t), r.ID))
	}
	require.NoError(t, s.Settle(s.ctx(t)))
	s.settings(t, tenant.Settings{OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll}})
	waiting := s.place(t, s.Product.ID, 1)
	require.NoError(t, s.Customers.Delete(s.ctx(t), s.Customer.ID))
	require.Equal(t, order.StatusCancelled, s.settled(t, waiting.ID).Status, "what waited for an approval is cancelled")
	_, err = s.Customers.Get(s.ctx(t), s.Customer.ID)
	require.ErrorIs(t, err, platforma.ErrNotFound)
	require.Equal(t, s.Customer.ID, must(s.Orders.Get(s.ctx(t), running.ID)).CustomerID, "what the orders say stays")
	again := must(s.Customers.Create(s.ctx(t), customer.Draft{Name: "Ada again", Email: s.Customer.Email}))
	require.NotEqual(t, s.Customer.ID, again.ID)
	require.Equal(t, catalog.StatusArchived, must(s.Catalog.Archive(s.ctx(t), s.Product.ID)).Status)
}

// TestLifecycleKeys repeats keyed commands after what they made has changed:
// each answers as it did the first time, and another request under its key is
// refused.
func TestLifecycleKeys(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		s := platformatest.Seed(t, p, "acme")
		operator, ctx := tenant.AsOperator(t.Context()), tenant.NewContext(t.Context(), s.Tenant)
		commands := map[string]func(name string) (string, error){
			"tenant": func(name string) (string, error) {
				v, err := p.Tenants.Create(operator, tenant.Draft{Name: name, Slug: "keyed", Key: "k"})
				return string(v.ID), err
			},
			"user": func(name string) (string, error) {
				v, err := p.Tenants.AddUser(ctx, tenant.UserDraft{Email: "keyed@example.com", Name: name, Key: "k"})
				return string(v.ID), err
			},
			"role": func(name string) (string, error) {
				v, err := p.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: name, Key: "k"})
				return string(v.ID), err
			},
			"customer": func(name string) (string, error) {
				v, err := p.Customers.Create(ctx, customer.Draft{Name: name, Email: "keyed@example.com", Key: "k"})
				return string(v.ID), err
			},
			"product": func(name string) (string, error) {
				d := draftOf(s.Product)
				d.Name, d.Key, d.SKU = name, "k", "keyed"
				v, err := p.Catalog.Create(ctx, d)
				return string(v.ID), err
			},
			"order": func(name string) (string, error) {
				v, err := p.Orders.Place(ctx, order.Draft{Customer: s.Customer.ID, Key: "k", Metadata: map[string]string{"name": name},
					Items: []order.ItemDraft{{Product: s.Product.ID, Quantity: 1, Region: "nyc1"}}})
				return string(v.ID), err
			},
			"cluster": func(name string) (string, error) {
				v, err := p.Resources.CreateCluster(ctx, resource.ClusterDraft{Name: name, Region: "ams3", Key: "k"})
				return string(v.ID), err
			},
			"network": func(name string) (string, error) {
				v, err := p.Resources.CreateNetwork(ctx, resource.NetworkDraft{Cluster: s.Cluster.ID, Name: name, CIDR: "10.7.0.0/24",
					Key: "k"})
				return string(v.ID), err
			},
		}
		first := map[string]string{}
		for name, command := range commands {
			first[name] = must(command("first"))
		}
		repeat := func(when string) {
			for name, command := range commands {
				before := happened(t, p, s.Tenant)
				again, err := command("first")
				require.NoError(t, err, "%s %s", name, when)
				require.Equal(t, first[name], again, "%s %s", name, when)
				_, err = command("second")
				require.ErrorIs(t, err, platforma.ErrKeyReused, "%s %s", name, when)
				require.Equal(t, before, happened(t, p, s.Tenant), "%s %s", name, when)
			}
		}
		repeat("at once")
		must(p.Tenants.Update(scope.OperatorOf(ctx, tenant.ID(first["tenant"])), tenant.ID(first["tenant"]),
			tenant.Change{Name: new("Changed")}))
		must(p.Tenants.DisableUser(ctx, tenant.UserID(first["user"])))
		must(p.Customers.Update(ctx, customer.ID(first["customer"]), customer.Change{Email: new("changed@example.com")}))
		must(p.Catalog.Archive(ctx, catalog.ID(first["product"])))
		must(p.Orders.Cancel(ctx, order.ID(first["order"])))
		must(p.Resources.TakeClusterOffline(ctx, resource.ClusterID(first["cluster"])))
		must(p.Resources.CloseNetwork(ctx, resource.NetworkID(first["network"])))
		require.NoError(t, p.Settle(ctx))
		must(p.Catalog.Archive(ctx, s.Product.ID))
		repeat("after changes")
		must(p.Tenants.Suspend(operator, s.Tenant, "unpaid"))
		must(p.Tenants.Suspend(operator, tenant.ID(first["tenant"]), "unpaid"))
		repeat("in a suspended tenant")
	})
}
