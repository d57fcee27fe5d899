package faulty

import (
	"context"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

// resourceCalls are the methods of a resource.Store, for faults to change.
type resourceCalls struct {
	Write      func(ctx context.Context, changes resource.Changes, commit event.Commit) error
	Get        func(ctx context.Context, id resource.ID) (resource.Resource, error)
	List       func(ctx context.Context, q resource.Query, w page.Window) ([]resource.Resource, error)
	OfOrder    func(ctx context.Context, id order.ID) ([]resource.Resource, error)
	Tally      func(ctx context.Context, id order.ID) ([]resource.Tally, error)
	CountLive  func(ctx context.Context, id customer.ID) (int64, error)
	Cluster    func(ctx context.Context, id resource.ClusterID) (resource.Cluster, error)
	Clusters   func(ctx context.Context, q resource.ClusterQuery, w page.Window) ([]resource.Cluster, error)
	Network    func(ctx context.Context, id resource.NetworkID) (resource.Network, error)
	Networks   func(ctx context.Context, q resource.NetworkQuery, w page.Window) ([]resource.Network, error)
	InstanceOf func(ctx context.Context, id resource.ID) (resource.Instance, error)
	Instances  func(ctx context.Context, q resource.InstanceQuery, w page.Window) ([]resource.Instance, error)
	Supply     func(ctx context.Context, regions []string) (resource.Supply, error)
	Receipt    func(ctx context.Context, operation, key string) (event.Receipt, error)
	Claim      func(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error)
	Release    func(ctx context.Context, c resource.Claim, hidden time.Duration) error
	Next       func(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error)
}

// resourceStore is a resource.Store of calls.
type resourceStore struct{ calls *resourceCalls }

var _ resource.Store = resourceStore{}

func (s resourceStore) Write(ctx context.Context, changes resource.Changes, commit event.Commit) error {
	return s.calls.Write(ctx, changes, commit)
}

func (s resourceStore) Get(ctx context.Context, id resource.ID) (resource.Resource, error) {
	return s.calls.Get(ctx, id)
}

func (s resourceStore) List(ctx context.Context, q resource.Query, w page.Window) ([]resource.Resource, error) {
	return s.calls.List(ctx, q, w)
}

func (s resourceStore) OfOrder(ctx context.Context, id order.ID) ([]resource.Resource, error) {
	return s.calls.OfOrder(ctx, id)
}

func (s resourceStore) Tally(ctx context.Context, id order.ID) ([]resource.Tally, error) {
	return s.calls.Tally(ctx, id)
}

func (s resourceStore) CountLive(ctx context.Context, id customer.ID) (int64, error) {
	return s.calls.CountLive(ctx, id)
}

func (s resourceStore) Cluster(ctx context.Context, id resource.ClusterID) (resource.Cluster, error) {
	return s.calls.Cluster(ctx, id)
}

func (s resourceStore) Clusters(ctx context.Context, q resource.ClusterQuery, w page.Window) ([]resource.Cluster, error) {
	return s.calls.Clusters(ctx, q, w)
}

func (s resourceStore) Network(ctx context.Context, id resource.NetworkID) (resource.Network, error) {
	return s.calls.Network(ctx, id)
}

func (s resourceStore) Networks(ctx context.Context, q resource.NetworkQuery, w page.Window) ([]resource.Network, error) {
	return s.calls.Networks(ctx, q, w)
}

func (s resourceStore) InstanceOf(ctx context.Context, id resource.ID) (resource.Instance, error) {
	return s.calls.InstanceOf(ctx, id)
}

func (s resourceStore) Instances(ctx context.Context, q resource.InstanceQuery, w page.Window) ([]resource.Instance, error) {
	return s.calls.Instances(ctx, q, w)
}

func (s resourceStore) Supply(ctx context.Context, regions []string) (resource.Supply, error) {
	return s.calls.Supply(ctx, regions)
}

func (s resourceStore) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	return s.calls.Receipt(ctx, operation, key)
}

func (s resourceStore) Claim(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
	return s.calls.Claim(ctx, r)
}

func (s resourceStore) Release(ctx context.Context, c resource.Claim, hidden time.Duration) error {
	return s.calls.Release(ctx, c, hidden)
}

func (s resourceStore) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	return s.calls.Next(ctx, now, immediate)
}
