package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// onEach runs a test on both databases.
func onEach(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		test(t, newSite(t, db))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, newSite(t, postgrestest.Open(t)))
	})
}

// site is a resource service on a database, for one tenant.
type site struct {
	*resource.Service
	db     storage.Driver
	gate   *tenant.Gate
	tenant tenant.ID
	ids    *id.Source
	cloud  *cloud
}

func newSite(t *testing.T, db storage.Driver) *site {
	t.Helper()
	gate := tenant.NewGate(db.Tenants(), nil)
	made, err := tenant.NewService(db.Tenants(), gate, nil).Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme"})
	require.NoError(t, err)
	return &site{
		Service: resource.NewService(db.Resources(), gate, nil), db: db, gate: gate, tenant: made.ID,
		ids: id.NewSource(nil, nil), cloud: &cloud{objects: map[resource.ID]bool{}, done: map[string]bool{}},
	}
}

func (s *site) host(t *testing.T) context.Context {
	t.Helper()
	return tenant.NewContext(t.Context(), s.tenant)
}

func (s *site) follow(t *testing.T, o order.Order, event string) {
	t.Helper()
	require.NoError(t, s.Follow(scope.System(t.Context(), s.tenant), o, event))
}

// order is a started order of so many machines.
func (s *site) order(t *testing.T, machines int64) order.Order {
	t.Helper()
	snapshot, err := json.Marshal(catalog.Snapshot{
		Line: catalog.Line{ProductID: "prod_01jqzv7h3vfey8mgd6g2p9x4ta"}, ProvisioningTemplateID: "vm",
		Specs: catalog.ProductSpecs{ResourceType: catalog.TypeVirtualMachine, VCPUs: quantity(t, "0.5")},
	})
	require.NoError(t, err)
	return order.Order{
		ID: order.ID(s.ids.New("ord")), CustomerID: "cust_01jqzv7h3vfey8mgd6g2p9x4ta", Status: order.StatusProcessing, Attempt: 1,
		Items: []order.Item{{
			ID: order.ItemID(s.ids.New("item")), SKU: "vm-small", Quantity: machines, Region: "nyc1",
			ResourceType: catalog.TypeVirtualMachine, Snapshot: snapshot,
		}},
	}
}

func quantity(t *testing.T, number string) money.Quantity {
	t.Helper()
	q, err := money.NewQuantity(number)
	require.NoError(t, err)
	return q
}

// work lets several workers, as of several processes, do all there is.
func (s *site) work(t *testing.T) {
	t.Helper()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			w := resource.NewWorker(s.db.Resources(), s.gate, map[string]resource.Provisioner{"vm": s.cloud}, &resource.WorkerOptions{
				Concurrency: 3, Backoff: time.Millisecond, MaxTries: 20,
			})
			for pending := true; pending; {
				if _, err := w.Step(context.Background(), true); err != nil {
					t.Errorf("a worker: %v", err)
					return
				}
				wait, ok, err := w.Pending(context.Background(), true)
				if err != nil {
					t.Errorf("a worker: %v", err)
				}
				pending = ok && err == nil
				time.Sleep(min(wait, 10*time.Millisecond))
			}
		})
	}
	group.Wait()
}

// cloud is a back end that keeps the contract of a provisioner, and says of
// two calls in three something else than what it did.
type cloud struct {
	mu      sync.Mutex
	unruly  bool
	objects map[resource.ID]bool
	done    map[string]bool
}

func (c *cloud) Apply(_ context.Context, r resource.Request) (resource.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mood := 5
	if c.unruly {
		mood = rand.IntN(8)
	}
	switch mood {
	case 0:
		return resource.Outcome{}, errors.New("lost on the way there")
	case 1:
		return resource.Outcome{Result: resource.Retry}, nil
	}
	if !c.done[r.Token] {
		c.done[r.Token] = true
		switch r.Action {
		case resource.ActionCreate:
			c.objects[r.Desired.ID] = true
		case resource.ActionTerminate:
			delete(c.objects, r.Desired.ID)
		case resource.ActionStart, resource.ActionStop:
		}
	}
	switch mood {
	case 2:
		return resource.Outcome{}, errors.New("lost on the way back")
	case 3:
		panic("lost its mind")
	case 4:
		return resource.Outcome{Result: resource.Accepted}, nil
	default:
		return resource.Outcome{Result: resource.Done, ExternalID: "vm/" + string(r.Desired.ID)}, nil
	}
}

func (c *cloud) Observe(_ context.Context, r resource.Request) (resource.Observation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return resource.Observation{Exists: c.objects[r.Desired.ID], Status: resource.StatusRunning}, nil
}

func TestTheWholeLifeOnADatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		ctx := s.host(t)
		for _, name := range []string{"c1", "c2"} {
			c, err := s.CreateCluster(ctx, resource.ClusterDraft{
				Name: name, Region: "nyc1", Capacity: resource.Capacity{VCPUs: quantity(t, "10"), Instances: 100}, Key: name,
			})
			require.NoError(t, err)
			_, err = s.CreateNetwork(ctx, resource.NetworkDraft{Cluster: c.ID, Name: "lan", CIDR: "10.1.0.0/24"})
			require.NoError(t, err)
		}
		s.cloud.unruly = true
		o := s.order(t, 40)
		s.follow(t, o, order.EventStarted)
		s.follow(t, o, order.EventStarted)
		s.work(t)

		held := map[netip.Addr]map[resource.ClusterID]bool{}
		running := 0
		for r, err := range s.All(ctx, resource.Query{Order: o.ID, Status: resource.StatusRunning, Request: page.Request{Limit: 7}}) {
			require.NoError(t, err)
			addr := r.Network.PrivateIPs[0]
			require.False(t, held[addr][r.ClusterID], "%s has two holders", addr)
			if held[addr] == nil {
				held[addr] = map[resource.ClusterID]bool{}
			}
			held[addr][r.ClusterID] = true
			require.True(t, s.cloud.objects[r.ID])
			running++
		}
		require.Equal(t, 40, running)
		require.Len(t, s.cloud.objects, 40)
		p, err := s.Progress(ctx, o.ID)
		require.NoError(t, err)
		require.Equal(t, order.Progress{
			Order: o.ID, Attempt: 1, Live: 40, Items: []order.ItemProgress{{Item: o.Items[0].ID, Running: 40}},
		}, p)
		instances, err := s.Instances(ctx, resource.InstanceQuery{Request: page.Request{Limit: 99}, Status: resource.InstanceRunning})
		require.NoError(t, err)
		require.Len(t, instances.Items, 40)

		full := s.order(t, 1)
		s.follow(t, full, order.EventStarted)
		p, err = s.Progress(ctx, full.ID)
		require.NoError(t, err)
		require.Equal(t, "needs 0.5 vcpus in nyc1, the best cluster has 0 left", p.Items[0].Reason)
		s.follow(t, full, order.EventFailed)

		s.follow(t, o, order.EventCancelled)
		s.work(t)
		require.Empty(t, s.cloud.objects)
		require.NoError(t, s.LiveAll(ctx))
		supply, err := s.db.Resources().Supply(ctx, []string{"nyc1"})
		require.NoError(t, err)
		require.Zero(t, supply.Usage.Live)
		for _, c := range supply.Clusters {
			require.Equal(t, resource.Capacity{}, c.Used)
		}
		for _, n := range supply.Networks {
			require.Empty(t, n.Allocated)
		}
		s.eventsTell(t)
	})
}

// eventsTell fails the test unless each aggregate's events are its versions,
// one after the other, none left out.
func (s *site) eventsTell(t *testing.T) {
	t.Helper()
	last := map[string]int64{}
	count := map[string]int64{}
	w := page.Window{Limit: 500}
	for {
		events, err := s.db.Events().List(s.host(t), "resource", w)
		require.NoError(t, err)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			last[e.Subject] = max(last[e.Subject], e.Version)
			count[e.Subject]++
			require.NotEqual(t, event.ID(""), e.ID)
		}
		w.After = string(events[len(events)-1].ID)
	}
	for r, err := range s.All(s.host(t), resource.Query{}) {
		require.NoError(t, err)
		require.Equal(t, r.Version, last[string(r.ID)])
		if r.ClusterID != "" {
			require.Equal(t, r.Version, count[string(r.ID)], "each change has its event")
		}
	}
}
