package event

import (
	"context"
	"time"

	"github.com/platforma/platforma/scope"
)

// The sizes of the steps in which old events are deleted.
const (
	trimTenants = 200
	trimEvents  = 500
)

// retain deletes old events, from time to time, until ctx ends.
func (r *Relay) retain(ctx context.Context) {
	tick := time.NewTicker(max(r.keep/100, time.Minute))
	defer tick.Stop()
	for {
		_, err := r.Trim(ctx, r.clock.Now().Add(-r.keep))
		r.complain(ctx, err)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Trim deletes events that are older than a time, of all tenants and services,
// and says how many. Those that a registered subscription is not done with stay,
// and so do those of dead letters. It goes in small steps; when ctx ends, what
// was deleted until then is.
func (r *Relay) Trim(ctx context.Context, before time.Time) (events int64, err error) {
	ctx = scope.Operator(ctx)
	for _, service := range r.services {
		t := Trimming{Service: service, Before: before, Tenants: trimTenants, Limit: trimEvents}
		for {
			trimmed, err := r.store.Trim(ctx, t)
			if err != nil {
				return events, err
			}
			events += trimmed.Events
			if trimmed.Events+trimmed.Receipts > 0 {
				continue // of these tenants there may be more
			}
			if trimmed.Next == "" {
				break
			}
			t.After = trimmed.Next
		}
	}
	return events, nil
}

// Replay has a subscription's lanes begin again with the events that are not
// older than a time: one tenant's, or all where none is named. Events that a
// service's write was caused by change nothing the second time.
func (r *Relay) Replay(ctx context.Context, subscription string, tenant scope.TenantID, since time.Time) error {
	ctx = scope.Operator(ctx)
	l, err := r.listening(ctx, subscription)
	if err != nil {
		return err
	}
	for _, service := range l.Services {
		err := r.store.Rewind(ctx, Rewinding{
			Subscription: subscription, Service: service, Tenant: tenant, Since: since, At: r.clock.Now(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
