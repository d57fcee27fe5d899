package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/clock"
	"github.com/platforma/platforma/tenant"
)

// conclude stores what came of a try: in the log, of the delivery, and of the
// endpoint. Where the delivery was sent again, or taken over by another worker in
// between, the log alone says so; what was deleted is none of anybody's business.
func (w *Worker) conclude(ctx context.Context, s *serving, seen Delivery, a Attempt, o outcome) error {
	access, err := w.gate.Write(ctx, "webhook.deliver")
	if err != nil {
		return err
	}
	d, fresh := seen, true
	err = aggregate.Repeat(func() error {
		if !fresh {
			if d, err = w.store.Delivery(ctx, seen.ID); err != nil {
				return err
			}
		}
		fresh = false
		c := Changes{Attempts: []Attempt{a.finished(access.Now, o)}}
		var facts []tenant.Fact
		if d.Status == DeliveryPending && d.Tries == seen.Tries && !o.interrupted {
			facts, err = w.settle(ctx, &access, s, d, o, &c)
			if err != nil {
				return err
			}
		}
		return write(ctx, w.store, &access, nil, c, facts...)
	})
	if errors.Is(err, fault.ErrNotFound) {
		return nil
	}
	access.End(&err, deliveryEntity, string(seen.ID))
	return err
}

func (a Attempt) finished(now time.Time, o outcome) Attempt {
	a.FinishedAt, a.DurationMS, a.StatusCode, a.Error = &now, o.took.Milliseconds(), o.status, o.failure
	if o.interrupted {
		a.Error = "given up, for the sender was stopped"
	}
	a.Version, a.UpdatedAt = a.Version+1, now
	return a
}

// settle is what becomes of a delivery and its endpoint by the outcome of a try.
func (w *Worker) settle(
	ctx context.Context, access *tenant.Access, s *serving, d Delivery, o outcome, c *Changes,
) (facts []tenant.Fact, err error) {
	now := access.Now
	d.Version, d.UpdatedAt = d.Version+1, now
	if o.failure == "" {
		err = d.move(eventDeliver, nil, &now, "")
		if s.failing.Swap(false) {
			c.Healed = []ID{d.EndpointID}
		}
	} else {
		due, again := w.policy.next(now, d.Tries, o.asked)
		switch {
		case o.gone():
			err = d.move(eventFail, nil, nil, o.failure)
		case again:
			d.DueAt, d.Reason = &due, o.failure
		default:
			err = d.move(eventFail, nil, nil, gaveUp(d.Tries, o.failure))
		}
		s.failing.Store(true)
		c.Failures = []Failure{{Endpoint: d.EndpointID, At: now}}
		if err == nil {
			facts, err = w.disable(ctx, access, d.EndpointID, o, c)
		}
	}
	c.Deliveries = []Delivery{d}
	return facts, err
}

// disable ends an endpoint that says that it is gone, or that has failed for too
// long. What is pending for it waits until somebody resumes it.
func (w *Worker) disable(ctx context.Context, access *tenant.Access, id ID, o outcome, c *Changes) ([]tenant.Fact, error) {
	e, err := w.store.Get(ctx, id)
	if err != nil || e.Status != StatusActive {
		return nil, err
	}
	switch {
	case o.gone():
		e.Reason = "the endpoint answered 410: it is gone"
	case e.FailingSince != nil && access.Now.Sub(*e.FailingSince) >= w.options.DisableAfter:
		e.Reason = fmt.Sprintf("every try has failed since %s; the last one: %s",
			clock.Truncate(*e.FailingSince).Format(time.RFC3339), o.failure)
	default:
		return nil, nil
	}
	if e.Status, err = Lifecycle().Next(e.Status, eventDisable); err != nil {
		return nil, err
	}
	e.Version, e.UpdatedAt = e.Version+1, access.Now
	c.Endpoints = []Endpoint{e}
	w.options.Logger.LogAttrs(ctx, slog.LevelWarn, "webhook endpoint disabled",
		slog.String("tenant", string(e.TenantID)), slog.String("endpoint", string(e.ID)))
	return []tenant.Fact{fact(EventDisabled, e)}, nil
}
