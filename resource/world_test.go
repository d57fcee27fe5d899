package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

const (
	acme  tenant.ID     = "ten_01jqzv7h3vfey8mgd6g2p9x4ta"
	clerk tenant.UserID = "usr_01jqzv7h3vfey8mgd6g2p9x4ta"
	ada   customer.ID   = "cust_01jqzv7h3vfey8mgd6g2p9x4ta"
)

// tenants answers the gate.
type tenants struct {
	tenant.Store
	standing tenant.Standing
	clerk    []tenant.Permission
}

func (s *tenants) Standing(_ context.Context, user tenant.UserID) (tenant.Standing, error) {
	answer := s.standing
	if user == clerk {
		answer.UserStatus, answer.Permissions = tenant.UserActive, s.clerk
	}
	return answer, nil
}

// world is a resource service and a worker with all that they ask.
type world struct {
	*Service
	worker  *Worker
	store   *memory
	tenants *tenants
	gate    *tenant.Gate
	ids     *id.Source
	backend *backend

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		tenants: &tenants{standing: tenant.Standing{Status: tenant.Active}}, backend: newBackend(),
		now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC),
	}
	w.store = newMemory(w.clock)
	w.ids = id.NewSource(w.clock, rand.NewPCG(3, 4))
	w.gate = tenant.NewGate(w.tenants, &tenant.GateOptions{Clock: w.clock, Entropy: rand.NewPCG(1, 2), TTL: time.Nanosecond})
	w.Service = NewService(w.store, w.gate, &Options{Templates: []string{"vm"}})
	w.worker = w.newWorker(&WorkerOptions{Concurrency: 2})
	return w
}

func (w *world) newWorker(o *WorkerOptions) *Worker {
	return NewWorker(w.store, w.gate, map[string]Provisioner{"vm": w.backend}, o)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) limit(resources int64) {
	w.tenants.standing.Settings.Limits.Resources = resources
	w.gate.Forget(acme)
}

// cluster creates a cluster of so many vCPUs, with plenty of the rest.
func (w *world) cluster(t *testing.T, name, region, vcpus string) Cluster {
	t.Helper()
	c, err := w.CreateCluster(host(), ClusterDraft{Name: name, Region: region, Capacity: capacity(t, vcpus, "1000", "1000", 100)})
	require.NoError(t, err)
	w.store.happened()
	return c
}

func (w *world) network(t *testing.T, c Cluster, cidr string) Network {
	t.Helper()
	n, err := w.CreateNetwork(host(), NetworkDraft{Cluster: c.ID, Name: "net " + cidr, CIDR: cidr})
	require.NoError(t, err)
	w.store.happened()
	return n
}

// order is a started order of so many machines of 2 vCPUs in nyc1.
func (w *world) order(t *testing.T, machines int64) order.Order {
	t.Helper()
	return order.Order{
		ID: order.ID(w.ids.New("ord")), TenantID: acme, CustomerID: ada, Status: order.StatusProcessing, Attempt: 1,
		Items: []order.Item{w.item(t, "vm-small", "nyc1", machines, catalog.ProductSpecs{
			ResourceType: catalog.TypeVirtualMachine, VCPUs: quantity(t, "2"), MemoryGiB: quantity(t, "4"),
		})},
	}
}

func (w *world) item(t *testing.T, sku, region string, n int64, specs catalog.ProductSpecs) order.Item {
	t.Helper()
	snapshot, err := json.Marshal(catalog.Snapshot{
		Line:  catalog.Line{ProductID: "prod_01jqzv7h3vfey8mgd6g2p9x4ta"},
		Specs: specs, ProvisioningTemplateID: "vm",
	})
	require.NoError(t, err)
	return order.Item{
		ID: order.ItemID(w.ids.New("item")), SKU: sku, Quantity: n, Region: region,
		ResourceType: specs.ResourceType, Snapshot: snapshot,
	}
}

// started is an order whose resources were made, waiting for the worker.
func (w *world) started(t *testing.T, machines int64) (order.Order, []Resource) {
	t.Helper()
	o := w.order(t, machines)
	require.NoError(t, w.Follow(background(), o, order.EventStarted))
	return o, w.of(t, o)
}

func (w *world) of(t *testing.T, o order.Order) []Resource {
	t.Helper()
	all, err := w.store.OfOrder(host(), o.ID)
	require.NoError(t, err)
	return all
}

func (w *world) get(t *testing.T, id ID) Resource {
	t.Helper()
	r, err := w.Get(host(), id)
	require.NoError(t, err)
	return r
}

// step lets the worker do what is due, whenever it is due.
func (w *world) step(t *testing.T) int {
	t.Helper()
	n, err := w.worker.Step(context.Background(), true)
	require.NoError(t, err)
	return n
}

// held says what clusters, networks and the tenant have given away.
func (w *world) held() string {
	vcpus, addresses := "", ""
	for _, id := range sortedKeys(w.store.clusters) {
		vcpus += fmt.Sprintf("%s:%s/%d ", w.store.clusters[id].Name, w.store.clusters[id].Used.VCPUs, w.store.clusters[id].Used.Instances)
	}
	for _, id := range sortedKeys(w.store.networks) {
		addresses += fmt.Sprintf("%v ", w.store.networks[id].Allocated)
	}
	return fmt.Sprintf("%s%slive:%d", vcpus, addresses, w.store.usage.Live)
}

func quantity(t *testing.T, number string) money.Quantity {
	t.Helper()
	q, err := money.NewQuantity(number)
	require.NoError(t, err)
	return q
}

func capacity(t *testing.T, vcpus, memory, disk string, instances int64) Capacity {
	t.Helper()
	return Capacity{VCPUs: quantity(t, vcpus), MemoryGiB: quantity(t, memory), DiskGiB: quantity(t, disk), Instances: instances}
}

// host acts for the tenant, background for the system.
func host() context.Context       { return tenant.NewContext(context.Background(), acme) }
func background() context.Context { return scope.System(context.Background(), acme) }
