package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

func resourceFilters(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	var clusters []resource.Cluster
	var all []resource.Resource
	for n := range 2 {
		c := s.draftCluster(acme, fmt.Sprint("c", n), fmt.Sprint("r", n))
		c.Status = resource.ClusterLifecycle().States[n]
		clusters = append(clusters, c)
	}
	for n := range 8 {
		r := s.draftResource(acme, order.ID(fmt.Sprint("ord_", n%2)), order.ItemID(fmt.Sprint("item_", n)))
		r.ClusterID = clusters[n/2%2].ID
		r.CustomerID = customer.ID(fmt.Sprint("cust_", n/4))
		r.Type, r.Status, r.Region = catalog.ResourceTypes()[n%3], resource.Lifecycle().States[n%4], fmt.Sprint("r", n%3)
		all = append(all, r)
	}
	must(t, s.write(acme, resource.Changes{NewClusters: clusters, NewResources: all}))
	where := func(keep func(n int) bool) []resource.Resource {
		var found []resource.Resource
		for n := range all {
			if keep(n) {
				found = append(found, all[n])
			}
		}
		return found
	}
	for what, c := range map[string]struct {
		query resource.Query
		want  []resource.Resource
	}{
		"all":           {resource.Query{}, all},
		"of an order":   {resource.Query{Order: "ord_1"}, where(func(n int) bool { return n%2 == 1 })},
		"on a cluster":  {resource.Query{Cluster: clusters[1].ID}, where(func(n int) bool { return n/2%2 == 1 })},
		"a customer's":  {resource.Query{Customer: "cust_1"}, all[4:]},
		"of a type":     {resource.Query{Type: all[2].Type}, where(func(n int) bool { return n%3 == 2 })},
		"with a status": {resource.Query{Status: all[3].Status}, where(func(n int) bool { return n%4 == 3 })},
		"in a region":   {resource.Query{Region: "r1"}, where(func(n int) bool { return n%3 == 1 })},
		"of nobody":     {resource.Query{Customer: "cust_"}, nil},
		"all at once": {
			resource.Query{
				Order: "ord_1", Cluster: all[7].ClusterID, Customer: "cust_1", Type: all[7].Type, Status: all[7].Status, Region: "r1",
			}, all[7:],
		},
	} {
		same(t, what, get(s.Resources().List(in(acme), c.query, page.Window{Limit: 9}))(t), c.want)
	}
	w := page.Window{Limit: 9}
	found := get(s.Resources().Clusters(in(acme), resource.ClusterQuery{Region: "r1"}, w))(t)
	same(t, "the clusters in a region", found, clusters[1:])
	found = get(s.Resources().Clusters(in(acme), resource.ClusterQuery{Status: resource.ClusterActive}, w))(t)
	same(t, "the active clusters", found, clusters[:1])
	found = get(s.Resources().Clusters(in(acme), resource.ClusterQuery{Region: "r1", Status: resource.ClusterActive}, w))(t)
	same(t, "the active clusters in a region", len(found), 0)

	open, closed := s.draftNetwork(acme, clusters[0].ID, "open"), s.draftNetwork(acme, clusters[1].ID, "closed")
	closed.Status = resource.NetworkClosed
	up := resource.Instance{
		ID: resource.InstanceID(s.ids.New("inst")), TenantID: acme, ClusterID: clusters[0].ID, ResourceID: all[0].ID,
		Status: resource.InstanceRunning, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	down := up
	down.ID, down.ClusterID, down.ResourceID = resource.InstanceID(s.ids.New("inst")), clusters[1].ID, all[1].ID
	down.Status = resource.InstanceStopped
	must(t, s.write(acme, resource.Changes{
		NewNetworks: []resource.Network{open, closed}, NewInstances: []resource.Instance{up, down},
	}))
	for _, q := range []resource.NetworkQuery{{Cluster: clusters[1].ID}, {Status: resource.NetworkClosed}} {
		networks := get(s.Resources().Networks(in(acme), q, w))(t)
		same(t, "the number of networks", len(networks), 1)
		sameNetwork(t, networks[0], closed)
	}
	for _, q := range []resource.InstanceQuery{
		{Cluster: clusters[1].ID}, {Resource: all[1].ID}, {Status: resource.InstanceStopped},
	} {
		same(t, "the instances", get(s.Resources().Instances(in(acme), q, w))(t), []resource.Instance{down})
	}
}

func resourcePages(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	var ids, reversed []string
	for range 7 {
		id := string(s.addResource(t, acme).ID)
		s.addResource(t, other)
		ids, reversed = append(ids, id), append([]string{id}, reversed...)
	}
	for _, newest := range []bool{false, true} {
		var got []string
		w := page.Window{Limit: 3, Newest: newest}
		for {
			next := get(s.Resources().List(in(acme), resource.Query{Region: "nyc1"}, w))(t)
			if len(next) == 0 {
				break
			}
			for _, r := range next {
				got = append(got, string(r.ID))
			}
			w.After = got[len(got)-1]
		}
		want := ids
		if newest {
			want = reversed
		}
		same(t, "the list", got, want)
	}
	for n := range 3 {
		s.addCluster(t, acme, fmt.Sprint("c", n))
	}
	first := get(s.Resources().Clusters(in(acme), resource.ClusterQuery{}, page.Window{Limit: 2, Newest: true}))(t)
	after := page.Window{After: string(first[1].ID), Limit: 9, Newest: true}
	rest := get(s.Resources().Clusters(in(acme), resource.ClusterQuery{}, after))(t)
	same(t, "the oldest cluster", rest[0].Name, "c0")
	same(t, "the number of the rest", len(rest), 1)
}

func resourceCounts(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	add := func(
		of scope.TenantID, o order.ID, item order.ItemID, unit, attempt int, status resource.Status, by customer.ID, reason string,
	) {
		t.Helper()
		r := s.draftResource(of, o, item)
		r.Unit, r.Attempt, r.Status, r.CustomerID, r.Reason = unit, attempt, status, by, reason
		if status == resource.StatusTerminated {
			r.TerminatedAt = &s.now
		}
		must(t, s.write(of, resource.Changes{NewResources: []resource.Resource{r}}))
	}
	add(acme, "ord_a", "item_a", 1, 1, resource.StatusTerminated, "cust_a", "")
	add(acme, "ord_a", "item_a", 1, 2, resource.StatusError, "cust_a", "ä")
	add(acme, "ord_a", "item_a", 2, 2, resource.StatusError, "cust_a", "")
	add(acme, "ord_a", "item_a", 3, 2, resource.StatusError, "cust_a", "Z")
	add(acme, "ord_a", "item_a", 4, 2, resource.StatusRunning, "cust_a", "")
	add(acme, "ord_a", "item_b", 1, 2, resource.StatusRunning, "cust_a", "")
	add(acme, "ord_b", "item_c", 1, 1, resource.StatusRunning, "cust_b", "")
	add(other, "ord_a", "item_a", 1, 1, resource.StatusRunning, "cust_a", "")
	same(t, "the counts", get(s.Resources().Tally(in(acme), "ord_a"))(t), []resource.Tally{
		{Item: "item_a", Attempt: 1, Status: resource.StatusTerminated, Count: 1},
		{Item: "item_a", Attempt: 2, Status: resource.StatusError, Count: 3, Reason: "Z"},
		{Item: "item_a", Attempt: 2, Status: resource.StatusRunning, Count: 1},
		{Item: "item_b", Attempt: 2, Status: resource.StatusRunning, Count: 1},
	})
	same(t, "the counts of nothing", len(get(s.Resources().Tally(in(acme), "ord_z"))(t)), 0)
	for id, want := range map[customer.ID]int64{"": 6, "cust_a": 5, "cust_b": 1, "cust_z": 0} {
		same(t, "what lives of "+string(id), get(s.Resources().CountLive(in(acme), id))(t), want)
	}
}

func resourceSupply(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	var names []string
	for n, region := range []string{"nyc1", "fra1", "nyc1", "sgp1"} {
		c := s.draftCluster(acme, fmt.Sprint("c", n), region)
		c.Status = resource.ClusterLifecycle().States[n%3]
		networks := []resource.Network{s.draftNetwork(acme, c.ID, fmt.Sprint("a", n)), s.draftNetwork(acme, c.ID, fmt.Sprint("b", n))}
		must(t, s.write(acme, resource.Changes{NewClusters: []resource.Cluster{c}, NewNetworks: networks}))
		// An id is unique in its tenant, so another one's cluster can have it too.
		theirs := c
		theirs.TenantID = other
		must(t, s.write(other, resource.Changes{
			NewClusters: []resource.Cluster{theirs}, NewNetworks: []resource.Network{s.draftNetwork(other, theirs.ID, "theirs")},
		}))
	}
	read := func(regions ...string) []string {
		supply := get(s.Resources().Supply(in(acme), regions))(t)
		names = nil
		for _, c := range supply.Clusters {
			names = append(names, c.Name)
		}
		for _, n := range supply.Networks {
			names = append(names, n.Name)
		}
		return names
	}
	same(t, "one region", read("nyc1"), []string{"c0", "c2", "a0", "b0", "a2", "b2"})
	same(t, "two regions", read("sgp1", "fra1", "mars"), []string{"c1", "c3", "a1", "b1", "a3", "b3"})
	same(t, "no region", len(read()), 0)
}

func resourceOthers(t *testing.T, s *session) {
	k := s.newStock(t)
	other := s.newTenant(t, "other").ID
	for _, err := range []error{
		second(s.Resources().Get(in(other), k.resource.ID)), second(s.Resources().Cluster(in(other), k.cluster.ID)),
		second(s.Resources().Network(in(other), k.network.ID)), second(s.Resources().InstanceOf(in(other), k.resource.ID)),
	} {
		refused(t, err, fault.ErrNotFound, "")
	}
	w := page.Window{Limit: 9}
	same(t, "the resources", len(get(s.Resources().List(in(other), resource.Query{}, w))(t)), 0)
	same(t, "the clusters", len(get(s.Resources().Clusters(in(other), resource.ClusterQuery{}, w))(t)), 0)
	same(t, "the networks", len(get(s.Resources().Networks(in(other), resource.NetworkQuery{Cluster: k.cluster.ID}, w))(t)), 0)
	same(t, "the instances", len(get(s.Resources().Instances(in(other), resource.InstanceQuery{}, w))(t)), 0)
	same(t, "the order's", len(get(s.Resources().OfOrder(in(other), k.resource.OrderID))(t)), 0)
	same(t, "the counts", len(get(s.Resources().Tally(in(other), k.resource.OrderID))(t)), 0)
	same(t, "what lives", get(s.Resources().CountLive(in(other), ""))(t), int64(0))
	same(t, "the supply", get(s.Resources().Supply(in(other), []string{"nyc1"}))(t), resource.Supply{})
	mine := k.next()
	for _, c := range []resource.Changes{
		{Clusters: []resource.Cluster{mine.cluster}}, {Networks: []resource.Network{mine.network}},
		{Resources: []resource.Resource{mine.resource}}, {Instances: []resource.Instance{mine.instance}}, {Usage: &mine.usage},
	} {
		refused(t, s.write(other, c), fault.ErrConflict, "")
	}
	s.unchanged(t, k, 1)
}

func resourceNoScope(t *testing.T, s *session) {
	ctx, w, store := context.Background(), page.Window{Limit: 9}, s.Resources()
	acme := s.newTenant(t, "acme").ID
	for what, err := range map[string]error{
		"Write":                            store.Write(ctx, resource.Changes{}, event.Commit{}),
		"Get":                              second(store.Get(ctx, "res_a")),
		"List":                             second(store.List(ctx, resource.Query{}, w)),
		"OfOrder":                          second(store.OfOrder(ctx, "ord_a")),
		"Tally":                            second(store.Tally(ctx, "ord_a")),
		"CountLive":                        second(store.CountLive(ctx, "")),
		"Cluster":                          second(store.Cluster(ctx, "clus_a")),
		"Clusters":                         second(store.Clusters(ctx, resource.ClusterQuery{}, w)),
		"Network":                          second(store.Network(ctx, "net_a")),
		"Networks":                         second(store.Networks(ctx, resource.NetworkQuery{}, w)),
		"InstanceOf":                       second(store.InstanceOf(ctx, "res_a")),
		"Instances":                        second(store.Instances(ctx, resource.InstanceQuery{}, w)),
		"Supply":                           second(store.Supply(ctx, nil)),
		"Receipt":                          second(store.Receipt(ctx, "resource.cluster.create", "k")),
		"Claim":                            second(store.Claim(ctx, resource.ClaimRequest{Limit: 1})),
		"Release":                          store.Release(ctx, resource.Claim{Tenant: acme}, 0),
		"a tenant's Claim":                 second(store.Claim(in(acme), resource.ClaimRequest{Limit: 1})),
		"a tenant's Release":               store.Release(in(acme), resource.Claim{Tenant: acme}, 0),
		"an operator's Get across tenants": second(store.Get(operator(), "res_a")),
	} {
		if fault.KindOf(err) != fault.ErrNoScope {
			t.Errorf("%s: error is %v, want %q", what, err, fault.ErrNoScope)
		}
	}
	_, _, err := store.Next(in(acme), s.now, false)
	refused(t, err, fault.ErrNoScope, "")
}
