package storagetest

import (
	"fmt"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
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
		r := s.draftResource(acme, order.ID(numbered("ord", n%2)), order.ItemID(numbered("item", n)))
		r.ClusterID = clusters[n/2%2].ID
		r.CustomerID = customer.ID(numbered("cust", n/4))
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
		"of an order":   {resource.Query{Order: order.ID(numbered("ord", 1))}, where(func(n int) bool { return n%2 == 1 })},
		"on a cluster":  {resource.Query{Cluster: clusters[1].ID}, where(func(n int) bool { return n/2%2 == 1 })},
		"a customer's":  {resource.Query{Customer: customer.ID(numbered("cust", 1))}, all[4:]},
		"of a type":     {resource.Query{Type: all[2].Type}, where(func(n int) bool { return n%3 == 2 })},
		"with a status": {resource.Query{Status: all[3].Status}, where(func(n int) bool { return n%4 == 3 })},
		"in a region":   {resource.Query{Region: "r1"}, where(func(n int) bool { return n%3 == 1 })},
		"of nobody":     {resource.Query{Customer: customer.ID(numbered("cust", 9))}, nil},
		"all at once": {
			resource.Query{
				Order: order.ID(numbered("ord", 1)), Cluster: all[7].ClusterID, Customer: customer.ID(numbered("cust", 1)),
				Type: all[7].Type, Status: all[7].Status, Region: "r1",
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
		for range ids {
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
	add(acme, orderA, itemA, 1, 1, resource.StatusTerminated, customerA, "")
	add(acme, orderA, itemA, 1, 2, resource.StatusError, customerA, "ä")
	add(acme, orderA, itemA, 2, 2, resource.StatusError, customerA, "")
	add(acme, orderA, itemA, 3, 2, resource.StatusError, customerA, "Z")
	add(acme, orderA, itemA, 4, 2, resource.StatusRunning, customerA, "")
	add(acme, orderA, itemB, 1, 2, resource.StatusRunning, customerA, "")
	add(acme, orderB, itemC, 1, 1, resource.StatusRunning, customerB, "")
	add(other, orderA, itemA, 1, 1, resource.StatusRunning, customerA, "")
	same(t, "the counts", get(s.Resources().Tally(in(acme), orderA))(t), []resource.Tally{
		{Item: itemA, Attempt: 1, Status: resource.StatusTerminated, Count: 1},
		{Item: itemA, Attempt: 2, Status: resource.StatusError, Count: 3, Reason: "Z"},
		{Item: itemA, Attempt: 2, Status: resource.StatusRunning, Count: 1},
		{Item: itemB, Attempt: 2, Status: resource.StatusRunning, Count: 1},
	})
	same(t, "the counts of nothing", len(get(s.Resources().Tally(in(acme), orderZ))(t)), 0)
	for id, want := range map[customer.ID]int64{"": 6, customerA: 5, customerB: 1, customerZ: 0} {
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
