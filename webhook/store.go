package webhook

import (
	"context"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Store is what the webhook service persists through. Every method is one
// atomic step in the tenant of the scope in ctx, as [tenant.Store] says.
//
// The unit of the workers' work is the endpoint. It has work while it is active
// and a delivery of it is pending, and is due when the earliest of those is. Every
// write keeps that so, also where another adds a delivery at the same time.
type Store interface {
	// Write stores all changes and the commit, or nothing.
	Write(ctx context.Context, changes Changes, commit event.Commit) error

	// Get reads an endpoint.
	Get(ctx context.Context, id ID) (Endpoint, error)
	// List reads endpoints by id; an empty field of the query is any.
	List(ctx context.Context, q Query, w page.Window) ([]Endpoint, error)
	// Keys reads the secrets of an endpoint.
	Keys(ctx context.Context, id ID) (Keys, error)
	// Delivery reads a delivery.
	Delivery(ctx context.Context, id DeliveryID) (Delivery, error)
	// Deliveries reads deliveries by id.
	Deliveries(ctx context.Context, q DeliveryQuery, w page.Window) ([]Delivery, error)
	// Attempts reads attempts by id.
	Attempts(ctx context.Context, q AttemptQuery, w page.Window) ([]Attempt, error)
	// Due reads the pending deliveries of an endpoint whose DueAt is not after a
	// time, at most so many, by DueAt and id.
	Due(ctx context.Context, id ID, now time.Time, limit int) ([]Delivery, error)

	// Receipt finds the receipt of a keyed command.
	Receipt(ctx context.Context, operation, key string) (event.Receipt, error)

	// Claim takes endpoints with work, of all tenants, for a worker alone, for a
	// time. Endpoints of the tenant that fewest are held of come first, of those
	// the ones that were held longest ago, then those that are due longest. The
	// scope is the operator's, across tenants.
	Claim(ctx context.Context, r ClaimRequest) ([]Claim, error)
	// Release ends a claim at another time than it was taken for: the endpoint is
	// hidden for so long from now on, and for 0 given back at once. Where another
	// has claimed it since, nothing happens. The scope is the operator's, across
	// tenants.
	Release(ctx context.Context, c Claim, hidden time.Duration) error
	// Next is how long it is until an endpoint can be claimed, 0 if one can be now,
	// and false where none has work: until it is due as seen from now, or for
	// immediate no time at all, but not before the end of a claim that holds it.
	// The scope is the operator's, across tenants.
	Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error)
}

// Changes are what one write stores.
//
// What is under New is stored for the first time; an id, or the keys of an
// endpoint, that are there already are fault.ErrExists. All else replaces what is
// stored, whose version must be the one before, else the write is
// fault.ErrConflict. What is new can be referred to by what comes with it; what
// refers to an endpoint or a delivery that is not there is fault.ErrConflict.
//
// What an endpoint says of its failures is stored by Failures and Healed alone.
// Of a delivery the endpoint, the event, the payload and the time of creation
// never change, nor do those of an attempt.
type Changes struct {
	NewEndpoints, Endpoints   []Endpoint
	NewKeys, Keys             []Keys
	NewDeliveries, Deliveries []Delivery
	NewAttempts, Attempts     []Attempt
	// Failures count one failed try of an endpoint each.
	Failures []Failure
	// Healed are endpoints that do not fail any more.
	Healed []ID
	// Deleted are endpoints, in their next versions, that end with their keys,
	// their deliveries and their attempts.
	Deleted []Endpoint
}

// Failure is a failed try of an endpoint. The first after a success begins its
// FailingSince.
type Failure struct {
	Endpoint ID
	At       time.Time
}

// ClaimRequest asks for work.
type ClaimRequest struct {
	// Now is what DueAt is compared with, for both are of the services' clock.
	Now time.Time
	// Lease is how long the claim holds unless it is released, by the clock of
	// the database, which all workers share; 0 is over at once.
	Lease time.Duration
	// Limit is how many endpoints are wanted at most.
	Limit int
	// Immediate takes also what is due later than now.
	Immediate bool
}

// Claim is one endpoint's work, held by one worker for a time.
type Claim struct {
	Tenant   tenant.ID
	Endpoint ID
	// Epoch counts the claims of the endpoint.
	Epoch int64
}
