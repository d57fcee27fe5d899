package model

import (
	"context"
	"net/netip"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

func clusterOps() []op {
	return []op{
		{name: "cluster.create", weight: 6, most: command{In: 1, By: 1, What: 5, N: 2, Key: 1}, plan: createCluster},
		{name: "cluster.update", weight: 2, most: command{In: 1, By: 1, On: 1, What: 4, Seen: 1}, plan: updateCluster},
		{name: "cluster.move", weight: 2, most: command{In: 1, By: 1, On: 1, What: 2}, plan: moveCluster},
		{name: "cluster.get", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: getCluster},
		listOp("cluster.list", 2, listClusters),
		{name: "network.create", weight: 5, most: command{In: 1, By: 1, On: 1, What: 6, N: 2, Key: 1}, plan: createNetwork},
		{name: "network.update", weight: 2, most: command{In: 1, By: 1, On: 1, What: 6, Seen: 1}, plan: updateNetwork},
		{name: "network.move", weight: 2, most: command{In: 1, By: 1, On: 1, What: 1}, plan: moveNetwork},
		{name: "network.get", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: getNetwork},
		listOp("network.list", 2, listNetworks),
	}
}

func clustersOf(in *realm) map[string]*resource.Cluster { return in.clusters }
func networksOf(in *realm) map[string]*resource.Network { return in.networks }

// places are what clusters are called; the last is no name.
var places = []string{"a", "b", ""}

// sites are what is told of clusters.
func sites(what, name int) (d resource.ClusterDraft, paths []string) {
	d = resource.ClusterDraft{Name: places[name], Region: "nyc1", Capacity: room{8, 16, 200, 4}.capacity()}
	if name == 2 {
		paths = append(paths, "name")
	}
	switch what {
	case 1:
		d.Region = "ams3"
	case 2:
		d.Capacity = room{64, 256, 4000, 32}.capacity()
		d.Labels = map[string]string{"rack": "7"}
	case 3:
		d.Capacity = room{4, 64, 1000, 10}.capacity()
	case 4:
		d.Capacity.Instances = -1
		paths = append(paths, "capacity.instances")
	case 5:
		d.Region, d.Capacity = "New York", resource.Capacity{}
		paths = append(paths, "region")
	}
	return d, paths
}

func createCluster(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d, paths := sites(c.What, c.N)
	d.Key = w.key(c)
	call := func(ctx context.Context, p *platforma.Platform) (resource.Cluster, error) {
		return p.Resources.CreateCluster(ctx, d)
	}
	return planned(by, call, func(got resource.Cluster) (resource.Cluster, *refusal) {
		return keyed(r.receiptsOf(by), "resource.cluster.create", d.Key, d, func() (func() (string, resource.Cluster), *refusal) {
			in, no := r.admit(by, "resource.cluster.create", true)
			switch {
			case no != nil:
				return nil, no
			case len(paths) > 0:
				return nil, refuse(fault.ErrInvalid, paths...)
			case in.clusterNamed(d.Name) != nil:
				return nil, refuse(fault.ErrExists, "name")
			}
			return func() (string, resource.Cluster) {
				made := &resource.Cluster{
					ID: resource.ClusterID(r.learn("clus", string(got.ID))), TenantID: by.tenant, Name: d.Name, Region: d.Region,
					Labels: d.Labels, Capacity: d.Capacity, Status: resource.ClusterActive,
					Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				in.clusters[string(made.ID)] = made
				in.happened(r, by, "resource", "cluster.created", string(made.ID), 1, made)
				return string(made.ID), *made
			}, nil
		}, func(id string) (resource.Cluster, *refusal) { return *r.tenants[string(by.tenant)].clusters[id], nil })
	})
}

func (in *realm) clusterNamed(name string) *resource.Cluster {
	for _, c := range in.clusters {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func editCluster(
	w *world, c command, seen func(present int64) int64,
	call func(context.Context, *platforma.Platform, resource.ClusterID, int64) (resource.Cluster, error),
	apply func(in *realm, c *resource.Cluster) *refusal,
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "clus", clustersOf)
	expected := seen(present(w, c, id, clustersOf, func(c *resource.Cluster) int64 { return c.Version }))
	return planned(by, func(ctx context.Context, p *platforma.Platform) (resource.Cluster, error) {
		return call(ctx, p, resource.ClusterID(id), expected)
	}, func(resource.Cluster) (none resource.Cluster, _ *refusal) {
		in, no := r.admit(by, "resource.cluster.update", true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case in.clusters[id] == nil:
			return none, refuse(fault.ErrNotFound)
		case conflicts(expected, in.clusters[id].Version):
			return none, refuse(fault.ErrConflict)
		}
		changed := *in.clusters[id]
		if no := apply(in, &changed); no != nil {
			return none, no
		}
		in.clusters[id] = &changed
		r.saved(in, by, map[string]bool{id: true}, nil)
		return *in.clusters[id], nil
	})
}

func updateCluster(w *world, c command) plan {
	d, paths := sites(c.What, c.What%2)
	change := resource.ClusterChange{Capacity: &d.Capacity}
	if c.What == 1 {
		change = resource.ClusterChange{Name: &d.Name, Labels: map[string]string{}}
	}
	return editCluster(w, c, func(v int64) int64 { return version(c, v) },
		func(ctx context.Context, p *platforma.Platform, id resource.ClusterID, seen int64) (resource.Cluster, error) {
			change.Version = seen
			return p.Resources.UpdateCluster(ctx, id, change)
		}, func(in *realm, found *resource.Cluster) *refusal {
			if c.What == 1 {
				if other := in.clusterNamed(d.Name); other != nil && other.ID != found.ID {
					return refuse(fault.ErrExists, "name")
				}
				found.Name, found.Labels = d.Name, nil
				return nil
			}
			if len(paths) > 0 {
				return refuse(fault.ErrInvalid, paths...)
			}
			if !roomOf(d.Capacity).covers(roomOf(found.Used)) {
				return refuse(fault.ErrInvalid, "capacity")
			}
			found.Capacity = d.Capacity
			return nil
		})
}

// moveCluster drains a cluster, takes it offline, or activates it.
func moveCluster(w *world, c command) plan {
	return editCluster(w, c, anyVersion,
		func(ctx context.Context, p *platforma.Platform, id resource.ClusterID, _ int64) (resource.Cluster, error) {
			switch c.What {
			case 0:
				return p.Resources.DrainCluster(ctx, id)
			case 1:
				return p.Resources.TakeClusterOffline(ctx, id)
			default:
				return p.Resources.ActivateCluster(ctx, id)
			}
		}, func(_ *realm, found *resource.Cluster) *refusal {
			to := []resource.ClusterStatus{resource.ClusterDraining, resource.ClusterOffline, resource.ClusterActive}[c.What]
			if found.Status == to || to == resource.ClusterDraining && found.Status == resource.ClusterOffline {
				return refuse(fault.ErrState)
			}
			found.Status = to
			return nil
		})
}

func getCluster(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "clus", clustersOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (resource.Cluster, error) {
		return p.Resources.Cluster(ctx, resource.ClusterID(id))
	}, func(resource.Cluster) (resource.Cluster, *refusal) {
		return get(w.rules, by, "resource.cluster.get", "clus", id, clustersOf)
	})
}

func listClusters(w *world, c command) plan {
	q := resource.ClusterQuery{}
	var bad *refusal
	matches := func(resource.Cluster) bool { return true }
	switch c.What {
	case 1:
		q.Region, q.Status = "nyc1", resource.ClusterActive
		matches = func(c resource.Cluster) bool { return c.Region == "nyc1" && c.Status == resource.ClusterActive }
	case 2:
		q.Region, bad = "New York", refuse(fault.ErrInvalid, "region")
	}
	return listing[resource.Cluster]{
		kind: "cluster", operation: "resource.cluster.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Cluster], error) {
			q.Request = r
			return p.Resources.Clusters(ctx, q)
		},
		all: func(in *realm) []resource.Cluster { return matching(in.clusters, matches) },
		key: func(c resource.Cluster) string { return string(c.ID) },
	}.plan(w, c)
}

// blocks are of one address (beside the gateway's), of five, of many; one that
// overlaps the first, one with bits beyond its length, and one that is too long.
var blocks = []string{"10.0.0.0/30", "10.0.1.0/29", "10.0.2.0/24", "10.0.0.0/28", "10.0.1.1/29", "10.0.0.0/31", "10.0.3.0/29"}

func createNetwork(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d := resource.NetworkDraft{
		Cluster: resource.ClusterID(choose(w, c, c.On, "clus", clustersOf)), Name: places[c.N], CIDR: blocks[c.What], Key: w.key(c),
	}
	if c.What == 6 {
		d.Gateway, d.Reserved = "10.0.3.2", []string{"10.0.3.3-10.0.3.4", "10.0.3.1"}
	}
	var paths []string
	if c.On == malformed {
		paths = append(paths, "cluster")
	}
	if d.Name == "" {
		paths = append(paths, "name")
	}
	if c.What == 4 || c.What == 5 {
		paths = append(paths, "cidr")
	}
	call := func(ctx context.Context, p *platforma.Platform) (resource.Network, error) {
		return p.Resources.CreateNetwork(ctx, d)
	}
	return planned(by, call, func(got resource.Network) (resource.Network, *refusal) {
		return keyed(r.receiptsOf(by), "resource.network.create", d.Key, d, func() (func() (string, resource.Network), *refusal) {
			in, no := r.admit(by, "resource.network.create", true)
			switch {
			case no != nil:
				return nil, no
			case len(paths) > 0:
				return nil, refuse(fault.ErrInvalid, paths...)
			case in.clusters[string(d.Cluster)] == nil:
				return nil, refuse(fault.ErrNotFound)
			}
			block := netip.MustParsePrefix(d.CIDR)
			named := false
			for _, n := range in.networks {
				if n.ClusterID != d.Cluster {
					continue
				}
				if n.CIDR.Overlaps(block) {
					return nil, refuse(fault.ErrInvalid, "cidr")
				}
				named = named || n.Name == d.Name
			}
			if named {
				return nil, refuse(fault.ErrExists, "name")
			}
			return func() (string, resource.Network) {
				made := &resource.Network{
					ID: resource.NetworkID(r.learn("net", string(got.ID))), TenantID: by.tenant, ClusterID: d.Cluster, Name: d.Name,
					CIDR: block, Gateway: block.Addr().Next(), Status: resource.NetworkActive,
					Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				}
				if c.What == 6 {
					made.Gateway = netip.MustParseAddr("10.0.3.2")
					made.Reserved = ranges(span("10.0.3.1", "10.0.3.3", "10.0.3.4"))
				}
				in.networks[string(made.ID)] = made
				in.happened(r, by, "resource", "network.created", string(made.ID), 1, made)
				r.saved(in, by, map[string]bool{string(d.Cluster): true}, nil)
				return string(made.ID), *made
			}, nil
		}, func(id string) (resource.Network, *refusal) { return *r.tenants[string(by.tenant)].networks[id], nil })
	})
}

func span(texts ...string) (all []netip.Addr) {
	for _, t := range texts {
		all = append(all, netip.MustParseAddr(t))
	}
	return all
}

func editNetwork(
	w *world, c command, seen func(present int64) int64,
	call func(context.Context, *platforma.Platform, resource.NetworkID, int64) (resource.Network, error),
	apply func(in *realm, n *resource.Network) *refusal,
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "net", networksOf)
	expected := seen(present(w, c, id, networksOf, func(n *resource.Network) int64 { return n.Version }))
	return planned(by, func(ctx context.Context, p *platforma.Platform) (resource.Network, error) {
		return call(ctx, p, resource.NetworkID(id), expected)
	}, func(resource.Network) (none resource.Network, _ *refusal) {
		in, no := r.admit(by, "resource.network.update", true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case in.networks[id] == nil:
			return none, refuse(fault.ErrNotFound)
		case conflicts(expected, in.networks[id].Version):
			return none, refuse(fault.ErrConflict)
		}
		changed := *in.networks[id]
		if no := apply(in, &changed); no != nil {
			return none, no
		}
		in.networks[id] = &changed
		r.saved(in, by, nil, map[string]bool{id: true})
		return *in.networks[id], nil
	})
}

// updateNetwork renames a network, moves its gateway to where nothing is or to
// what may be in use, or reserves addresses of it or of another.
func updateNetwork(w *world, c command) plan {
	change := resource.NetworkChange{}
	gateways := map[int]string{2: "10.0.1.6", 3: "10.0.1.2", 4: "no address"}
	reserved := map[int][]string{5: {"10.0.1.3"}, 6: {}}
	switch c.What {
	case 0, 1:
		change.Name = &places[c.What]
	case 2, 3, 4:
		change.Gateway = new(gateways[c.What])
	default:
		change.Reserved = reserved[c.What]
	}
	return editNetwork(w, c, func(v int64) int64 { return version(c, v) },
		func(ctx context.Context, p *platforma.Platform, id resource.NetworkID, seen int64) (resource.Network, error) {
			change.Version = seen
			return p.Resources.UpdateNetwork(ctx, id, change)
		}, func(in *realm, n *resource.Network) *refusal {
			switch c.What {
			case 0, 1:
				for _, other := range in.networks {
					if other.ClusterID == n.ClusterID && other.Name == places[c.What] && other.ID != n.ID {
						return refuse(fault.ErrExists, "name")
					}
				}
				n.Name = places[c.What]
			case 2, 3, 4:
				addr, err := netip.ParseAddr(gateways[c.What])
				first, last := hosts(n.CIDR)
				if err != nil || addr.Less(first) || last.Less(addr) || contains(addresses(n.Allocated), addr) {
					return refuse(fault.ErrInvalid, "gateway")
				}
				n.Gateway = addr
			default:
				var all []netip.Addr
				for _, t := range reserved[c.What] {
					addr := netip.MustParseAddr(t)
					if !n.CIDR.Contains(addr) {
						return refuse(fault.ErrInvalid, "reserved[0]")
					}
					all = append(all, addr)
				}
				n.Reserved = ranges(all)
			}
			return nil
		})
}

// moveNetwork closes a network, or activates it.
func moveNetwork(w *world, c command) plan {
	return editNetwork(w, c, anyVersion,
		func(ctx context.Context, p *platforma.Platform, id resource.NetworkID, _ int64) (resource.Network, error) {
			if c.What == 0 {
				return p.Resources.CloseNetwork(ctx, id)
			}
			return p.Resources.ActivateNetwork(ctx, id)
		}, func(_ *realm, n *resource.Network) *refusal {
			to := []resource.NetworkStatus{resource.NetworkClosed, resource.NetworkActive}[c.What]
			if n.Status == to {
				return refuse(fault.ErrState)
			}
			n.Status = to
			return nil
		})
}

func getNetwork(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "net", networksOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (resource.Network, error) {
		return p.Resources.Network(ctx, resource.NetworkID(id))
	}, func(resource.Network) (resource.Network, *refusal) {
		return get(w.rules, by, "resource.network.get", "net", id, networksOf)
	})
}

func listNetworks(w *world, c command) plan {
	q := resource.NetworkQuery{}
	var bad *refusal
	matches := func(resource.Network) bool { return true }
	switch c.What {
	case 1:
		q.Cluster, q.Status = resource.ClusterID(choose(w, c, 0, "clus", clustersOf)), resource.NetworkActive
		matches = func(n resource.Network) bool { return n.ClusterID == q.Cluster && n.Status == resource.NetworkActive }
	case 2:
		q.Cluster, bad = "clus_no", refuse(fault.ErrInvalid, "cluster")
	}
	return listing[resource.Network]{
		kind: "network", operation: "resource.network.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Network], error) {
			q.Request = r
			return p.Resources.Networks(ctx, q)
		},
		all: func(in *realm) []resource.Network { return matching(in.networks, matches) },
		key: func(n resource.Network) string { return string(n.ID) },
	}.plan(w, c)
}
