package faulty

import (
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// laneFaults lease lanes wrongly, and what they keep of how far they have come.
func laneFaults() []Fault {
	return []Fault{
		{Name: "Events.Claim gives a lane to two", What: "a lease is not looked at", plant: func(d *database) {
			held := remember[string, event.Lane]()
			claim, move := d.Events.Claim, d.Events.Move
			d.Events.Claim = func(ctx context.Context, c event.Claim) ([]event.Lane, error) {
				lanes, err := claim(ctx, c)
				if old, ok := held.get(c.Subscription + c.Service); ok && err == nil && len(lanes) == 0 {
					return []event.Lane{old}, nil
				}
				if len(lanes) > 0 {
					held.set(c.Subscription+c.Service, lanes[0])
				}
				return lanes, err
			}
			d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
				err := move(ctx, l, m)
				if err == nil {
					held.drop(l.Subscription + l.Service)
				}
				return err
			}
		}},
		{Name: "Events.Move ignores the epoch", What: "who has lost a lane moves it all the same", plant: func(d *database) {
			latest := d.latestEpochs()
			move := d.Events.Move
			d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
				return move(ctx, latest(l), m)
			}
		}},
		{Name: "Events.Extend ignores the epoch", What: "who has lost a lane keeps it all the same", plant: func(d *database) {
			latest := d.latestEpochs()
			extend := d.Events.Extend
			d.Events.Extend = func(ctx context.Context, l event.Lane, lease time.Duration) error {
				return extend(ctx, latest(l), lease)
			}
		}},
		{Name: "Events.Extend never shortens", What: "a lease ends at the later of two times", plant: func(d *database) {
			extend := d.Events.Extend
			d.Events.Extend = func(ctx context.Context, l event.Lane, lease time.Duration) error {
				return extend(ctx, l, max(lease, time.Minute))
			}
		}},
		{Name: "Events.Claim leases for ever", What: "the lane of a process that died is never anybody's again",
			plant: func(d *database) {
				claim := d.Events.Claim
				d.Events.Claim = func(ctx context.Context, c event.Claim) ([]event.Lane, error) {
					c.Lease = 1000 * time.Hour
					return claim(ctx, c)
				}
			}},
		{Name: "Events.Move keeps the lease", What: "a lane that was moved waits for the end of its lease", plant: func(d *database) {
			move, extend := d.Events.Move, d.Events.Extend
			d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
				err := move(ctx, l, m)
				if err == nil {
					err = extend(ctx, l, time.Hour)
				}
				return err
			}
		}},
		{Name: "Events.Move loses the position", What: "what was delivered is delivered again", plant: func(d *database) {
			move := d.Events.Move
			d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
				m.Position = l.Position
				return move(ctx, l, m)
			}
		}},
		{Name: "Events.Move loses the progress", What: "an event that fails is tried for ever", plant: func(d *database) {
			arguments(d, "Events.Move", func(m *event.Movement) { m.Progress = event.Progress{} })
		}},
		{Name: "Events.Move loses how often an event was postponed", What: "a broker that is away for an hour is asked twice a second",
			plant: func(d *database) {
				arguments(d, "Events.Move", func(m *event.Movement) {
					m.Progress.Failing = slices.Clone(m.Progress.Failing)
					for i := range m.Progress.Failing {
						m.Progress.Failing[i].Postponed = 0
					}
				})
			}},
		{Name: "Events.Move loses when the lane is due", What: "what failed is tried again at once", plant: func(d *database) {
			arguments(d, "Events.Move", func(m *event.Movement) { m.Due = time.Time{} })
		}},
		{Name: "Events.Move does not look at what was not seen", What: "an event that came while others failed waits for their time",
			plant: func(d *database) {
				arguments(d, "Events.Move", func(m *event.Movement) {
					if !m.Due.IsZero() && m.Due.After(m.At) {
						m.Seen = 1 << 62
					}
				})
			}},
		{Name: "Events.Move has all that was not seen wake the lane", What: "what failed holds up a lane, which is tried at once again",
			plant: func(d *database) {
				arguments(d, "Events.Move", func(m *event.Movement) { m.Seen = min(m.Seen, m.Position+2) })
			}},
		{Name: "Events.Claim does not count", What: "an event that no process survives is tried for ever", plant: func(d *database) {
			answers(d, "Events.Claim", func(l *event.Lane) { l.Claims = 1 })
		}},
		{Name: "Events.Move keeps the count of claims", What: "a lane that was moved counts as one whose process died",
			plant: func(d *database) {
				claims := remember[string, int]()
				answers(d, "Events.Claim", func(l *event.Lane) {
					at := l.Subscription + l.Service + string(l.Tenant)
					n, _ := claims.get(at)
					claims.set(at, n+1)
					l.Claims = n + 1
				})
			}},
		{Name: "Events.Claim says that a stream has no end", What: "the head is left out", plant: func(d *database) {
			answers(d, "Events.Claim", func(l *event.Lane) { l.Head = 0 })
		}},
		{Name: "Events.Move loses the dead letter", What: "an event that was given up is forgotten", plant: func(d *database) {
			arguments(d, "Events.Move", func(m *event.Movement) { m.Dead = nil })
		}},
		{Name: "Events.Move keeps the letter of who lost the lane", What: "the dead letter is stored before the epoch is compared",
			plant: func(d *database) {
				latest := d.latestEpochs()
				move := d.Events.Move
				d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
					err := move(ctx, l, m)
					if fault.KindOf(err) == fault.ErrConflict && m.Dead != nil {
						m.Position, m.Progress = l.Position, l.Progress
						_ = move(ctx, latest(l), m)
					}
					return err
				}
			}},
		{Name: "Events.Claim ignores when a lane is due", What: "what failed is tried again at once", plant: func(d *database) {
			arguments(d, "Events.Claim", func(c *event.Claim) { c.Due = time.Time{} })
		}},
		{Name: "Events.Claim leaves out what is due now", What: "it compares with < what should be <=", plant: func(d *database) {
			arguments(d, "Events.Claim", func(c *event.Claim) {
				if !c.Due.IsZero() {
					c.Due = c.Due.Add(-time.Microsecond)
				}
			})
		}},
		{Name: "Events.Claim has no limit", What: "one process takes all lanes", plant: func(d *database) {
			arguments(d, "Events.Claim", func(c *event.Claim) { c.Limit = 1 << 20 })
		}},
		{Name: "Events.Claim has the longest waiting last", What: "busy tenants keep the others waiting", plant: func(d *database) {
			claim, extend := d.Events.Claim, d.Events.Extend
			d.Events.Claim = func(ctx context.Context, c event.Claim) ([]event.Lane, error) {
				limit := c.Limit
				c.Limit = 1 << 20
				lanes, err := claim(ctx, c)
				lanes = reversed(lanes)
				for _, l := range lanes[min(limit, len(lanes)):] {
					_ = extend(ctx, l, -time.Hour)
				}
				return lanes[:min(limit, len(lanes))], err
			}
		}},
		{Name: "Events.Claim takes idle lanes", What: "lanes without an event to deliver are claimed", plant: func(d *database) {
			claim := d.Events.Claim
			seen := remember[string, event.Lane]()
			d.Events.Claim = func(ctx context.Context, c event.Claim) ([]event.Lane, error) {
				lanes, err := claim(ctx, c)
				for _, l := range lanes {
					seen.set(l.Subscription+l.Service, l)
				}
				if idle, ok := seen.get(c.Subscription + c.Service); ok && err == nil && len(lanes) == 0 {
					waiting, _ := d.Events.Backlog(ctx, c.Subscription, c.Service)
					if waiting.None() {
						return []event.Lane{idle}, nil
					}
				}
				return lanes, err
			}
		}},
		{Name: "Events.Claim counts no epochs", What: "two leases of a lane cannot be told apart", plant: func(d *database) {
			latest := d.latestEpochs()
			answers(d, "Events.Claim", func(l *event.Lane) { l.Epoch = 1 })
			move, extend := d.Events.Move, d.Events.Extend
			d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error { return move(ctx, latest(l), m) }
			d.Events.Extend = func(ctx context.Context, l event.Lane, lease time.Duration) error {
				return extend(ctx, latest(l), lease)
			}
		}},
		{Name: "Events.Backlog leaves out what is held", What: "lanes that are being worked on are not counted",
			plant: func(d *database) {
				held := remember[string, int64]()
				claim, move, backlog := d.Events.Claim, d.Events.Move, d.Events.Backlog
				d.Events.Claim = func(ctx context.Context, c event.Claim) ([]event.Lane, error) {
					lanes, err := claim(ctx, c)
					if len(lanes) > 0 {
						held.set(c.Subscription+c.Service, int64(len(lanes)))
					}
					return lanes, err
				}
				d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
					held.drop(l.Subscription + l.Service)
					return move(ctx, l, m)
				}
				d.Events.Backlog = func(ctx context.Context, subscription, service string) (event.Backlog, error) {
					b, err := backlog(ctx, subscription, service)
					less, _ := held.get(subscription + service)
					b.Lanes = max(0, b.Lanes-less)
					return b, err
				}
			}},
		{Name: "Events.Backlog is of all subscriptions", What: "what one has handled counts as handled by all",
			plant: func(d *database) {
				move, backlog := d.Events.Move, d.Events.Backlog
				moved := remember[string, bool]()
				d.Events.Move = func(ctx context.Context, l event.Lane, m event.Movement) error {
					moved.set(l.Service, true)
					return move(ctx, l, m)
				}
				d.Events.Backlog = func(ctx context.Context, subscription, service string) (event.Backlog, error) {
					if done, _ := moved.get(service); done {
						return event.Backlog{}, second(backlog(ctx, subscription, service))
					}
					return backlog(ctx, subscription, service)
				}
			}},
		{Name: "Events.Discard does not say that nothing was there", What: "a letter that is not there is discarded without an error",
			plant: func(d *database) {
				d.errors("Events.Discard", func(err error) error {
					if fault.KindOf(err) == fault.ErrNotFound {
						return nil
					}
					return err
				})
			}},
		{Name: "Events.Discard keeps the letter", What: "nothing is removed", plant: func(d *database) {
			discard := d.Events.Discard
			d.Events.Discard = func(ctx context.Context, letter event.DeadLetter) error {
				if _, err := scope.FromTenant(ctx); err != nil || ctx.Err() != nil {
					return discard(ctx, letter)
				}
				return nil
			}
		}},
	}
}

// latestEpochs returns what knows a lane with the epoch of its latest lease.
func (d *database) latestEpochs() func(event.Lane) event.Lane {
	type place struct {
		subscription, service string
		tenant                scope.TenantID
	}
	at := func(l event.Lane) place { return place{l.Subscription, l.Service, l.Tenant} }
	epochs := remember[place, int64]()
	answers(d, "Events.Claim", func(l *event.Lane) { epochs.set(at(*l), l.Epoch) })
	return func(l event.Lane) event.Lane {
		if epoch, ok := epochs.get(at(l)); ok {
			l.Epoch = epoch
		}
		return l
	}
}
