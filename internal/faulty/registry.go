package faulty

import (
	"context"
	"math"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

// registryFaults forget what subscriptions there are, or what they need.
func registryFaults() []Fault {
	return []Fault{
		{Name: "Events.Register begins with the latest", What: "what happened before is never delivered", plant: func(d *database) {
			arguments(d, "Events.Register", func(r *event.Registration) { r.Latest = true })
		}},
		{Name: "Events.Register begins with the first", What: "who wants the latest gets all that ever happened", plant: func(d *database) {
			arguments(d, "Events.Register", func(r *event.Registration) { r.Latest = false })
		}},
		{Name: "Events.Register begins anew each time", What: "every start of a process delivers all events again",
			plant: func(d *database) {
				register := d.Events.Register
				d.Events.Register = func(ctx context.Context, r event.Registration) error {
					_ = d.Events.Forget(ctx, r.Subscription)
					return register(ctx, r)
				}
			}},
		{Name: "Events.Register is of all services", What: "lanes are kept that nobody serves, and hold all events back",
			plant: func(d *database) {
				arguments(d, "Events.Register", func(r *event.Registration) {
					r.Services = []string{"tenant", "customer", "catalog", "order", "resource"}
				})
			}},
		{Name: "Events.Forget does nothing", What: "what is forgotten holds all events back", plant: func(d *database) {
			forget := d.Events.Forget
			d.Events.Forget = func(ctx context.Context, subscription string) error {
				if subscription == "mirror" || subscription == "new" {
					return nil
				}
				return forget(ctx, subscription)
			}
		}},
		{Name: "Events.Forget does not say that nothing was there", What: "a name that is misspelled seems to be forgotten",
			plant: func(d *database) {
				d.errors("Events.Forget", func(err error) error {
					if fault.KindOf(err) == fault.ErrNotFound {
						return nil
					}
					return err
				})
			}},
		{Name: "Events.Backlog does not count events", What: "how far a subscription is behind is not told", plant: func(d *database) {
			answers(d, "Events.Backlog", func(b *event.Backlog) { b.Events = b.Lanes * 7 })
		}},
		{Name: "Events.Backlog does not say since when", What: "how long a subscription is behind is not told", plant: func(d *database) {
			answers(d, "Events.Backlog", func(b *event.Backlog) { b.Oldest = time.Time{} })
		}},
		{Name: "Events.Rewind goes to the beginning", What: "what is too old is delivered again", plant: func(d *database) {
			arguments(d, "Events.Rewind", func(r *event.Rewinding) { r.Since = time.Unix(0, 0) })
		}},
		{Name: "Events.Rewind is of all tenants", What: "one tenant's events are wanted, and everybody's are delivered again",
			plant: func(d *database) {
				arguments(d, "Events.Rewind", func(r *event.Rewinding) { r.Tenant = "" })
			}},
		{Name: "Events.Rewind does nothing", What: "nothing is delivered again", plant: func(d *database) {
			arguments(d, "Events.Rewind", func(r *event.Rewinding) { r.Subscription += "-not" })
		}},
		{Name: "Events.Trim deletes what is young", What: "the age of an event is not looked at", plant: func(d *database) {
			arguments(d, "Events.Trim", func(t *event.Trimming) { t.Before = t.Before.Add(1000 * time.Hour) })
		}},
		{Name: "Events.Trim deletes nothing", What: "the outbox grows for ever", plant: func(d *database) {
			arguments(d, "Events.Trim", func(t *event.Trimming) { t.Before = time.Unix(0, 0) })
		}},
		{Name: "Events.Trim deletes what was not delivered", What: "the lanes are not looked at", plant: func(d *database) {
			trim := d.Events.Trim
			d.Events.Trim = func(ctx context.Context, t event.Trimming) (event.Trimmed, error) {
				for _, subscription := range []string{"mirror", "other"} {
					for _, lane := range d.lanesOf(ctx, subscription, t.Service) {
						_ = d.Events.Move(ctx, lane, event.Movement{Position: lane.Head, Seen: math.MaxInt64})
					}
				}
				return trim(ctx, t)
			}
		}},
		{Name: "Events.Trim leaves out tenants", What: "it goes on behind those that it should begin with", plant: func(d *database) {
			answers(d, "Events.Trim", func(t *event.Trimmed) { t.Next = "" })
		}},
		{Name: "Events.Trim never ends", What: "it says that there is always more", plant: func(d *database) {
			answers(d, "Events.Trim", func(t *event.Trimmed) {
				if t.Next == "" {
					t.Next = "ten_0"
				}
			})
		}},
		{Name: "Events.Trim does not count", What: "who deletes in steps stops too early", plant: func(d *database) {
			answers(d, "Events.Trim", func(t *event.Trimmed) { t.Events, t.Receipts = 0, 0 })
		}},
	}
}

// lanesOf claims the lanes of a subscription that have something to deliver.
func (d *database) lanesOf(ctx context.Context, subscription, service string) []event.Lane {
	lanes, _ := d.Events.Claim(ctx, event.Claim{Subscription: subscription, Service: service, Limit: 99})
	return lanes
}
