package platforma_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/internal/state"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// backEnd does at once what it is told, but fails for good the actions that it
// was told to fail: of a resource, or of all resources of a tenant.
type backEnd struct {
	mu      sync.Mutex
	failing map[string]bool
}

func (b *backEnd) fail(of string, a resource.Action, fails bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing[of+string(a)] = fails
}

func (b *backEnd) Apply(_ context.Context, r resource.Request) (resource.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failing[string(r.Desired.ID)+string(r.Action)] || b.failing[string(r.Desired.TenantID)+string(r.Action)] {
		return resource.Outcome{Result: resource.Failed, Reason: "no " + string(r.Action) + " today"}, nil
	}
	return resource.Outcome{Result: resource.Done, ExternalID: "vm-" + string(r.Desired.ID)}, nil
}

func (b *backEnd) Observe(context.Context, resource.Request) (resource.Observation, error) {
	return resource.Observation{}, nil
}

// withBackEnd is onBoth, in silence and with a back end that can be told to
// fail.
func withBackEnd(t *testing.T, test func(t *testing.T, p *platforma.Platform, b *backEnd)) {
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
			b, o := &backEnd{failing: map[string]bool{}}, platformatest.Options()
			o.Provisioners[platformatest.Template], o.Logger = b, slog.New(slog.DiscardHandler)
			p, err := platforma.New(open(t), o)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, p.Close()) })
			test(t, p, b)
		})
	}
}

// walk goes through a table: it brings a new entity into each status, and has
// each event happen to it there.
type walk[S ~string] struct {
	machine state.Machine[S]
	create  func() string
	read    func(id string) (S, error)
	events  map[string]func(id string) (S, error)
	// paths lead to the statuses that the table's own shortest way does not.
	paths map[S][]string
	// reported are the events that are told, not asked for: where they are not
	// possible, they change nothing.
	reported []string
}

func (w walk[S]) test(t *testing.T) {
	t.Helper()
	for _, from := range w.machine.States {
		for _, event := range w.machine.Events() {
			step := fmt.Sprintf("%s: %s from %s", w.machine.Entity, event, from)
			id := w.create()
			for _, before := range w.path(from) {
				_, err := w.events[before](id)
				require.NoError(t, err, step)
			}
			now, err := w.read(id)
			require.NoError(t, err, step)
			require.Equal(t, from, now, step)

			to, refusal := w.machine.Next(from, event)
			now, err = w.events[event](id)
			switch {
			case refusal == nil:
				require.NoError(t, err, step)
				require.Equal(t, to, now, step)
			case !slices.Contains(w.reported, event):
				require.ErrorIs(t, err, platforma.ErrState, step)
				require.ErrorContains(t, err, event+" is not possible from ", step)
				if w.machine.Entity != "item" { // of an item, the order says what is possible
					require.ErrorContains(t, err, reason(refusal), step)
				}
			default:
				require.NoError(t, err, step)
			}
			now, err = w.read(id)
			require.NoError(t, err, step)
			require.Equal(t, to, now, step)
		}
	}
}

// reason is what a refusal says beside its kind.
func reason(refusal error) string {
	e, _ := errors.AsType[*platforma.Error](refusal)
	return e.Err.Error()
}

// path is the shortest way from the initial status.
func (w walk[S]) path(to S) []string {
	if path, known := w.paths[to]; known {
		return path
	}
	ways := map[S][]string{w.machine.Initial: {}}
	for range w.machine.States {
		for from, way := range ways {
			for _, event := range w.machine.Possible(from) {
				next, _ := w.machine.Next(from, event)
				if _, known := ways[next]; !known {
					ways[next] = append(slices.Clone(way), event)
				}
			}
		}
	}
	return ways[to]
}

func TestLifecycleWalk(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		operator := tenant.AsOperator(t.Context())
		acme := platformatest.Seed(t, p, "acme")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		names := 0
		name := func() string { names++; return fmt.Sprintf("n%d", names) }

		asTenant := func(v tenant.Tenant, err error) (tenant.Status, error) { return v.Status, err }
		walk[tenant.Status]{
			machine: tenant.Lifecycle(),
			create:  func() string { return string(must(p.Tenants.Create(operator, tenant.Draft{Name: name()})).ID) },
			read:    func(id string) (tenant.Status, error) { return asTenant(p.Tenants.Get(operator, tenant.ID(id))) },
			events: map[string]func(string) (tenant.Status, error){
				"suspend": func(id string) (tenant.Status, error) {
					return asTenant(p.Tenants.Suspend(operator, tenant.ID(id), "unpaid"))
				},
				"reactivate": func(id string) (tenant.Status, error) {
					return asTenant(p.Tenants.Reactivate(operator, tenant.ID(id), "unpaid"))
				},
				"archive": func(id string) (tenant.Status, error) { return asTenant(p.Tenants.Archive(operator, tenant.ID(id))) },
			},
		}.test(t)

		asUser := func(v tenant.User, err error) (tenant.UserStatus, error) { return v.Status, err }
		walk[tenant.UserStatus]{
			machine: tenant.UserLifecycle(),
			create: func() string {
				return string(must(p.Tenants.AddUser(ctx, tenant.UserDraft{Email: name() + "@example.com"})).ID)
			},
			read: func(id string) (tenant.UserStatus, error) { return asUser(p.Tenants.User(ctx, tenant.UserID(id))) },
			events: map[string]func(string) (tenant.UserStatus, error){
				"activate": func(id string) (tenant.UserStatus, error) {
					return asUser(p.Tenants.ActivateUser(ctx, tenant.UserID(id)))
				},
				"disable": func(id string) (tenant.UserStatus, error) {
					return asUser(p.Tenants.DisableUser(ctx, tenant.UserID(id)))
				},
			},
		}.test(t)

		asProduct := func(v catalog.Product, err error) (catalog.Status, error) { return v.Status, err }
		walk[catalog.Status]{
			machine: catalog.Lifecycle(),
			create: func() string {
				d := draftOf(acme.Product)
				d.SKU = name()
				return string(must(p.Catalog.Create(ctx, d)).ID)
			},
			read: func(id string) (catalog.Status, error) { return asProduct(p.Catalog.Get(ctx, catalog.ID(id))) },
			events: map[string]func(string) (catalog.Status, error){
				"activate": func(id string) (catalog.Status, error) { return asProduct(p.Catalog.Activate(ctx, catalog.ID(id))) },
				"archive":  func(id string) (catalog.Status, error) { return asProduct(p.Catalog.Archive(ctx, catalog.ID(id))) },
			},
		}.test(t)

		asCluster := func(v resource.Cluster, err error) (resource.ClusterStatus, error) { return v.Status, err }
		walk[resource.ClusterStatus]{
			machine: resource.ClusterLifecycle(),
			create: func() string {
				return string(must(p.Resources.CreateCluster(ctx, resource.ClusterDraft{Name: name(), Region: "ams3"})).ID)
			},
			read: func(id string) (resource.ClusterStatus, error) {
				return asCluster(p.Resources.Cluster(ctx, resource.ClusterID(id)))
			},
			events: map[string]func(string) (resource.ClusterStatus, error){
				"drain": func(id string) (resource.ClusterStatus, error) {
					return asCluster(p.Resources.DrainCluster(ctx, resource.ClusterID(id)))
				},
				"take_offline": func(id string) (resource.ClusterStatus, error) {
					return asCluster(p.Resources.TakeClusterOffline(ctx, resource.ClusterID(id)))
				},
				"activate": func(id string) (resource.ClusterStatus, error) {
					return asCluster(p.Resources.ActivateCluster(ctx, resource.ClusterID(id)))
				},
			},
		}.test(t)

		asNetwork := func(v resource.Network, err error) (resource.NetworkStatus, error) { return v.Status, err }
		walk[resource.NetworkStatus]{
			machine: resource.NetworkLifecycle(),
			create: func() string {
				d := resource.NetworkDraft{Cluster: acme.Cluster.ID, Name: name()}
				d.CIDR = fmt.Sprintf("10.1.%d.0/24", names%256)
				return string(must(p.Resources.CreateNetwork(ctx, d)).ID)
			},
			read: func(id string) (resource.NetworkStatus, error) {
				return asNetwork(p.Resources.Network(ctx, resource.NetworkID(id)))
			},
			events: map[string]func(string) (resource.NetworkStatus, error){
				"close": func(id string) (resource.NetworkStatus, error) {
					return asNetwork(p.Resources.CloseNetwork(ctx, resource.NetworkID(id)))
				},
				"activate": func(id string) (resource.NetworkStatus, error) {
					return asNetwork(p.Resources.ActivateNetwork(ctx, resource.NetworkID(id)))
				},
			},
		}.test(t)

		must(p.Tenants.Update(ctx, acme.Tenant, tenant.Change{Settings: &tenant.Settings{
			DefaultCurrency: "USD", OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll},
		}}))
		walkOrders(t, p, acme)
	})
}

// walkOrders walks the tables of orders and items, and tells the orders itself
// what the background work would.
func walkOrders(t *testing.T, p *platforma.Platform, acme platformatest.Seeded) {
	t.Helper()
	ctx, system := tenant.NewContext(t.Context(), acme.Tenant), scope.System(t.Context(), acme.Tenant)
	create := func() string {
		item := order.ItemDraft{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}
		return string(must(p.Orders.Place(ctx, order.Draft{Customer: acme.Customer.ID, Items: []order.ItemDraft{item, item}})).ID)
	}
	report := func(id string, units ...order.ItemProgress) (order.Order, error) {
		o := must(p.Orders.Get(ctx, order.ID(id)))
		progress := order.Progress{Order: o.ID, Attempt: o.Attempt, Items: units}
		for i := range units {
			units[i].Item = o.Items[i].ID
		}
		return p.Orders.Report(system, progress)
	}
	running, waiting, broken := order.ItemProgress{Running: 1}, order.ItemProgress{Provisioning: 1}, order.ItemProgress{Failed: 1}
	asked := map[string]func(id string) (order.Order, error){
		"start":          func(id string) (order.Order, error) { return p.Orders.Approve(ctx, order.ID(id)) },
		"retry":          func(id string) (order.Order, error) { return p.Orders.Retry(ctx, order.ID(id)) },
		"cancel":         func(id string) (order.Order, error) { return p.Orders.Cancel(ctx, order.ID(id)) },
		"fail":           func(id string) (order.Order, error) { return report(id, broken, waiting) },
		"fail the other": func(id string) (order.Order, error) { return report(id, waiting, broken) },
	}
	orders := walk[order.Status]{
		machine: order.Lifecycle(), create: create, reported: []string{"provision", "fail"},
		read:   func(id string) (order.Status, error) { o, err := p.Orders.Get(ctx, order.ID(id)); return o.Status, err },
		events: map[string]func(string) (order.Status, error){},
	}
	items := walk[order.ItemStatus]{
		machine: order.ItemLifecycle(), create: create, reported: []string{"provision", "fail", "cancel"},
		read: func(id string) (order.ItemStatus, error) {
			o, err := p.Orders.Get(ctx, order.ID(id))
			return o.Items[0].Status, err
		},
		events: map[string]func(string) (order.ItemStatus, error){},
		paths:  map[order.ItemStatus][]string{order.ItemCancelled: {"start", "fail the other"}},
	}
	for name, ask := range asked {
		orders.events[name] = func(id string) (order.Status, error) { o, err := ask(id); return o.Status, err }
		items.events[name] = func(id string) (order.ItemStatus, error) {
			o, err := ask(id)
			return append(o.Items, order.Item{})[0].Status, err
		}
	}
	orders.events["provision"] = func(id string) (order.Status, error) {
		o, err := report(id, running, running)
		return o.Status, err
	}
	items.events["provision"] = func(id string) (order.ItemStatus, error) {
		o, err := report(id, running, waiting)
		return o.Items[0].Status, err
	}
	orders.test(t)
	items.test(t)
}

// draftOf is a draft of another product like one.
func draftOf(like catalog.Product) catalog.Draft {
	return catalog.Draft{
		Name: like.Name, SKU: like.SKU, Category: like.Category, Specs: like.Specs, Pricing: like.Pricing,
		Regions: like.Regions, ProvisioningTemplateID: like.ProvisioningTemplateID,
	}
}

// TestLifecycleResource brings resources and the instances behind them into
// each status, and has each thing happen to them that can be asked for or that
// a back end can do.
func TestLifecycleResource(t *testing.T) {
	t.Parallel()
	type status = resource.Status
	const (
		provisioning, running, stopped = resource.StatusProvisioning, resource.StatusRunning, resource.StatusStopped
		broken, terminated             = resource.StatusError, resource.StatusTerminated
		// nothing is what is asked of a resource that is to go on as it does.
		nothing = ""
	)
	table := []struct {
		from   status
		event  string
		to     status
		behind resource.InstanceStatus
		// fails is what the back end fails, refused what is not possible.
		fails   resource.Action
		refused string
	}{
		{from: provisioning, event: "provisioned", to: running, behind: resource.InstanceRunning},
		{from: provisioning, event: "start", to: running, behind: resource.InstanceRunning},
		{from: provisioning, event: "stop", to: running, behind: resource.InstanceRunning,
			refused: "stop is not possible from provisioning to stopped: provisioned, fail, terminate is possible"},
		{from: provisioning, event: "terminate", to: terminated},
		{from: running, event: "start", to: running, behind: resource.InstanceRunning},
		{from: running, event: "stop", to: stopped, behind: resource.InstanceStopped},
		{from: running, event: "stop", fails: resource.ActionStop, to: broken, behind: resource.InstanceRunning},
		{from: running, event: "terminate", to: terminated, behind: resource.InstanceTerminated},
		{from: stopped, event: "start", to: running, behind: resource.InstanceRunning},
		{from: stopped, event: "start", fails: resource.ActionStart, to: broken, behind: resource.InstanceStopped},
		{from: stopped, event: "stop", to: stopped, behind: resource.InstanceStopped},
		{from: stopped, event: "terminate", to: terminated, behind: resource.InstanceTerminated},
		{from: broken, event: "start", to: broken, behind: resource.InstanceRunning,
			refused: "start is not possible from error to running: fail, terminate is possible"},
		{from: broken, event: "stop", to: broken, behind: resource.InstanceRunning,
			refused: "stop is not possible from error to stopped: fail, terminate is possible"},
		{from: broken, event: "terminate", fails: resource.ActionTerminate, to: broken, behind: resource.InstanceRunning},
		{from: broken, event: "terminate", to: terminated, behind: resource.InstanceTerminated},
		{from: terminated, event: "start", to: terminated, behind: resource.InstanceTerminated,
			refused: "start is not possible from terminated to running: nothing more is possible"},
		{from: terminated, event: "stop", to: terminated, behind: resource.InstanceTerminated,
			refused: "stop is not possible from terminated to stopped: nothing more is possible"},
		{from: terminated, event: "terminate", to: terminated, behind: resource.InstanceTerminated},
	}
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, b *backEnd) {
		acme := platformatest.Seed(t, p, "acme")
		ctx, system := tenant.NewContext(t.Context(), acme.Tenant), scope.System(t.Context(), acme.Tenant)
		before := must(p.Resources.Cluster(ctx, acme.Cluster.ID)).Used.Instances
		place := func() order.Order {
			return must(p.Orders.Place(ctx, order.Draft{
				Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
			}))
		}
		of := func(o order.Order) resource.Resource {
			return must(p.Resources.List(ctx, resource.Query{Order: o.ID})).Items[0]
		}
		ask := func(event string, id resource.ID) error {
			var err error
			switch event {
			case "start":
				_, err = p.Resources.Start(ctx, id)
			case "stop":
				_, err = p.Resources.Stop(ctx, id)
			case "terminate":
				_, err = p.Resources.Terminate(ctx, id)
			}
			return err
		}
		orders := make([]order.Order, len(table))
		for i, row := range table {
			if row.from != provisioning {
				orders[i] = place()
			}
		}
		require.NoError(t, p.Settle(ctx))
		for i, row := range table {
			switch row.from {
			case stopped:
				require.NoError(t, ask("stop", of(orders[i]).ID))
			case broken:
				b.fail(string(of(orders[i]).ID), resource.ActionStop, true)
				require.NoError(t, ask("stop", of(orders[i]).ID))
			case terminated:
				require.NoError(t, ask("terminate", of(orders[i]).ID))
			default:
			}
		}
		require.NoError(t, p.Settle(ctx))
		for i, row := range table {
			if row.from == provisioning {
				orders[i] = place()
				require.NoError(t, p.Resources.Follow(system, orders[i], order.EventStarted))
			}
			r := of(orders[i])
			require.Equal(t, row.from, r.Status, "%d", i)
			if row.fails != nothing {
				b.fail(string(r.ID), row.fails, true)
			}
			err := ask(row.event, r.ID)
			if row.refused == "" {
				require.NoError(t, err, "%s from %s", row.event, row.from)
				continue
			}
			require.ErrorIs(t, err, platforma.ErrState)
			require.ErrorContains(t, err, row.refused)
		}
		require.NoError(t, p.Settle(ctx))
		live := before
		for i, row := range table {
			r := of(orders[i])
			require.Equal(t, row.to, r.Status, "%d: %s from %s", i, row.event, row.from)
			instances := must(p.Resources.Instances(ctx, resource.InstanceQuery{Resource: r.ID})).Items
			if row.behind == "" {
				require.Empty(t, instances)
			} else {
				require.Equal(t, row.behind, instances[0].Status, "%d: %s from %s", i, row.event, row.from)
			}
			if r.Live() {
				live++
			} else {
				require.NotNil(t, r.TerminatedAt)
			}
			if row.fails != nothing {
				require.Equal(t, "no "+string(row.fails)+" today", r.Reason)
			}
		}
		require.Equal(t, live, must(p.Resources.Cluster(ctx, acme.Cluster.ID)).Used.Instances, "what is terminated is given back")
	})
	for _, from := range resource.Lifecycle().States {
		for _, event := range resource.Lifecycle().Possible(from) {
			to, _ := resource.Lifecycle().Next(from, event)
			if from == provisioning && event == "fail" {
				continue // TestLifecycleStories: its order fails, and it is taken down
			}
			covered := false
			for _, row := range table {
				covered = covered || row.from == from && row.to == to && row.refused == ""
			}
			require.True(t, covered, "%s from %s", event, from)
		}
	}
}
