package resource

import (
	"context"
	"iter"
	"maps"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// CreateCluster creates a cluster, which takes resources at once. A name that
// another cluster of the tenant has is [fault.ErrExists].
func (s *Service) CreateCluster(ctx context.Context, d ClusterDraft) (Cluster, error) {
	const operation = "resource.cluster.create"
	return aggregate.Command[Cluster]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Cluster, error) { return s.store.Cluster(ctx, ClusterID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (c Cluster, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Cluster{}, err
			}
			defer access.End(&err, clusterEntity, "")
			c = Cluster{
				ID: ClusterID(access.NewID(clusterPrefix)), TenantID: access.Scope.Tenant, Name: d.Name, Region: d.Region,
				Labels: maps.Clone(d.Labels), Capacity: d.Capacity, Status: ClusterLifecycle().Initial,
				Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			}
			c.apply(ClusterChange{})
			var f fault.Fields
			c.check(&f)
			check.IdempotencyKey(&f, d.Key)
			if err := f.Err("", "", ""); err != nil {
				return Cluster{}, err
			}
			b := &batch{access: &access}
			b.createCluster(c)
			return c, b.store(ctx, s.store, receipt.For(string(c.ID)))
		},
	}.Run(ctx)
}

// Cluster reads a cluster.
func (s *Service) Cluster(ctx context.Context, id ClusterID) (c Cluster, err error) {
	access, err := s.gate.Read(ctx, "resource.cluster.get")
	if err != nil {
		return Cluster{}, err
	}
	defer access.End(&err, clusterEntity, string(id))
	if _, err := ParseClusterID(string(id)); err != nil {
		return Cluster{}, err
	}
	return s.store.Cluster(ctx, id)
}

// Clusters reads a page of clusters.
func (s *Service) Clusters(ctx context.Context, q ClusterQuery) (p page.Page[Cluster], err error) {
	access, err := s.gate.Read(ctx, "resource.cluster.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, clusterEntity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(clusterEntity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Cluster, error) { return s.store.Clusters(ctx, q, w) },
		func(c Cluster) string { return string(c.ID) })
}

// AllClusters iterates over all clusters of a query.
func (s *Service) AllClusters(ctx context.Context, q ClusterQuery) iter.Seq2[Cluster, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Cluster], error) {
		q.Request = r
		return s.Clusters(ctx, q)
	})
}

// UpdateCluster changes a cluster. A capacity below what is used is
// [fault.ErrInvalid].
func (s *Service) UpdateCluster(ctx context.Context, id ClusterID, change ClusterChange) (Cluster, error) {
	return s.editCluster(ctx, id, change.Version, func(c *Cluster) error {
		c.apply(change)
		var f fault.Fields
		c.check(&f)
		return f.Err("", "", "")
	})
}

// DrainCluster keeps new resources off an active cluster.
func (s *Service) DrainCluster(ctx context.Context, id ClusterID) (Cluster, error) {
	return s.moveCluster(ctx, id, "drain")
}

// TakeClusterOffline says that a cluster that was active or draining is not
// reachable.
func (s *Service) TakeClusterOffline(ctx context.Context, id ClusterID) (Cluster, error) {
	return s.moveCluster(ctx, id, "take_offline")
}

// ActivateCluster lets a cluster take new resources again.
func (s *Service) ActivateCluster(ctx context.Context, id ClusterID) (Cluster, error) {
	return s.moveCluster(ctx, id, "activate")
}

func (s *Service) moveCluster(ctx context.Context, id ClusterID, event string) (Cluster, error) {
	return s.editCluster(ctx, id, 0, func(c *Cluster) (err error) {
		c.Status, err = ClusterLifecycle().Next(c.Status, event)
		return err
	})
}

func (s *Service) editCluster(ctx context.Context, id ClusterID, expected int64, apply func(*Cluster) error) (c Cluster, err error) {
	const operation tenant.Permission = "resource.cluster.update"
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Cluster{}, err
	}
	defer access.End(&err, clusterEntity, string(id))
	if _, err := ParseClusterID(string(id)); err != nil {
		return Cluster{}, err
	}
	return aggregate.Edit[Cluster]{
		Expected: expected,
		Load:     func(ctx context.Context) (Cluster, error) { return s.store.Cluster(ctx, id) },
		Version:  func(c *Cluster) int64 { return c.Version },
		Apply:    func(c *Cluster) (string, error) { return EventClusterUpdated, apply(c) },
		Save: func(ctx context.Context, c *Cluster, _ aggregate.Applied) error {
			b := &batch{access: &access}
			b.saveCluster(c)
			return b.store(ctx, s.store, nil)
		},
	}.Run(ctx)
}
