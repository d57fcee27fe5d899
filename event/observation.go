package event

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// Observation is one call of a handler, for metrics.
type Observation struct {
	Subscription string
	Service      string
	Tenant       scope.TenantID
	Event        ID
	Type         string
	// Attempt is how often the event has been tried, this time included.
	Attempt int
	// Duration is how long the handler took.
	Duration time.Duration
	// Delay is how long after the event the handler had ended, by the host's clock.
	Delay time.Duration
	// Err is what the handler returned; nil is a delivery.
	Err error
}

// counts are what became of a subscription's events in this process.
type counts struct {
	delivered, failed, dead atomic.Int64
}

// observed counts a call of a handler and tells the host of it.
func (w *work) observed(ctx context.Context, e Event, attempt int, took time.Duration, err error) {
	if err == nil {
		w.listener.counts.delivered.Add(1)
	} else {
		w.listener.counts.failed.Add(1)
	}
	if w.relay.observe != nil {
		w.relay.observe(ctx, Observation{
			Subscription: w.listener.Name, Service: e.Service, Tenant: w.lane.Tenant, Event: e.ID, Type: e.Type,
			Attempt: attempt, Duration: took, Delay: w.relay.clock.Now().Sub(e.Time), Err: err,
		})
	}
}

// Status is how a subscription is doing.
type Status struct {
	Subscription string
	// Backlog is what it has to do, by service.
	Backlog map[string]Backlog
	// Delivered, Failed and Dead count its events' deliveries, failed tries and
	// dead letters in this process, since it began.
	Delivered, Failed, Dead int64
}

// Status tells how each subscription of this process is doing, in the order in
// which they were made.
func (r *Relay) Status(ctx context.Context) ([]Status, error) {
	ctx = scope.Operator(ctx)
	all, err := r.all(ctx)
	if err != nil {
		return nil, err
	}
	statuses := make([]Status, len(all))
	for i, l := range all {
		statuses[i] = Status{
			Subscription: l.Name, Backlog: map[string]Backlog{},
			Delivered: l.counts.delivered.Load(), Failed: l.counts.failed.Load(), Dead: l.counts.dead.Load(),
		}
		for _, service := range l.Services {
			if statuses[i].Backlog[service], err = r.store.Backlog(ctx, l.Name, service); err != nil {
				return nil, err
			}
		}
	}
	return statuses, nil
}

// listening finds a subscription of this process by its name, and registers it.
func (r *Relay) listening(ctx context.Context, name string) (*listener, error) {
	r.mu.Lock()
	l := r.named(name)
	r.mu.Unlock()
	if l == nil {
		return nil, &fault.Error{Entity: "subscription", ID: name, Kind: fault.ErrNotFound}
	}
	return l, r.register(ctx, l)
}

// Forget ends a subscription for good, whose name no running process may have:
// its lanes and dead letters are gone, and hold no events back any more. One that
// this process has is fault.ErrState, one that is not known fault.ErrNotFound.
func (r *Relay) Forget(ctx context.Context, name string) error {
	r.mu.Lock()
	l := r.named(name)
	r.mu.Unlock()
	if l != nil {
		return &fault.Error{
			Entity: "subscription", ID: name, Kind: fault.ErrState,
			Err: fault.New(fault.ErrState, "this process subscribes to it"),
		}
	}
	return r.store.Forget(scope.Operator(ctx), name)
}
