package storagetest

import (
	"slices"
	"testing"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

// stock is a tenant with one of everything.
type stock struct {
	tenant   scope.TenantID
	cluster  resource.Cluster
	network  resource.Network
	resource resource.Resource
	instance resource.Instance
	usage    resource.Usage
}

func (s *session) newStock(t *testing.T) stock {
	t.Helper()
	k := s.draftStock(s.newTenant(t, "acme").ID)
	must(t, s.write(k.tenant, k.created()))
	return k
}

// draftStock drafts one of everything of the resource service.
func (s *session) draftStock(of scope.TenantID) stock {
	k := stock{tenant: of}
	k.cluster = s.draftCluster(k.tenant, "c1", "nyc1")
	k.network = s.draftNetwork(k.tenant, k.cluster.ID, "lan")
	k.resource = s.draftResource(k.tenant, order.ID(s.ids.New("ord")), order.ItemID(s.ids.New("item")))
	k.resource.ClusterID, k.resource.CustomerID = k.cluster.ID, customer.ID(s.ids.New("cust"))
	k.instance = resource.Instance{
		ID: resource.InstanceID(s.ids.New("inst")), TenantID: k.tenant, ClusterID: k.cluster.ID, ResourceID: k.resource.ID,
		Status: resource.InstanceRunning, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	k.usage = resource.Usage{TenantID: k.tenant, Live: 1, Version: 1, UpdatedAt: s.now}
	return k
}

// created are the changes that store it for the first time.
func (k stock) created() resource.Changes {
	return resource.Changes{
		NewClusters: []resource.Cluster{k.cluster}, NewNetworks: []resource.Network{k.network},
		NewResources: []resource.Resource{k.resource}, NewInstances: []resource.Instance{k.instance}, Usage: &k.usage,
	}
}

// next is one of everything in its next version.
func (k stock) next() stock {
	k.cluster.Version++
	k.network.Version++
	k.resource.Version++
	k.instance.Version++
	k.usage.Version++
	k.usage.Live++
	k.cluster.Region, k.network.Status, k.resource.Name, k.instance.ExternalID = "fra1", resource.NetworkClosed, "renamed", "renamed"
	return k
}

func (k stock) changes() resource.Changes {
	return resource.Changes{
		Clusters: []resource.Cluster{k.cluster}, Networks: []resource.Network{k.network}, Resources: []resource.Resource{k.resource},
		Instances: []resource.Instance{k.instance}, Usage: &k.usage,
	}
}

// unchanged fails the test unless the database has it all so, and nothing more.
func (s *session) unchanged(t *testing.T, k stock, events int) {
	t.Helper()
	s.sameResources(t, k.tenant, k.cluster, k.network, []resource.Resource{k.resource}, k.instance, k.usage)
	same(t, "the number of events", len(get(s.Events().List(in(k.tenant), "resource", page.Window{Limit: 99}))(t)), events)
}

func resourceOneStep(t *testing.T, s *session) {
	k := s.newStock(t)
	for what, spoil := range map[string]func(*resource.Changes){
		"cluster": func(c *resource.Changes) {
			c.NewClusters = []resource.Cluster{s.draftCluster(k.tenant, "c1", "nyc1")}
		},
		"resource": func(c *resource.Changes) {
			c.NewResources = []resource.Resource{s.draftResource(k.tenant, k.resource.OrderID, k.resource.OrderItemID)}
		},
		"instance": func(c *resource.Changes) {
			again := k.instance
			again.ID = resource.InstanceID(s.ids.New("inst"))
			c.NewInstances = []resource.Instance{again}
		},
	} {
		changes := k.next().changes()
		spoil(&changes)
		err := s.write(k.tenant, changes)
		if fault.KindOf(err) != fault.ErrExists {
			t.Fatalf("a second %s: error is %v, want %q", what, err, fault.ErrExists)
		}
		s.unchanged(t, k, 1)
	}
	must(t, s.write(k.tenant, k.next().changes()))
	s.unchanged(t, k.next(), 2)
}

func resourceMany(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	all := make([]resource.Resource, 250)
	commit := s.commit(acme, "resource", "requested", resourceA, 1)
	commit.Events = nil
	for n := range all {
		all[n] = s.draftResource(acme, orderA, itemA)
		all[n].Unit = len(all) - n
		commit.Events = append(commit.Events, s.commit(acme, "resource", "requested", string(all[n].ID), 1).Events...)
	}
	must(t, s.Resources().Write(in(acme), resource.Changes{NewResources: all}, commit))
	same(t, "the resources", get(s.Resources().OfOrder(in(acme), orderA))(t), all)
	for n := range all {
		all[n].Version, all[n].Desired, all[n].DueAt = 2, resource.DesiredTerminated, nil
	}
	must(t, s.write(acme, resource.Changes{Resources: all}))
	next := slices.Clone(all)
	for n := range len(next) - 1 {
		next[n].Version, next[n].Name = 3, "renamed"
	}
	refused(t, s.write(acme, resource.Changes{Resources: next}), fault.ErrConflict, "")
	same(t, "the resources", get(s.Resources().OfOrder(in(acme), orderA))(t), all)
	same(t, "the work", len(get(s.Resources().Claim(operator(), resource.ClaimRequest{Now: s.now, Limit: 2000}))(t)), 0)
}

func resourceUnits(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	add := func(of scope.TenantID, unit, attempt int, item order.ItemID) (resource.Resource, error) {
		r := s.draftResource(of, orderA, item)
		r.Unit, r.Attempt = unit, attempt
		return r, s.write(of, resource.Changes{NewResources: []resource.Resource{r}})
	}
	first, err := add(acme, 1, 1, itemA)
	must(t, err)
	for _, attempt := range []int{1, 2} {
		_, err = add(acme, 1, attempt, itemA)
		refused(t, err, fault.ErrExists, "unit")
	}
	for _, free := range []error{
		second(add(acme, 2, 1, itemA)), second(add(acme, 1, 1, itemB)), second(add(other, 1, 1, itemA)),
	} {
		must(t, free)
	}
	first.Version, first.Status, first.TerminatedAt = 2, resource.StatusTerminated, &s.now
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{first}}))
	_, err = add(acme, 1, 1, itemA)
	refused(t, err, fault.ErrExists, "unit")
	_, err = add(acme, 1, 2, itemA)
	must(t, err)

	again := s.draftResource(acme, orderZ, itemZ)
	again.ID = first.ID
	refused(t, s.write(acme, resource.Changes{NewResources: []resource.Resource{again}}), fault.ErrExists, "id")
}

func second[T any](_ T, err error) error { return err }

func resourceVersions(t *testing.T, s *session) {
	k := s.newStock(t)
	for _, version := range []int64{1, 3, 0} {
		stale := k.next()
		stale.cluster.Version, stale.network.Version, stale.resource.Version = version, version, version
		stale.instance.Version, stale.usage.Version = version, version
		for what, c := range map[string]resource.Changes{
			"cluster":  {Clusters: []resource.Cluster{stale.cluster}},
			"network":  {Networks: []resource.Network{stale.network}},
			"resource": {Resources: []resource.Resource{stale.resource}},
			"instance": {Instances: []resource.Instance{stale.instance}},
			"usage":    {Usage: &stale.usage},
		} {
			err := s.write(k.tenant, c)
			if fault.KindOf(err) != fault.ErrConflict {
				t.Errorf("%s of version %d: error is %v, want %q", what, version, err, fault.ErrConflict)
			}
			all := k.next().changes()
			switch what {
			case "cluster":
				all.Clusters = c.Clusters
			case "network":
				all.Networks = c.Networks
			case "resource":
				all.Resources = c.Resources
			case "instance":
				all.Instances = c.Instances
			case "usage":
				all.Usage = c.Usage
			}
			refused(t, s.write(k.tenant, all), fault.ErrConflict, "")
		}
	}
	s.unchanged(t, k, 1)
	nobodys := s.draftResource(k.tenant, orderZ, itemZ)
	nobodys.Version = 2
	refused(t, s.write(k.tenant, resource.Changes{Resources: []resource.Resource{nobodys}}), fault.ErrConflict, "")
	none := get(s.Resources().Supply(in(s.newTenant(t, "other").ID), nil))(t)
	same(t, "the usage of a new tenant", none.Usage, resource.Usage{})
}
