package resource

import (
	"context"
	"iter"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// CreateNetwork gives a cluster a pool of addresses, which are handed out at
// once. A name that another network of the cluster has is [fault.ErrExists]; a
// block that overlaps another one's of the cluster is [fault.ErrInvalid]; the
// 201st network of a cluster is [fault.ErrExhausted].
func (s *Service) CreateNetwork(ctx context.Context, d NetworkDraft) (Network, error) {
	const operation = "resource.network.create"
	return aggregate.Command[Network]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Network, error) { return s.store.Network(ctx, NetworkID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (n Network, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Network{}, err
			}
			defer access.End(&err, networkEntity, "")
			n, err = d.network(&access)
			if err != nil {
				return Network{}, err
			}
			return n, aggregate.Repeat(func() error { return s.addNetwork(ctx, &access, n, receipt) })
		},
	}.Run(ctx)
}

// network is what a draft asks for.
func (d NetworkDraft) network(access *tenant.Access) (Network, error) {
	n := Network{
		ID: NetworkID(access.NewID(networkPrefix)), TenantID: access.Scope.Tenant, ClusterID: d.Cluster, Name: d.Name,
		Status: NetworkLifecycle().Initial, Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
	}
	var f fault.Fields
	id.Check(&f, "cluster", clusterPrefix, string(d.Cluster))
	n.checkName(&f)
	if n.setCIDR(&f, d.CIDR) {
		n.setGateway(&f, d.Gateway)
		n.setReserved(&f, d.Reserved)
	}
	check.IdempotencyKey(&f, d.Key)
	return n, f.Err("", "", "")
}

// addNetwork stores a network together with its cluster's next version, so
// that two that overlap cannot be added at the same time.
func (s *Service) addNetwork(ctx context.Context, access *tenant.Access, n Network, receipt *event.Receipt) error {
	c, err := s.store.Cluster(ctx, n.ClusterID)
	if err != nil {
		return fault.At(err, "", clusterEntity, string(n.ClusterID))
	}
	others, err := s.store.Networks(ctx, NetworkQuery{Cluster: n.ClusterID}, page.Window{Limit: maxNetworks})
	if err != nil {
		return err
	}
	if len(others) >= maxNetworks {
		return exhausted("cluster %s has %d of at most %d networks", c.Name, len(others), maxNetworks)
	}
	for _, other := range others {
		if other.CIDR.Overlaps(n.CIDR) {
			var f fault.Fields
			f.Add("cidr", "must not overlap %s of network %s", other.CIDR, other.Name)
			return f.Err("", "", "")
		}
	}
	b := &batch{access: access}
	b.createNetwork(n)
	b.saveCluster(&c)
	return b.store(ctx, s.store, receipt.For(string(n.ID)))
}

// Network reads a network.
func (s *Service) Network(ctx context.Context, id NetworkID) (n Network, err error) {
	access, err := s.gate.Read(ctx, "resource.network.get")
	if err != nil {
		return Network{}, err
	}
	defer access.End(&err, networkEntity, string(id))
	if _, err := ParseNetworkID(string(id)); err != nil {
		return Network{}, err
	}
	return s.store.Network(ctx, id)
}

// Networks reads a page of networks.
func (s *Service) Networks(ctx context.Context, q NetworkQuery) (p page.Page[Network], err error) {
	access, err := s.gate.Read(ctx, "resource.network.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, networkEntity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(networkEntity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Network, error) { return s.store.Networks(ctx, q, w) },
		func(n Network) string { return string(n.ID) })
}

// AllNetworks iterates over all networks of a query.
func (s *Service) AllNetworks(ctx context.Context, q NetworkQuery) iter.Seq2[Network, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Network], error) {
		q.Request = r
		return s.Networks(ctx, q)
	})
}

// UpdateNetwork changes a network.
func (s *Service) UpdateNetwork(ctx context.Context, id NetworkID, change NetworkChange) (Network, error) {
	return s.editNetwork(ctx, id, change.Version, func(n *Network) error {
		var f fault.Fields
		if change.Name != nil {
			n.Name = *change.Name
		}
		n.checkName(&f)
		if change.Gateway != nil {
			n.setGateway(&f, *change.Gateway)
		}
		if change.Reserved != nil {
			n.setReserved(&f, change.Reserved)
		}
		return f.Err("", "", "")
	})
}

// CloseNetwork stops a network from handing out addresses.
func (s *Service) CloseNetwork(ctx context.Context, id NetworkID) (Network, error) {
	return s.moveNetwork(ctx, id, "close")
}

// ActivateNetwork lets a closed network hand out addresses again.
func (s *Service) ActivateNetwork(ctx context.Context, id NetworkID) (Network, error) {
	return s.moveNetwork(ctx, id, "activate")
}

func (s *Service) moveNetwork(ctx context.Context, id NetworkID, event string) (Network, error) {
	return s.editNetwork(ctx, id, 0, func(n *Network) (err error) {
		n.Status, err = NetworkLifecycle().Next(n.Status, event)
		return err
	})
}

func (s *Service) editNetwork(ctx context.Context, id NetworkID, expected int64, apply func(*Network) error) (n Network, err error) {
	access, err := s.gate.Write(ctx, "resource.network.update")
	if err != nil {
		return Network{}, err
	}
	defer access.End(&err, networkEntity, string(id))
	if _, err := ParseNetworkID(string(id)); err != nil {
		return Network{}, err
	}
	return aggregate.Edit[Network]{
		Expected: expected,
		Load:     func(ctx context.Context) (Network, error) { return s.store.Network(ctx, id) },
		Version:  func(n *Network) int64 { return n.Version },
		Apply:    func(n *Network) (string, error) { return EventNetworkUpdated, apply(n) },
		Save: func(ctx context.Context, n *Network, _ aggregate.Applied) error {
			b := &batch{access: &access}
			b.saveNetwork(n)
			return b.store(ctx, s.store, nil)
		},
	}.Run(ctx)
}
