package resource

import (
	"context"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Store is what the resource service persists through. Every method is one
// atomic step in the tenant of the scope in ctx, as [tenant.Store] says.
type Store interface {
	// Write stores all changes and the commit, or nothing.
	Write(ctx context.Context, changes Changes, commit event.Commit) error

	// Get reads a resource.
	Get(ctx context.Context, id ID) (Resource, error)
	// List reads resources by id; an empty field of the query is any.
	List(ctx context.Context, q Query, w page.Window) ([]Resource, error)
	// OfOrder reads all resources of an order, of all attempts, by id.
	OfOrder(ctx context.Context, id order.ID) ([]Resource, error)
	// Tally counts the resources of an order by item, attempt and status, in the
	// order of those.
	Tally(ctx context.Context, id order.ID) ([]Tally, error)
	// CountLive counts the resources that are not terminated, of a customer or
	// (for an empty id) of the tenant.
	CountLive(ctx context.Context, id customer.ID) (int64, error)

	// Cluster reads a cluster.
	Cluster(ctx context.Context, id ClusterID) (Cluster, error)
	// Clusters reads clusters by id.
	Clusters(ctx context.Context, q ClusterQuery, w page.Window) ([]Cluster, error)
	// Network reads a network.
	Network(ctx context.Context, id NetworkID) (Network, error)
	// Networks reads networks by id.
	Networks(ctx context.Context, q NetworkQuery, w page.Window) ([]Network, error)
	// InstanceOf reads the instance of a resource.
	InstanceOf(ctx context.Context, id ID) (Instance, error)
	// Instances reads instances by id.
	Instances(ctx context.Context, q InstanceQuery, w page.Window) ([]Instance, error)
	// Supply reads the clusters of regions, of whatever status, their networks,
	// both by id, and the tenant's usage. Regions without a cluster have none.
	Supply(ctx context.Context, regions []string) (Supply, error)

	// Receipt finds the receipt of a keyed command.
	Receipt(ctx context.Context, operation, key string) (event.Receipt, error)

	// Claim takes work of all tenants for a worker alone, for a time. Work is a
	// resource that has a DueAt, and that no other claim holds. The scope is the
	// operator's, across tenants.
	Claim(ctx context.Context, r ClaimRequest) ([]Claim, error)
	// Release ends a claim at another time than it was taken for: the work is
	// hidden for so long from now on, and for 0 given back at once. Where
	// another has claimed it since, nothing happens. The scope is the
	// operator's, across tenants.
	Release(ctx context.Context, c Claim, hidden time.Duration) error
	// Next is how long it is until work can be claimed, 0 if it can be now, and
	// false where there is none: until its DueAt as seen from now, or for
	// immediate no time at all, but not before the end of a claim that holds it.
	// The scope is the operator's, across tenants.
	Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error)
}

// Changes are what one write stores.
//
// What is under New is stored for the first time. What is there already is
// fault.ErrExists: an id, the name of a cluster in the tenant or of a network
// in its cluster (with the field "name"), a resource of the same order, item,
// unit and attempt or of the same order, item and unit that is not terminated,
// an instance of the same resource.
//
// All else replaces what is stored, whose version must be the one before, else
// the write is fault.ErrConflict. A resource's customer, type, region and time
// of creation never change. What is new can be referred to by what comes
// with it. A usage of version 1 must not be stored yet,
// or the write is fault.ErrConflict too.
type Changes struct {
	NewClusters, Clusters   []Cluster
	NewNetworks, Networks   []Network
	NewResources, Resources []Resource
	NewInstances, Instances []Instance
	Usage                   *Usage
}

// Supply is what resources can be placed on.
type Supply struct {
	Clusters []Cluster
	Networks []Network
	// Usage has version 0 where none has been stored yet.
	Usage Usage
}

// Tally is how many resources of one item and attempt have a status.
type Tally struct {
	Item    order.ItemID
	Attempt int
	Status  Status
	Count   int
	// Reason is the first of their reasons in the order of texts, or empty.
	Reason string
}

// ClaimRequest asks for work.
type ClaimRequest struct {
	// Now is what DueAt is compared with, for both are of the services' clock.
	Now time.Time
	// Lease is how long the claim holds unless it is released, by the clock of
	// the database, which all workers share; 0 is over at once.
	Lease time.Duration
	// Limit is how much work is wanted at most; what is due longest comes first.
	Limit int
	// Immediate takes also what is due later than now.
	Immediate bool
}

// Claim is one resource's work, held by one worker for a time.
type Claim struct {
	Tenant   tenant.ID
	Resource ID
	// Epoch counts the claims of the resource.
	Epoch int64
}
