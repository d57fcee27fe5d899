package resource

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// memory is a store that keeps one tenant's aggregates in maps.
type memory struct {
	mu        sync.Mutex
	now       func() time.Time
	clusters  map[ClusterID]Cluster
	networks  map[NetworkID]Network
	resources map[ID]Resource
	instances map[InstanceID]Instance
	usage     Usage
	receipts  map[string]event.Receipt
	handled   map[string]bool
	leases    map[ID]lease
	events    []event.Event
	writes    int
	// before is called once before the next write, to let others in between;
	// broken is what every write answers.
	before func()
	broken error
}

type lease struct {
	until time.Time
	epoch int64
}

func newMemory(now func() time.Time) *memory {
	return &memory{
		now: now, clusters: map[ClusterID]Cluster{}, networks: map[NetworkID]Network{}, resources: map[ID]Resource{},
		instances: map[InstanceID]Instance{}, receipts: map[string]event.Receipt{}, handled: map[string]bool{},
		leases: map[ID]lease{},
	}
}

func (m *memory) Write(ctx context.Context, c Changes, commit event.Commit) error {
	m.mu.Lock()
	before := m.before
	m.before = nil
	m.mu.Unlock()
	if before != nil {
		before()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refuse(ctx, c, commit); err != nil {
		return err
	}
	keep := func(into *memory) {
		put(into.clusters, c.NewClusters, c.Clusters, func(c Cluster) ClusterID { return c.ID })
		put(into.networks, c.NewNetworks, c.Networks, func(n Network) NetworkID { return n.ID })
		put(into.resources, c.NewResources, c.Resources, func(r Resource) ID { return r.ID })
		put(into.instances, c.NewInstances, c.Instances, func(i Instance) InstanceID { return i.ID })
	}
	keep(m)
	if c.Usage != nil {
		m.usage = *c.Usage
	}
	if commit.Receipt != nil {
		m.receipts[commit.Receipt.Operation+commit.Receipt.Key] = *commit.Receipt
	}
	if commit.Delivery != nil {
		m.handled[commit.Delivery.Event] = true
	}
	m.events = append(m.events, commit.Events...)
	m.writes++
	return nil
}

func put[K comparable, V any](into map[K]V, created, changed []V, key func(V) K) {
	for _, v := range append(slices.Clone(created), changed...) {
		into[key(v)] = v
	}
}

func (m *memory) refuse(ctx context.Context, c Changes, commit event.Commit) error {
	exists, conflict := false, false
	if err := cmp.Or(ctx.Err(), m.broken); err != nil {
		return err
	}
	if commit.Receipt != nil {
		if _, ok := m.receipts[commit.Receipt.Operation+commit.Receipt.Key]; ok {
			return &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
		}
	}
	if commit.Delivery != nil && m.handled[commit.Delivery.Event] {
		return &fault.Error{Kind: fault.ErrExists, Err: event.ErrDelivered}
	}
	for _, n := range c.NewClusters {
		for _, k := range m.clusters {
			exists = exists || k.Name == n.Name
		}
	}
	for _, n := range c.NewResources {
		for _, k := range m.resources {
			same := k.OrderID == n.OrderID && k.OrderItemID == n.OrderItemID && k.Unit == n.Unit
			exists = exists || same && (k.Attempt == n.Attempt || k.Live())
		}
	}
	for _, n := range c.Clusters {
		conflict = conflict || m.clusters[n.ID].Version != n.Version-1
	}
	for _, n := range c.Networks {
		conflict = conflict || m.networks[n.ID].Version != n.Version-1
	}
	for _, n := range c.Resources {
		conflict = conflict || m.resources[n.ID].Version != n.Version-1
	}
	for _, n := range c.Instances {
		conflict = conflict || m.instances[n.ID].Version != n.Version-1
	}
	conflict = conflict || c.Usage != nil && m.usage.Version != c.Usage.Version-1
	switch {
	case conflict:
		return &fault.Error{Kind: fault.ErrConflict}
	case exists:
		return &fault.Error{Kind: fault.ErrExists}
	}
	return nil
}

// find reads what passes a filter, by key.
func find[K cmp.Ordered, V any](m *memory, all map[K]V, w page.Window, keep func(V) bool) ([]V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []V
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if keep(all[k]) && (w.Limit == 0 || len(found) < w.Limit) {
			found = append(found, all[k])
		}
	}
	return found, nil
}

func one[K cmp.Ordered, V any](m *memory, all map[K]V, key K) (V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := all[key]
	if !ok {
		return v, &fault.Error{Kind: fault.ErrNotFound}
	}
	return v, nil
}

func (m *memory) Get(_ context.Context, id ID) (Resource, error) {
	r, err := one(m, m.resources, id)
	return r.clone(), err
}

func (m *memory) List(_ context.Context, q Query, w page.Window) ([]Resource, error) {
	return find(m, m.resources, w, func(r Resource) bool {
		return string(r.ID) > w.After && (q.Status == "" || q.Status == r.Status)
	})
}

func (m *memory) OfOrder(_ context.Context, id order.ID) ([]Resource, error) {
	return find(m, m.resources, page.Window{}, func(r Resource) bool { return r.OrderID == id })
}

func (m *memory) Tally(ctx context.Context, id order.ID) ([]Tally, error) {
	all, err := m.OfOrder(ctx, id)
	var tallies []Tally
	for _, r := range all {
		tallies = append(tallies, Tally{Item: r.OrderItemID, Attempt: r.Attempt, Status: r.Status, Count: 1, Reason: r.Reason})
	}
	return tallies, err
}

func (m *memory) CountLive(_ context.Context, id customer.ID) (int64, error) {
	live, err := find(m, m.resources, page.Window{}, func(r Resource) bool {
		return r.Live() && (id == "" || id == r.CustomerID)
	})
	return int64(len(live)), err
}

func (m *memory) Cluster(_ context.Context, id ClusterID) (Cluster, error) {
	return one(m, m.clusters, id)
}

func (m *memory) Clusters(_ context.Context, q ClusterQuery, w page.Window) ([]Cluster, error) {
	return find(m, m.clusters, w, func(c Cluster) bool { return q.Status == "" || q.Status == c.Status })
}

func (m *memory) Network(_ context.Context, id NetworkID) (Network, error) {
	return one(m, m.networks, id)
}

func (m *memory) Networks(_ context.Context, q NetworkQuery, w page.Window) ([]Network, error) {
	return find(m, m.networks, w, func(n Network) bool { return q.Cluster == "" || q.Cluster == n.ClusterID })
}

func (m *memory) InstanceOf(_ context.Context, id ID) (Instance, error) {
	found, err := find(m, m.instances, page.Window{}, func(i Instance) bool { return i.ResourceID == id })
	if len(found) == 0 {
		return Instance{}, &fault.Error{Kind: fault.ErrNotFound}
	}
	return found[0], err
}

func (m *memory) Instances(_ context.Context, _ InstanceQuery, w page.Window) ([]Instance, error) {
	return find(m, m.instances, w, func(Instance) bool { return true })
}

func (m *memory) Supply(_ context.Context, regions []string) (Supply, error) {
	clusters, err := find(m, m.clusters, page.Window{}, func(c Cluster) bool { return slices.Contains(regions, c.Region) })
	if err != nil {
		return Supply{}, err
	}
	networks, err := find(m, m.networks, page.Window{}, func(n Network) bool {
		return slices.ContainsFunc(clusters, func(c Cluster) bool { return c.ID == n.ClusterID })
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	return Supply{Clusters: clusters, Networks: networks, Usage: m.usage}, err
}

func (m *memory) Receipt(_ context.Context, operation, key string) (event.Receipt, error) {
	return one(m, m.receipts, operation+key)
}

func (m *memory) Claim(ctx context.Context, r ClaimRequest) ([]Claim, error) {
	by, err := scope.From(ctx)
	if err != nil || by.Kind != scope.KindOperator || by.Tenant != "" {
		return nil, &fault.Error{Kind: fault.ErrNoScope}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var claims []Claim
	for _, id := range slices.Sorted(maps.Keys(m.resources)) {
		due, held := m.resources[id].DueAt, m.leases[id]
		if due == nil || len(claims) == r.Limit || held.until.After(m.now()) || !r.Immediate && due.After(r.Now) {
			continue
		}
		m.leases[id] = lease{until: m.now().Add(r.Lease), epoch: held.epoch + 1}
		claims = append(claims, Claim{Tenant: m.resources[id].TenantID, Resource: id, Epoch: held.epoch + 1})
	}
	return claims, nil
}

func (m *memory) Release(_ context.Context, c Claim, hidden time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held := m.leases[c.Resource]; held.epoch == c.Epoch {
		m.leases[c.Resource] = lease{until: m.now().Add(hidden), epoch: c.Epoch}
	}
	return nil
}

func (m *memory) Next(_ context.Context, now time.Time, immediate bool) (wait time.Duration, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.resources {
		if r.DueAt == nil {
			continue
		}
		until := m.leases[id].until.Sub(m.now())
		if !immediate {
			until = max(until, r.DueAt.Sub(now))
		}
		if until = max(0, until); !found || until < wait {
			wait, found = until, true
		}
	}
	return wait, found, nil
}

// happened are the types of the events since the last call, without what they
// have in common.
func (m *memory) happened() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, e := range m.events {
		names = append(names, e.Type[len("platforma.resource."):len(e.Type)-len(".v1")])
	}
	m.events = nil
	return names
}
