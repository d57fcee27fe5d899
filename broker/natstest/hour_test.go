package natstest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	watermill "github.com/platforma/platforma/broker"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/tenant"
)

// TestTheBrokerIsAwayForAnHour has the broker killed for an hour of the injected
// clock, with the relay's own backoff and attempts.
func TestTheBrokerIsAwayForAnHour(t *testing.T) {
	t.Parallel()
	for _, db := range databases {
		for _, concurrency := range []int{0, 4} {
			t.Run(fmt.Sprintf("%s/concurrency %d", db.name, concurrency), func(t *testing.T) {
				t.Parallel()
				driver := db.open(t)
				now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
				clock := func() time.Time { return now }
				p, err := platforma.New(driver, &platforma.Options{Clock: clock})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, p.Close()) })
				b := newBroker(t)
				conn := b.connect(t)
				newStream(t, conn, time.Hour)
				m := newMeter(publisher(t, conn, time.Minute))
				relay := event.NewRelay(driver.Events(), []string{"customer"}, &event.RelayOptions{
					Clock: clock, Logger: slog.New(slog.DiscardHandler),
				})
				s := watermill.Subscription("nats", m, nil)
				s.Concurrency = concurrency
				require.NoError(t, relay.Subscribe(s))
				acme, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme Cloud"})
				require.NoError(t, err)
				ctx := tenant.NewContext(t.Context(), acme.ID)
				// pass lets half a minute pass, in which a customer is created and changed.
				made := 0
				pass := func() {
					made++
					c, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada", Email: fmt.Sprintf("ada%d@example.com", made)})
					require.NoError(t, err)
					name := "Grace"
					_, err = p.Customers.Update(ctx, c.ID, customer.Change{Name: &name})
					require.NoError(t, err)
					_, err = relay.Step(t.Context(), false)
					require.NoError(t, err)
					now = now.Add(30 * time.Second)
				}
				for range 4 {
					pass()
				}
				require.EqualValues(t, 8, m.taken.Load())
				b.kill(t)
				require.Eventually(t, func() bool { return !conn.IsConnected() }, time.Minute, time.Millisecond)
				for range 120 {
					pass()
				}
				require.EqualValues(t, 8, m.taken.Load())
				tries := m.failed.Load()
				b.start(t)
				back(t, conn)
				took := caughtUp(t, relay, &now)
				require.LessOrEqual(t, took, 5*time.Minute, "the longest backoff")

				events := customerHistory(ctx, t, p)
				require.Len(t, events, 2*made)
				key := wholeLane
				if concurrency > 0 {
					key = aggregate
				}
				require.Zero(t, verify(t, contents(t, conn), events, key))
				counttest.Logf(t, "%d events of an hour without a broker arrived within %v of its return, after %d tries", len(events), took, tries)
			})
		}
	}
}

// caughtUp turns the clock until nothing is left to publish, and returns how far.
func caughtUp(t *testing.T, relay *event.Relay, now *time.Time) (took time.Duration) {
	t.Helper()
	for {
		n, err := relay.Step(t.Context(), false)
		require.NoError(t, err)
		idle, err := relay.Idle(t.Context())
		require.NoError(t, err)
		if idle {
			return took
		}
		if n == 0 {
			*now, took = now.Add(time.Second), took+time.Second
		}
	}
}

// customerHistory are the events of a tenant's customers, none of them a dead
// letter.
func customerHistory(ctx context.Context, t *testing.T, p *platforma.Platform) (events []event.Event) {
	t.Helper()
	for _, e := range history(t, p, []context.Context{ctx}) {
		if e.Service == "customer" {
			events = append(events, e)
		}
	}
	return events
}
