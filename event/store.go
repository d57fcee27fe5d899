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
// Stamp, Claim, Read, Move, Extend and Backlog cross tenants and need the
// operator's scope without a tenant; the others are in the scope's tenant.
type Store interface {
	History

	// Stamp gives positions to committed events of a service that have none yet,
	// at most about limit for each tenant, and returns to how many: 0 where none
	// is left. Positions are gap-free in a tenant; those of one subject are in the
	// order of its versions, and those of one commit, whose ids rise, in its
	// order. Where positions are given at once it returns 0.
	Stamp(ctx context.Context, service string, limit int) (int, error)
	// Claim leases up to limit lanes with events that were not delivered yet,
	// those that were given back or never leased for the longest first, so that
	// lanes take turns.
	Claim(ctx context.Context, c Claim) ([]Lane, error)
	// Read reads up to limit events of a lane after a position, in order.
	Read(ctx context.Context, lane Lane, after int64, limit int) ([]Event, error)
	// Move stores how far a lane has come, and gives the lease back.
	Move(ctx context.Context, lane Lane, m Movement) error
	// Extend has a lane's lease end so long from now; 0 ends it.
	Extend(ctx context.Context, lane Lane, lease time.Duration) error
	// Backlog counts the lanes of a subscription and service with events that
	// were not delivered yet, whoever holds them.
	Backlog(ctx context.Context, subscription, service string) (int64, error)

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

// Claim asks for lanes.
type Claim struct {
	Subscription string
	Service      string
	// Due leaves out lanes whose next attempt is later; zero leaves out none.
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
	// Position is that of the last event that is done with.
	Position int64
	// Attempts is how often the next event was tried.
	Attempts int
	// Epoch tells this lease from all others of the lane.
	Epoch int64
}

// Movement is how far a lane has come.
type Movement struct {
	// Position is that of the last event that is done with.
	Position int64
	// Attempts is how often the next event was tried, and Retry when it is to be
	// tried again.
	Attempts int
	Retry    time.Time
	// Dead is the event at Position, where it was given up; else nil.
	Dead *DeadLetter
}
