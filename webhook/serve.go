package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// serving is a claimed endpoint while it is served.
type serving struct {
	endpoint Endpoint
	secrets  []Secret
	// failing says that the endpoint has failed since its last success.
	failing atomic.Bool
}

// pause is how long an endpoint is left alone where something could not be
// stored, so that it keeps nobody from the rest.
const pause = time.Second

// serve makes what is due for a claimed endpoint, and gives the claim back.
func (w *Worker) serve(ctx context.Context, immediate bool, c Claim) error {
	if ctx.Err() != nil { // it is to stop: another goes on at once, not when the lease ends
		ctx, cancel := w.detached(ctx)
		defer cancel()
		return w.store.Release(scope.Operator(ctx), c, 0)
	}
	ctx = scope.System(ctx, c.Tenant)
	access, err := w.gate.Write(ctx, "webhook.deliver")
	if err != nil {
		return err
	}
	err = w.advance(ctx, &access, immediate, c.Endpoint)
	hidden := time.Duration(0)
	if err != nil {
		hidden = pause
	}
	if errors.Is(err, fault.ErrConflict) || errors.Is(err, fault.ErrNotFound) {
		// Somebody else has changed it, or ended it. The next look tells.
		err = nil
	}
	ctx, cancel := w.detached(ctx)
	defer cancel()
	err = errors.Join(err, w.store.Release(scope.Operator(ctx), c, hidden))
	access.End(&err, entity, string(c.Endpoint))
	return err
}

// detached is a context in which what came of a request is stored even though
// the work is ending.
func (w *Worker) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), w.options.Timeout)
}

// advance tries the deliveries that are due. The tries are stored, then the
// requests are made, then what came of each is stored.
func (w *Worker) advance(ctx context.Context, access *tenant.Access, immediate bool, id ID) error {
	e, err := w.store.Get(ctx, id)
	if err != nil {
		return err
	}
	if e.Status != StatusActive {
		// It was paused a moment ago, and has no work by now.
		return nil
	}
	now := access.Now
	if immediate {
		now = now.AddDate(100, 0, 0)
	}
	due, err := w.store.Due(ctx, id, now, w.options.PerEndpoint)
	if err != nil || len(due) == 0 {
		return err
	}
	keys, err := w.store.Keys(ctx, id)
	if err != nil {
		return err
	}
	s := &serving{endpoint: e}
	s.failing.Store(e.Failures > 0)
	if s.secrets, err = keys.signing(ctx, w.options.Seal, access.Now); err != nil {
		return err
	}
	begun, attempts, err := w.begin(ctx, access, due)
	if err != nil {
		return err
	}
	failures := make([]error, len(begun))
	var requests sync.WaitGroup
	for i, d := range begun {
		requests.Go(func() { failures[i] = w.try(ctx, access, s, d, attempts[i]) })
	}
	requests.Wait()
	return errors.Join(failures...)
}

// begin stores a try of each delivery. What the process did not survive often
// enough is given up instead.
func (w *Worker) begin(ctx context.Context, access *tenant.Access, due []Delivery) (begun []Delivery, made []Attempt, err error) {
	var c Changes
	for _, d := range due {
		d.Version, d.UpdatedAt = d.Version+1, access.Now
		if d.Tries >= w.policy.tries() {
			if err := d.move(eventFail, nil, nil, gaveUp(d.Tries, "the sender did not survive the last one")); err != nil {
				return nil, nil, err
			}
			c.Deliveries = append(c.Deliveries, d)
			continue
		}
		d.Tries++
		c.Deliveries = append(c.Deliveries, d)
		begun = append(begun, d)
		made = append(made, Attempt{
			ID: AttemptID(access.NewID(attemptPrefix)), TenantID: d.TenantID, EndpointID: d.EndpointID, DeliveryID: d.ID,
			Number: d.Tries, Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
		})
	}
	c.NewAttempts = made
	return begun, made, write(ctx, w.store, access, nil, c)
}

// gaveUp is the reason of what was tried too often.
func gaveUp(tries int, reason string) string {
	return fmt.Sprintf("given up after %d tries: %s", tries, reason)
}

// try makes one request, and stores what came of it.
func (w *Worker) try(ctx context.Context, access *tenant.Access, s *serving, d Delivery, a Attempt) error {
	o := w.send(ctx, s.endpoint, d, s.secrets, access.Now)
	ctx, cancel := w.detached(ctx)
	defer cancel()
	return w.conclude(ctx, s, d, a, o)
}
