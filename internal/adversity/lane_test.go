package adversity_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// frozen is a database to a process whose leases nobody prolongs: as long as it
// stands still it hears of nothing, and goes on as if no time had passed.
type frozen struct {
	storage.Driver
	// refused counts the moves that were refused as another's, and moved the rest.
	refused, moved atomic.Int64
}

func (f *frozen) Events() event.Store { return frozenEvents{f.Driver.Events(), f} }

type frozenEvents struct {
	event.Store
	of *frozen
}

func (frozenEvents) Extend(context.Context, event.Lane, time.Duration) error { return nil }

func (s frozenEvents) Move(ctx context.Context, l event.Lane, m event.Movement) error {
	err := s.Store.Move(ctx, l, m)
	if errors.Is(err, fault.ErrConflict) {
		s.of.refused.Add(1)
	} else {
		s.of.moved.Add(1)
	}
	return err
}

// holder is a process that may hold lanes for longer than it may, with a
// subscription that counts on each customer.
type holder struct {
	*frozen
	*platforma.Platform
	relay *event.Relay
	// before is called with each event, before its effect; late counts effects that
	// were refused as had before.
	before func(e event.Event)
	late   atomic.Int64
}

func newHolder(t *testing.T, db storage.Driver, lease time.Duration, concurrency int, j *journal) *holder {
	t.Helper()
	h := &holder{frozen: &frozen{Driver: db}, Platform: newPlatform(t, db, options()), before: func(event.Event) {}}
	h.relay = event.NewRelay(h.frozen.Events(), []string{"customer"}, &event.RelayOptions{
		Lease: lease, Logger: slog.New(slog.DiscardHandler),
		Attempts: 1 << 30, // else it would seem that an event kills whom it meets
	})
	require.NoError(t, h.relay.Subscribe(event.Subscription{
		Name: "mirror", Concurrency: concurrency, Handle: func(ctx context.Context, e event.Event) error {
			j.note(e)
			h.before(e)
			if e.Version > 1 {
				return nil
			}
			c, err := h.Customers.Get(ctx, customer.ID(e.Subject))
			if err != nil {
				return err
			}
			_, err = h.Customers.Update(ctx, c.ID, customer.Change{Metadata: map[string]string{"effects": c.Metadata["effects"] + "I"}})
			if errors.Is(err, event.ErrDelivered) {
				h.late.Add(1)
			}
			return err
		},
	}))
	return h
}

// step works once on what it can get.
func (h *holder) step(t *testing.T) {
	t.Helper()
	if _, err := h.relay.Step(t.Context(), true); err != nil {
		t.Errorf("a step: %v", err)
	}
}

// drain works until all is delivered, by whomever.
func (h *holder) drain(t *testing.T) {
	t.Helper()
	for idle := false; !idle && !t.Failed(); {
		h.step(t)
		var err error
		if idle, err = h.relay.Idle(t.Context()); err != nil {
			t.Errorf("whether all is delivered: %v", err)
		}
	}
}

// newCustomers makes customers of a tenant.
func newCustomers(t *testing.T, p *platforma.Platform, of tenant.ID, n int) (all []customer.Customer) {
	t.Helper()
	for i := range n {
		c, err := p.Customers.Create(tenant.NewContext(t.Context(), of), customer.Draft{
			Name: "Ada", Email: fmt.Sprintf("ada%d@example.com", i),
		})
		require.NoError(t, err)
		all = append(all, c)
	}
	return all
}

// requireOneEffect says that each customer was counted on once, and that all
// events were delivered in order.
func requireOneEffect(t *testing.T, p *platforma.Platform, j *journal, tenants ...tenant.ID) (events int) {
	t.Helper()
	for _, of := range tenants {
		ctx := tenant.NewContext(t.Context(), of)
		for c, err := range p.Customers.All(ctx, customer.Query{}) {
			require.NoError(t, err)
			require.Equal(t, "I", c.Metadata["effects"])
			require.Equal(t, int64(2), c.Version)
		}
		letters, err := p.Events.DeadLetters(ctx, page())
		require.NoError(t, err)
		require.Empty(t, letters.Items)
	}
	requireInOrder(t, p, j, tenants...)
	return j.events()
}

// TestTwoProcessesBelieveThatTheyHoldALane has a process stand still in a handler
// for longer than its lease, and another take the lane over: there is one effect,
// whichever of them goes on first, and only the second moves the lane.
func TestTwoProcessesBelieveThatTheyHoldALane(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []int{1, 4} {
		for name, loserFirst := range map[string]bool{"the loser is late": false, "the loser is first": true} {
			t.Run(fmt.Sprintf("%s, %d at once", name, concurrency), func(t *testing.T) {
				t.Parallel()
				onBoth(t, func(t *testing.T, open func() storage.Driver) {
					const customers, at = 7, 3
					var j journal
					loser := newHolder(t, open(), 100*time.Millisecond, concurrency, &j)
					winner := newHolder(t, open(), time.Hour, concurrency, &j)
					acme := newTenants(t, winner.Platform, 1)[0]
					all := newCustomers(t, winner.Platform, acme, customers)

					halt := func(h *holder) (halted, resume chan struct{}) {
						halted, resume = make(chan struct{}), make(chan struct{})
						var once sync.Once
						h.before = func(e event.Event) {
							if e.Subject == string(all[at].ID) && e.Version == 1 {
								once.Do(func() { close(halted); <-resume })
							}
						}
						return halted, resume
					}
					loserHalted, loserResumes := halt(loser)
					winnerHalted, winnerResumes := halt(winner)
					var losers, winners sync.WaitGroup
					losers.Go(func() { loser.step(t) })
					<-loserHalted
					winners.Go(func() { winner.drain(t) })
					<-winnerHalted // it has taken the lane over, and both are at the same event

					if loserFirst {
						close(loserResumes)
						losers.Wait()
						close(winnerResumes)
						winners.Wait()
						require.Positive(t, winner.late.Load(), "its effect was there")
					} else {
						close(winnerResumes)
						winners.Wait()
						close(loserResumes)
						losers.Wait()
						require.Positive(t, loser.late.Load(), "its effect was there")
					}
					require.Equal(t, int64(1), loser.refused.Load(), "it cannot move the lane")
					require.Zero(t, winner.refused.Load())
					events := requireOneEffect(t, winner.Platform, &j, acme)
					counttest.Logf(t, "%d events, %d came again, %d effects refused, 1 lane not moved",
						events, j.again(), loser.late.Load()+winner.late.Load())
				})
			})
		}
	}
}

// TestLeasesThatAlwaysRunOut has several processes whose leases are over before
// they have begun, so that every lane is many's at once.
func TestLeasesThatAlwaysRunOut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, open func() storage.Driver) {
		var j journal
		var holders []*holder
		for range 3 {
			holders = append(holders, newHolder(t, open(), time.Millisecond, 3, &j))
		}
		tenants := newTenants(t, holders[0].Platform, 3)
		for _, of := range tenants {
			newCustomers(t, holders[0].Platform, of, 12)
		}
		var group sync.WaitGroup
		for _, h := range holders {
			group.Go(func() { h.drain(t) })
		}
		group.Wait()
		events := requireOneEffect(t, holders[0].Platform, &j, tenants...)
		var refused, moved, late int64
		for _, h := range holders {
			refused, moved, late = refused+h.refused.Load(), moved+h.moved.Load(), late+h.late.Load()
		}
		require.Positive(t, refused, "lanes were lost")
		counttest.Logf(t, "%d events, %d came again, %d effects refused, %d of %d moves refused",
			events, j.again(), late, refused, refused+moved)
	})
}
