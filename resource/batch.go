package resource

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/tenant"
)

// batch collects what one write stores, and the events of it.
type batch struct {
	access  *tenant.Access
	changes Changes
	facts   []tenant.Fact
}

func (b *batch) fact(name, subject string, version int64, data any) {
	b.facts = append(b.facts, tenant.Fact{Service: service, Name: name, Subject: subject, Version: version, Data: data})
}

// create adds a new resource.
func (b *batch) create(r Resource, names ...string) {
	b.changes.NewResources = append(b.changes.NewResources, r)
	for _, name := range names {
		b.fact(name, string(r.ID), r.Version, r)
	}
}

// save adds a changed resource, in its next version.
func (b *batch) save(r *Resource, name string) {
	r.Version, r.UpdatedAt = r.Version+1, b.access.Now
	b.changes.Resources = append(b.changes.Resources, *r)
	b.fact(name, string(r.ID), r.Version, *r)
}

// createCluster adds a new cluster.
func (b *batch) createCluster(c Cluster) {
	b.changes.NewClusters = append(b.changes.NewClusters, c)
	b.fact(EventClusterCreated, string(c.ID), c.Version, c)
}

// saveCluster adds a changed cluster, in its next version.
func (b *batch) saveCluster(c *Cluster) {
	c.Version, c.UpdatedAt = c.Version+1, b.access.Now
	b.changes.Clusters = append(b.changes.Clusters, *c)
	b.fact(EventClusterUpdated, string(c.ID), c.Version, *c)
}

// createNetwork adds a new network.
func (b *batch) createNetwork(n Network) {
	b.changes.NewNetworks = append(b.changes.NewNetworks, n)
	b.fact(EventNetworkCreated, string(n.ID), n.Version, n)
}

// saveNetwork adds a changed network, in its next version.
func (b *batch) saveNetwork(n *Network) {
	n.Version, n.UpdatedAt = n.Version+1, b.access.Now
	b.changes.Networks = append(b.changes.Networks, *n)
	b.fact(EventNetworkUpdated, string(n.ID), n.Version, *n)
}

// createInstance adds a new instance.
func (b *batch) createInstance(i Instance) {
	b.changes.NewInstances = append(b.changes.NewInstances, i)
	b.fact(EventInstanceCreated, string(i.ID), i.Version, i)
}

// saveInstance adds a changed instance, in its next version.
func (b *batch) saveInstance(i *Instance) {
	i.Version, i.UpdatedAt = i.Version+1, b.access.Now
	b.changes.Instances = append(b.changes.Instances, *i)
	b.fact(EventInstanceUpdated, string(i.ID), i.Version, *i)
}

// saveUsage adds the changed usage, in its next version. It has no event: it
// is the sum of what the resources' events say.
func (b *batch) saveUsage(u *Usage) {
	u.TenantID, u.Version, u.UpdatedAt = b.access.Scope.Tenant, u.Version+1, b.access.Now
	usage := *u
	b.changes.Usage = &usage
}

// store writes it all in one step, with the receipt of the command that asked
// for it, or nil.
func (b *batch) store(ctx context.Context, store Store, receipt *event.Receipt) error {
	commit, err := b.access.Commit(receipt, b.facts...)
	if err != nil {
		return err
	}
	originate(b.changes.NewResources, commit.Events)
	originate(b.changes.Resources, commit.Events)
	return store.Write(ctx, b.changes, commit)
}
