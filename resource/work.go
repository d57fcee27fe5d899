package resource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// work does what is to be done next with a claimed resource, and gives the
// claim back.
func (w *Worker) work(ctx context.Context, c Claim) error {
	if ctx.Err() != nil { // it is to stop: another goes on at once, not when the lease ends
		ctx, cancel := w.detached(ctx)
		defer cancel()
		return w.store.Release(scope.Operator(ctx), c, 0)
	}
	ctx = scope.System(ctx, c.Tenant)
	access, err := w.gate.Write(ctx, "resource.provision")
	if err != nil {
		return err
	}
	hidden, err := w.advance(ctx, &access, c.Resource)
	if err != nil {
		// What cannot be stored now is left alone for a while, so that it keeps
		// nobody from the rest.
		hidden = w.policy.backoff
	}
	if errors.Is(err, fault.ErrConflict) {
		// Too many others were faster. What the call did is found out next time.
		err = nil
	}
	ctx, cancel := w.detached(ctx)
	defer cancel()
	err = errors.Join(err, w.store.Release(scope.Operator(ctx), c, hidden))
	access.End(&err, entity, string(c.Resource))
	return err
}

// detached is a context in which what came of a call is stored even though the
// work is ending.
func (w *Worker) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), w.options.Timeout)
}

// advance makes one move, and says how long nobody needs to look again.
func (w *Worker) advance(ctx context.Context, access *tenant.Access, id ID) (hidden time.Duration, err error) {
	r, err := w.store.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	ctx = scope.WithCorrelation(ctx, r.Origin.Correlation) // for provisioners to tell
	switch m := next(r); m {
	case rest:
		if r.DueAt == nil {
			return 0, nil
		}
		return 0, w.conclude(ctx, r, func(r *Resource, now time.Time) (string, error) {
			r.arrange(now)
			return EventUpdated, nil
		})
	case forget:
		return 0, w.conclude(ctx, r, func(r *Resource, now time.Time) (string, error) {
			return EventTerminated, r.terminated(now)
		})
	case observe:
		return w.observe(ctx, r)
	default:
		return 0, w.apply(ctx, access, r, Action(m))
	}
}

// apply tries an action: the try is stored, then the call is made, then its
// outcome is stored.
func (w *Worker) apply(ctx context.Context, access *tenant.Access, r Resource, a Action) error {
	p, known := w.provisioners[r.Template]
	if r.Action == a && r.Tries >= w.policy.maxTries {
		// The process did not survive the last try.
		return w.settle(ctx, r, Outcome{Result: Failed, Reason: gaveUp(r.Tries, r.Reason)}, 0)
	}
	if !known && r.Token == "" {
		return w.settle(ctx, r, Outcome{Result: Failed, Reason: noProvisioner(r)}, 0)
	}
	r.begin(a)
	err := w.keep(ctx, *access, change{&r, EventUpdated})
	if errors.Is(err, fault.ErrConflict) {
		// Somebody wants something else of it now, and has made it due.
		return nil
	}
	if err != nil {
		return err
	}
	o := Outcome{Result: Retry, Reason: noProvisioner(r)}
	if known {
		o = w.call(ctx, p, r)
	}
	return w.settle(ctx, r, o, 0)
}

// noProvisioner is why nothing can be done without one. What exists is tried
// again all the same: the host may have it again after its next start.
func noProvisioner(r Resource) string {
	return fmt.Sprintf("there is no provisioner for the template %q", r.Template)
}

// observe finds out what came of the action under way.
func (w *Worker) observe(ctx context.Context, r Resource) (hidden time.Duration, err error) {
	p, known := w.provisioners[r.Template]
	o := Outcome{Result: Unknown, Reason: noProvisioner(r)}
	if known {
		o = w.look(ctx, p, r)
	}
	switch {
	case r.Phase == PhaseAccepted && (o.Result == Accepted || o.Result == Unknown):
		return w.wait(ctx, r)
	case o.Result == Retry:
		return 0, w.conclude(ctx, r, func(r *Resource, now time.Time) (string, error) {
			r.again(now)
			return EventUpdated, nil
		})
	case o.Result == Unknown:
		return 0, w.settle(ctx, r, o, 1)
	default:
		return 0, w.settle(ctx, r, o, 0)
	}
}

// wait leaves an accepted action alone for a while, or gives it up.
func (w *Worker) wait(ctx context.Context, r Resource) (hidden time.Duration, err error) {
	access, err := w.gate.Write(ctx, "resource.provision")
	if err != nil || r.DueAt == nil {
		return 0, err
	}
	waited := access.Now.Sub(*r.DueAt)
	if waited >= w.options.Patience {
		reason := fmt.Sprintf("accepted, and not finished after %s", w.options.Patience)
		return 0, w.settle(ctx, r, Outcome{Result: Failed, Reason: reason}, 0)
	}
	return w.policy.poll(waited), nil
}

// settle stores what the outcome of the action under way makes of a resource,
// counting so many more tries.
func (w *Worker) settle(ctx context.Context, r Resource, o Outcome, tries int) error {
	return w.conclude(ctx, r, func(r *Resource, now time.Time) (string, error) {
		r.Tries += tries
		name, err := r.settle(o, now, w.policy)
		if name == EventFailed {
			w.log.WarnContext(ctx, "resource given up", "tenant", r.TenantID, "resource", r.ID, "tries", r.Tries)
		}
		return name, err
	})
}

// conclude changes a resource and stores it. Where something else about it has
// changed in between, such as what it should be, the conclusion is drawn anew;
// where another worker has taken the action over, it is dropped: that one finds
// out for itself.
func (w *Worker) conclude(ctx context.Context, seen Resource, draw func(*Resource, time.Time) (string, error)) error {
	ctx, cancel := w.detached(ctx)
	defer cancel()
	access, err := w.gate.Write(ctx, "resource.provision")
	if err != nil {
		return err
	}
	r, fresh := seen.clone(), true
	return aggregate.Repeat(func() error {
		if !fresh {
			if r, err = w.store.Get(ctx, seen.ID); err != nil {
				return err
			}
			if r.Phase != seen.Phase || r.Token != seen.Token || r.Tries != seen.Tries {
				return nil
			}
		}
		fresh = false
		name, err := draw(&r, access.Now)
		if err != nil {
			return err
		}
		return w.keep(ctx, access, change{&r, name})
	})
}

// keep stores what the worker made of a resource, in the name of who asked for
// what it should be.
func (w *Worker) keep(ctx context.Context, access tenant.Access, c change) error {
	access.Scope.Correlation, access.Scope.Causation = c.resource.Origin.Correlation, c.resource.Origin.Event
	return keep(ctx, w.store, &access, c)
}
