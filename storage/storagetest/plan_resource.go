package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

// grownWaiting is how much work is due, or how many events wait.
const grownWaiting = 20

func resourcePlans(t *testing.T, s *session) {
	p := s.plans(t)
	var grown resource.Changes
	acme := s.grow(t, func(of scope.TenantID, rows int) {
		if made := s.growResources(t, of, rows); rows == grownRows {
			grown = made
		}
	})
	for i, id := range s.crowd(t, grownTenants) {
		u := resource.Usage{TenantID: id, Live: int64(i), Version: 1, UpdatedAt: s.now}
		must(t, s.Resources().Write(in(id), resource.Changes{Usage: &u}, s.commit(id, "resource", "updated", "usage", 1)))
	}

	p.resourceReads(acme, grown)
	p.resourceLists(acme, grown)
	p.stockLists(acme, grown)
	p.resourceWrites(acme, grown)
	p.work()
}

// growResources makes resources, three of each order, each on a cluster with a
// network of its own. Few of them have work that is due.
func (s *session) growResources(t *testing.T, of scope.TenantID, count int) resource.Changes {
	t.Helper()
	var c resource.Changes
	for i := range count {
		cluster := s.draftCluster(of, fmt.Sprintf("cluster-%d", i), fmt.Sprintf("fra%d", i%25))
		if rare(i) {
			cluster.Status, cluster.Region = resource.ClusterOffline, "nyc1"
		}
		c.NewClusters = append(c.NewClusters, cluster)
		network := s.draftNetwork(of, cluster.ID, "lan")
		if rare(i) {
			network.Status = resource.NetworkClosed
		}
		c.NewNetworks = append(c.NewNetworks, network)
	}
	for i := range count {
		r := s.draftResource(of, order.ID(fmt.Sprintf("ord_%d", i/3)), order.ItemID(fmt.Sprintf("item_%d", i)))
		r.ClusterID, r.CustomerID = c.NewClusters[i].ID, customer.ID(fmt.Sprintf("cust_%d", i/15))
		r.Region, r.Status, r.Phase, r.DueAt = inTurn(i, "fra1", "ams1", "tor1", "nyc3"), resource.StatusRunning, resource.PhaseAtRest, nil
		if i%(count/grownWaiting) == 0 {
			r.DueAt = &s.now
		}
		status := resource.InstanceRunning
		if rare(i) {
			r.Type, r.Status, r.Region, status = catalog.TypeStorage, resource.StatusError, "nyc1", resource.InstanceStopped
		}
		c.NewResources = append(c.NewResources, r)
		c.NewInstances = append(c.NewInstances, s.draftInstance(r, status))
	}
	c.Usage = &resource.Usage{TenantID: of, Live: int64(count), Version: 1, UpdatedAt: s.now}
	must(t, s.write(of, c))
	for range count / 2 {
		must(t, s.Resources().Write(in(of), resource.Changes{}, s.keyed(of, "resource", s.ids.New("write"), 1)))
	}
	return c
}

func (s *session) draftInstance(r resource.Resource, status resource.InstanceStatus) resource.Instance {
	return resource.Instance{
		ID: resource.InstanceID(s.ids.New("inst")), TenantID: r.TenantID, ClusterID: r.ClusterID, ResourceID: r.ID,
		Status: status, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

func (p *planned) resourceReads(acme scope.TenantID, grown resource.Changes) {
	t, ctx, store := p.t, in(acme), p.Resources()
	r := grown.NewResources[7]
	p.within("a resource", byKey, func() { get(store.Get(ctx, r.ID))(t) })
	p.within("an order's resources", byKey, func() { get(store.OfOrder(ctx, r.OrderID))(t) })
	p.within("an order's tally", byKey, func() { get(store.Tally(ctx, r.OrderID))(t) })
	p.within("a customer's live resources", ofPage, func() { get(store.CountLive(ctx, r.CustomerID))(t) })
	p.within("the tenant's live resources", ofTenant, func() { get(store.CountLive(ctx, ""))(t) })
	p.within("a cluster", byKey, func() { get(store.Cluster(ctx, r.ClusterID))(t) })
	p.within("a network", byKey, func() { get(store.Network(ctx, grown.NewNetworks[7].ID))(t) })
	p.within("an instance", byKey, func() { get(store.InstanceOf(ctx, r.ID))(t) })
	for _, regions := range [][]string{{"nyc1"}, {"nyc1", "none"}} {
		p.within("the supply of regions", ofStock, func() { get(store.Supply(ctx, regions))(t) })
	}
}

func (p *planned) resourceLists(acme scope.TenantID, grown resource.Changes) {
	t, store := p.t, p.Resources()
	r := grown.NewResources[7]
	combinations([]func(*resource.Query){
		func(q *resource.Query) { q.Order = r.OrderID },
		func(q *resource.Query) { q.Cluster = r.ClusterID },
		func(q *resource.Query) { q.Customer = r.CustomerID },
		func(q *resource.Query) { q.Type = r.Type },
		func(q *resource.Query) { q.Status = r.Status },
		func(q *resource.Query) { q.Region = r.Region },
	}, func(q resource.Query, _ int) {
		for _, w := range windows(string(grown.NewResources[grownRows/2].ID)) {
			p.within(fmt.Sprintf("resources of %+v %+v", q, w), ofPage, func() { get(store.List(in(acme), q, w))(t) })
		}
	})
	for _, q := range []resource.Query{
		{Type: catalog.TypeVirtualMachine}, {Status: resource.StatusRunning}, {Region: "fra1"},
	} {
		p.within(fmt.Sprintf("resources of %+v, as most are", q), ofPage, func() {
			get(store.List(in(acme), q, page.Window{Limit: planPage}))(t)
		})
	}
}

func (p *planned) stockLists(acme scope.TenantID, grown resource.Changes) {
	t, store := p.t, p.Resources()
	c, n, i := grown.NewClusters[7], grown.NewNetworks[7], grown.NewInstances[7]
	combinations([]func(*resource.ClusterQuery){
		func(q *resource.ClusterQuery) { q.Region = c.Region },
		func(q *resource.ClusterQuery) { q.Status = c.Status },
	}, func(q resource.ClusterQuery, _ int) {
		for _, w := range windows(string(grown.NewClusters[grownRows/2].ID)) {
			p.within(fmt.Sprintf("clusters of %+v %+v", q, w), ofPage, func() { get(store.Clusters(in(acme), q, w))(t) })
		}
	})
	combinations([]func(*resource.NetworkQuery){
		func(q *resource.NetworkQuery) { q.Cluster = n.ClusterID },
		func(q *resource.NetworkQuery) { q.Status = n.Status },
	}, func(q resource.NetworkQuery, _ int) {
		for _, w := range windows(string(grown.NewNetworks[grownRows/2].ID)) {
			p.within(fmt.Sprintf("networks of %+v %+v", q, w), ofPage, func() { get(store.Networks(in(acme), q, w))(t) })
		}
	})
	combinations([]func(*resource.InstanceQuery){
		func(q *resource.InstanceQuery) { q.Cluster = i.ClusterID },
		func(q *resource.InstanceQuery) { q.Resource = i.ResourceID },
		func(q *resource.InstanceQuery) { q.Status = i.Status },
	}, func(q resource.InstanceQuery, _ int) {
		for _, w := range windows(string(grown.NewInstances[grownRows/2].ID)) {
			p.within(fmt.Sprintf("instances of %+v %+v", q, w), ofPage, func() { get(store.Instances(in(acme), q, w))(t) })
		}
	})
}

func (p *planned) resourceWrites(acme scope.TenantID, grown resource.Changes) {
	t, store := p.t, p.Resources()
	for _, count := range []int{1, 3} {
		var c resource.Changes
		for n := range count {
			cluster := p.draftCluster(acme, fmt.Sprintf("new-%d-%d", count, n), "nyc1")
			r := p.draftResource(acme, order.ID(p.ids.New("ord")), itemA)
			r.ClusterID = cluster.ID
			c.NewClusters, c.NewNetworks = append(c.NewClusters, cluster), append(c.NewNetworks, p.draftNetwork(acme, cluster.ID, "lan"))
			c.NewResources, c.NewInstances = append(c.NewResources, r), append(c.NewInstances, p.draftInstance(r, resource.InstanceRunning))
		}
		subject := string(c.NewClusters[0].ID)
		p.within(fmt.Sprintf("a write of %d of each", count), byKey, func() {
			must(t, store.Write(in(acme), c, p.keyed(acme, "resource", subject, 1)))
		})
		p.within("a receipt of a resource", byKey, func() { get(store.Receipt(in(acme), "resource.keyed", subject))(t) })
	}

	made, _ := p.draftTenant("empty")
	p.within("a first usage", byKey, func() {
		must(t, store.Write(in(made.ID), resource.Changes{Usage: &resource.Usage{TenantID: made.ID, Version: 1, UpdatedAt: p.now}},
			p.commit(made.ID, "resource", "updated", "usage", 1)))
	})
	usage, cluster, network := *grown.Usage, grown.NewClusters[3], grown.NewNetworks[3]
	changed, ended, instance := grown.NewResources[3], grown.NewResources[4], grown.NewInstances[3]
	usage.Version, cluster.Version, network.Version, changed.Version, ended.Version, instance.Version = 2, 2, 2, 2, 2, 2
	changed.DueAt, ended.Status, ended.TerminatedAt = &p.now, resource.StatusTerminated, &p.now
	p.within("a write that changes one of each", byKey, func() {
		must(t, p.write(acme, resource.Changes{
			Clusters: []resource.Cluster{cluster}, Networks: []resource.Network{network}, Usage: &usage,
			Resources: []resource.Resource{changed, ended}, Instances: []resource.Instance{instance},
		}))
	})
}

// work looks at what workers ask for across tenants.
func (p *planned) work() {
	t, store := p.t, p.Resources()
	for _, immediate := range []bool{false, true} {
		p.across("when there is work", ofDue, func() {
			if _, _, err := store.Next(operator(), p.now, immediate); err != nil {
				t.Fatal(err)
			}
		})
		var claimed []resource.Claim
		p.across("a claim of work", ofWaiting, func() {
			claimed = get(store.Claim(operator(), resource.ClaimRequest{
				Now: p.now, Lease: time.Minute, Limit: planPage, Immediate: immediate,
			}))(t)
		})
		same(t, "what was claimed", len(claimed), planPage)
		p.across("a release of work", byKey, func() { must(t, store.Release(operator(), claimed[0], 0)) })
	}
}
