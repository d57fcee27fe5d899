package event

import (
	"context"
	"time"

	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Store is what the relay works on: the outboxes of all services, and its own
// lanes and dead letters.
//
// A lane is a subscription's way through one service's events of one tenant: a
// durable cursor, leased to one process at a time. Leases are kept in the
// database's time and carry an epoch, so that a process that has lost its lane
// cannot move it: its call is fault.ErrConflict.
//
// A lane knows how far its stream goes, for whoever gives positions tells the
// lanes of every subscription that is registered. So to find the lanes with work
// costs what these are, however many tenants there are.
//
// List, Get, DeadLetters and Discard are in the scope's tenant; all others cross
// tenants and need the operator's scope without a tenant.
type Store interface {
	History

	// Register has a subscription's lanes kept for some services, from now on and
	// for what there is already. What is registered stays as it is.
	Register(ctx context.Context, r Registration) error
	// Forget ends a subscription: its lanes and dead letters are gone, whoever
	// holds them. One that is not registered is fault.ErrNotFound.
	Forget(ctx context.Context, subscription string) error

	// Stamp gives positions to committed events of a service that have none yet,
	// at most about its limit for each tenant, tells the lanes, and returns of how
	// many events or tenants: less than the limit where none is left. Positions are
	// gap-free in a tenant; those of one subject are in the order of its versions,
	// and those of one commit, whose ids rise, in its order.
	Stamp(ctx context.Context, s Stamping) (int, error)
	// Claim leases up to limit lanes with events that were not delivered yet, those
	// that are due for the longest first, so that lanes take turns.
	Claim(ctx context.Context, c Claim) ([]Lane, error)
	// Read reads up to limit events of a lane after a position, in order.
	Read(ctx context.Context, lane Lane, after int64, limit int) ([]Event, error)
	// Move stores how far a lane has come, and gives the lease back.
	Move(ctx context.Context, lane Lane, m Movement) error
	// Extend has a lane's lease end so long from now; 0 ends it.
	Extend(ctx context.Context, lane Lane, lease time.Duration) error
	// Backlog counts what a subscription has to do in a service, whoever does it.
	Backlog(ctx context.Context, subscription, service string) (Backlog, error)
	// Rewind has lanes begin again where their events are not older than a time. A
	// lane is never moved forward; who holds one loses it.
	Rewind(ctx context.Context, r Rewinding) error
	// Trim deletes, of some tenants, old events that every registered subscription
	// is done with and that are no dead letter's, and the receipts of deliveries
	// that no event can repeat.
	Trim(ctx context.Context, t Trimming) (Trimmed, error)

	// List reads events of a service, by id.
	List(ctx context.Context, service string, w page.Window) ([]Event, error)
	// Get reads an event of a service.
	Get(ctx context.Context, service string, id ID) (Event, error)
	// DeadLetters reads dead letters, by their keys.
	DeadLetters(ctx context.Context, w page.Window) ([]DeadLetter, error)
	// Discard removes a dead letter; one that is not there is fault.ErrNotFound.
	Discard(ctx context.Context, d DeadLetter) error

	// Committed signals that this process has committed events: not what was
	// refused, nor commits without any. It holds one signal at most.
	Committed() <-chan struct{}
}

// Registration makes a subscription known.
type Registration struct {
	Subscription string
	Services     []string
	// Latest has the lanes of what there is begin after it, not with the first
	// event. Of tenants that are yet to come a lane begins with the first.
	Latest bool
	// At is the host's time: lanes with work are due from then on.
	At time.Time
}

// Stamping asks for positions.
type Stamping struct {
	Service string
	Limit   int
	// At is the host's time: lanes that get work are due from then on.
	At time.Time
}

// Claim asks for lanes.
type Claim struct {
	Subscription string
	Service      string
	// Due leaves out lanes that are due later; zero leaves out none.
	Due time.Time
	// Lease is for how long the lanes are this process's.
	Lease time.Duration
	Limit int
}

// Lane is a leased lane.
type Lane struct {
	Subscription string
	Service      string
	Tenant       scope.TenantID
	// Position is that of the last event that is done with, and all before it.
	Position int64
	// Head is that of the last event that there is.
	Head int64
	// Progress is what is known of those after its position.
	Progress Progress
	// Claims is how often the lane was leased since it was last moved, this time
	// included: more than one says that whoever held it died or lost it.
	Claims int
	// Epoch tells this lease from all others of the lane.
	Epoch int64
}

// Progress is what a lane knows of events after its position.
type Progress struct {
	// Done are the positions of those that are done with, rising.
	Done []int64
	// Failing are those that have failed and are to be tried again, by position.
	Failing []Failing
	// Careful is the position up to which events are handled one at a time, since
	// a process died while it handled one of them.
	Careful int64
}

// Failing is an event that has failed.
type Failing struct {
	Position int64
	// Attempts counts the tries that failed, but for those that were [Postpone]d,
	// which Postponed counts.
	Attempts, Postponed int
	// Retry is when it is to be tried again.
	Retry time.Time
}

// tries is how often the event was tried.
func (f Failing) tries() int { return f.Attempts + f.Postponed }

// Movement is how far a lane has come.
type Movement struct {
	// Position is that of the last event that is done with, and all before it.
	Position int64
	Progress Progress
	// The lane is due at At, the host's time now, if there are events after Seen,
	// else at Due.
	Seen    int64
	At, Due time.Time
	// Dead are events that were given up.
	Dead []DeadLetter
}

// Backlog is what a subscription has to do in a service.
type Backlog struct {
	// Lanes is how many tenants have events that were not delivered yet, and
	// Events how many these are.
	Lanes, Events int64
	// Unstamped is how many events of the service have no position yet, or of how
	// many tenants the lanes were not told yet.
	Unstamped int64
	// Oldest is since when the lane is due that waits longest, if there is one.
	Oldest time.Time
}

// None says that nothing is left to do.
func (b Backlog) None() bool { return b.Lanes == 0 && b.Unstamped == 0 }

// Rewinding asks for events again.
type Rewinding struct {
	Subscription string
	Service      string
	// Tenant is whose lane it is; empty is every tenant's.
	Tenant scope.TenantID
	// Since is how old an event may be.
	Since time.Time
	// At is the host's time.
	At time.Time
}

// Trimming asks for old events to be deleted.
type Trimming struct {
	Service string
	// Before is how old events have to be.
	Before time.Time
	// After is the tenant after which to go on, and Tenants how many to look at.
	After   scope.TenantID
	Tenants int
	// Limit is how many events of a tenant to look at, and receipts of each
	// subscription.
	Limit int
}

// Trimmed is what was deleted.
type Trimmed struct {
	// Events and Receipts are how many.
	Events, Receipts int64
	// Next is the tenant after which to go on; empty says that none is left.
	Next scope.TenantID
}
