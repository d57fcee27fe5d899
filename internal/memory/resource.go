package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

type resources struct {
	*table[resource.ID, resource.Resource]
	clusters  *table[resource.ClusterID, resource.Cluster]
	networks  *table[resource.NetworkID, resource.Network]
	instances *table[resource.InstanceID, resource.Instance]
	usage     map[tenant.ID]resource.Usage
	leases    map[key]lease
}

// unit is what is made once in an attempt, and lives once in any (0).
type unit struct {
	order         order.ID
	item          order.ItemID
	unit, attempt int
}

func newResources(d *database) resources {
	s := service{d, "resource"}
	return resources{newTable[resource.ID](s, kind[resource.Resource]{
		entity: "resource", id: func(r *resource.Resource) (*tenant.ID, string, int64) { return &r.TenantID, string(r.ID), r.Version },
		uniques: []unique[resource.Resource]{{"unit", func(r resource.Resource) any {
			return unit{r.OrderID, r.OrderItemID, r.Unit, r.Attempt}
		}}, {"unit", func(r resource.Resource) any {
			if !r.Live() {
				return nil
			}
			return unit{r.OrderID, r.OrderItemID, r.Unit, 0}
		}}},
		valid: func(r resource.Resource) bool {
			return slices.Contains(resource.Lifecycle().States, r.Status) && slices.Contains(resource.AllDesired(), r.Desired) &&
				slices.Contains(resource.Phases(), r.Phase) && (r.Action == "" || slices.Contains(resource.Actions(), r.Action)) &&
				slices.Contains(catalog.ResourceTypes(), r.Type) && r.Unit > 0 && r.Attempt > 0 && r.Tries >= 0 &&
				r.Live() == (r.TerminatedAt == nil)
		},
	}), newTable[resource.ClusterID](s, kind[resource.Cluster]{
		entity: "cluster", id: func(c *resource.Cluster) (*tenant.ID, string, int64) { return &c.TenantID, string(c.ID), c.Version },
		uniques: []unique[resource.Cluster]{{"name", func(c resource.Cluster) any { return c.Name }}},
		valid:   func(c resource.Cluster) bool { return slices.Contains(resource.ClusterLifecycle().States, c.Status) },
	}), newTable[resource.NetworkID](s, kind[resource.Network]{
		entity: "network", id: func(n *resource.Network) (*tenant.ID, string, int64) { return &n.TenantID, string(n.ID), n.Version },
		uniques: []unique[resource.Network]{{"name", func(n resource.Network) any { return [2]string{string(n.ClusterID), n.Name} }}},
		valid:   func(n resource.Network) bool { return slices.Contains(resource.NetworkLifecycle().States, n.Status) },
	}), newTable[resource.InstanceID](s, kind[resource.Instance]{
		entity: "instance", id: func(i *resource.Instance) (*tenant.ID, string, int64) { return &i.TenantID, string(i.ID), i.Version },
		uniques: []unique[resource.Instance]{{"resource_id", func(i resource.Instance) any { return i.ResourceID }}},
		valid:   func(i resource.Instance) bool { return slices.Contains(resource.InstanceLifecycle().States, i.Status) },
	}), map[tenant.ID]resource.Usage{}, map[key]lease{}}
}

func (s resources) Write(ctx context.Context, c resource.Changes, commit event.Commit) error {
	return s.write(ctx, commit, func(made *step) error {
		if c.Usage != nil {
			if s.usage[made.tenant].Version != c.Usage.Version-1 { // 0, if none is stored
				return &fault.Error{Entity: "usage", Kind: fault.ErrConflict}
			}
			usage := *c.Usage
			usage.TenantID = made.tenant
			put(made, s.usage, made.tenant, usage)
		}
		return cmp.Or(
			setAll(made, s.clusters, c.NewClusters, c.Clusters), setAll(made, s.networks, c.NewNetworks, c.Networks),
			setAll(made, s.table, c.NewResources, c.Resources), setAll(made, s.instances, c.NewInstances, c.Instances),
		)
	})
}

// setAll replaces what has changed in a table, then adds what is new.
func setAll[ID ~string, E any](made *step, t *table[ID, E], created, changed []E) error {
	for n, e := range slices.Concat(changed, created) {
		if err := t.set(made, made.tenant, e, n >= len(changed), nil); err != nil {
			return err
		}
	}
	return nil
}

func (s resources) List(ctx context.Context, q resource.Query, w page.Window) ([]resource.Resource, error) {
	return s.list(ctx, w, func(r resource.Resource) bool {
		return is(q.Order, r.OrderID) && is(q.Cluster, r.ClusterID) && is(q.Customer, r.CustomerID) &&
			is(q.Type, r.Type) && is(q.Status, r.Status) && is(q.Region, r.Region)
	})
}

func (s resources) OfOrder(ctx context.Context, id order.ID) ([]resource.Resource, error) {
	return s.list(ctx, everything, func(r resource.Resource) bool { return r.OrderID == id })
}

func (s resources) Tally(ctx context.Context, id order.ID) ([]resource.Tally, error) {
	all, err := s.OfOrder(ctx, id)
	slices.SortStableFunc(all, func(a, b resource.Resource) int {
		return cmp.Or(cmp.Compare(a.OrderItemID, b.OrderItemID), cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Status, b.Status))
	})
	var tallies []resource.Tally
	for _, r := range all {
		last := len(tallies) - 1
		if last < 0 || tallies[last].Item != r.OrderItemID || tallies[last].Attempt != r.Attempt || tallies[last].Status != r.Status {
			tallies = append(tallies, resource.Tally{Item: r.OrderItemID, Attempt: r.Attempt, Status: r.Status})
			last++
		}
		t := &tallies[last]
		t.Count++
		if t.Reason == "" || r.Reason != "" && r.Reason < t.Reason {
			t.Reason = r.Reason
		}
	}
	return tallies, err
}

func (s resources) CountLive(ctx context.Context, id customer.ID) (int64, error) {
	live, err := s.list(ctx, everything, func(r resource.Resource) bool { return r.Live() && is(id, r.CustomerID) })
	return int64(len(live)), err
}

func (s resources) Cluster(ctx context.Context, id resource.ClusterID) (resource.Cluster, error) {
	return s.clusters.Get(ctx, id)
}

func (s resources) Clusters(ctx context.Context, q resource.ClusterQuery, w page.Window) ([]resource.Cluster, error) {
	return s.clusters.list(ctx, w, func(c resource.Cluster) bool { return is(q.Region, c.Region) && is(q.Status, c.Status) })
}

func (s resources) Network(ctx context.Context, id resource.NetworkID) (resource.Network, error) {
	return s.networks.Get(ctx, id)
}

func (s resources) Networks(ctx context.Context, q resource.NetworkQuery, w page.Window) ([]resource.Network, error) {
	return s.networks.list(ctx, w, func(n resource.Network) bool { return is(q.Cluster, n.ClusterID) && is(q.Status, n.Status) })
}

func (s resources) InstanceOf(ctx context.Context, id resource.ID) (resource.Instance, error) {
	return s.instances.one(ctx, func(i resource.Instance) bool { return i.ResourceID == id })
}

func (s resources) Instances(ctx context.Context, q resource.InstanceQuery, w page.Window) ([]resource.Instance, error) {
	return s.instances.list(ctx, w, func(i resource.Instance) bool {
		return is(q.Cluster, i.ClusterID) && is(q.Resource, i.ResourceID) && is(q.Status, i.Status)
	})
}

func (s resources) Supply(ctx context.Context, regions []string) (resource.Supply, error) {
	return within(ctx, s.database, func(of tenant.ID) (resource.Supply, error) {
		clusters := s.clusters.all(of, func(c resource.Cluster) bool { return slices.Contains(regions, c.Region) })
		networks := s.networks.all(of, func(n resource.Network) bool {
			return slices.ContainsFunc(clusters, func(c resource.Cluster) bool { return c.ID == n.ClusterID })
		})
		return resource.Supply{Clusters: clusters, Networks: networks, Usage: s.usage[of]}, nil
	})
}

// queue is all work of all tenants, what is due longest first.
func (s resources) queue() (all []resource.Resource) {
	for _, rows := range s.rows {
		for _, r := range rows {
			if r.DueAt != nil && r.Live() {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b resource.Resource) int {
		return cmp.Or(a.DueAt.Compare(*b.DueAt), cmp.Compare(a.TenantID, b.TenantID), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (s resources) Claim(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
	return across(ctx, s.database, func() (claims []resource.Claim, _ error) {
		for _, work := range s.queue() {
			k := key{string(work.TenantID), string(work.ID)}
			if len(claims) == r.Limit || s.leases[k].until.After(s.now()) || !r.Immediate && work.DueAt.After(r.Now) {
				continue
			}
			s.leases[k] = lease{s.now().Add(r.Lease), s.leases[k].epoch + 1}
			claims = append(claims, resource.Claim{Tenant: work.TenantID, Resource: work.ID, Epoch: s.leases[k].epoch})
		}
		return claims, nil
	})
}

func (s resources) Release(ctx context.Context, c resource.Claim, hidden time.Duration) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		k := key{string(c.Tenant), string(c.Resource)}
		if held, there := s.leases[k]; there && held.epoch == c.Epoch {
			s.leases[k] = lease{s.now().Add(hidden), c.Epoch}
		}
		return struct{}{}, nil
	})
	return err
}

func (s resources) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	waits, err := across(ctx, s.database, func() (waits []time.Duration, _ error) {
		for _, work := range s.queue() {
			wait := max(0, s.leases[key{string(work.TenantID), string(work.ID)}].until.Sub(s.now()))
			if !immediate {
				wait = max(wait, work.DueAt.Sub(now))
			}
			waits = append(waits, wait)
		}
		return waits, nil
	})
	if len(waits) == 0 {
		return 0, false, err
	}
	return slices.Min(waits), true, nil
}
