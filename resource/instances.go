package resource

import (
	"context"
	"iter"

	"github.com/platforma/platforma/page"
)

// Instances reads a page of instances.
func (s *Service) Instances(ctx context.Context, q InstanceQuery) (p page.Page[Instance], err error) {
	access, err := s.gate.Read(ctx, "resource.instance.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, instanceEntity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(instanceEntity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Instance, error) { return s.store.Instances(ctx, q, w) },
		func(i Instance) string { return string(i.ID) })
}

// AllInstances iterates over all instances of a query.
func (s *Service) AllInstances(ctx context.Context, q InstanceQuery) iter.Seq2[Instance, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Instance], error) {
		q.Request = r
		return s.Instances(ctx, q)
	})
}
