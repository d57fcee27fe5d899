package natstest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	watermill "github.com/platforma/platforma/broker"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// databases are what the tests run on.
var databases = []struct {
	name string
	open func(t *testing.T) storage.Driver
}{
	{"sqlite", func(t *testing.T) storage.Driver {
		t.Helper()
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), nil)
		require.NoError(t, err)
		return db
	}},
	{"postgres", func(t *testing.T) storage.Driver { t.Helper(); return postgrestest.Open(t) }},
}

// wholeLane is the order of a lane, aggregate that of one aggregate.
func wholeLane(e event.Event) string { return e.Source() }
func aggregate(e event.Event) string { return e.Subject }

// TestTheBrokerIsKilled kills the broker while the platform publishes, and starts
// it again: nothing is lost, the order is kept, and repeats are repeats.
func TestTheBrokerIsKilled(t *testing.T) {
	t.Parallel()
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			t.Run("one order", func(t *testing.T) {
				t.Parallel()
				repeats := killed(t, db.open(t), 0, 2*time.Minute, wholeLane, times(5))
				require.Zero(t, repeats, "the stream drops them")
			})
			t.Run("one order for each aggregate", func(t *testing.T) {
				t.Parallel()
				killed(t, db.open(t), 4, 100*time.Millisecond, aggregate, times(5))
			})
		})
	}
}

// times goes on so many times.
func times(n int) func(done int) bool { return func(done int) bool { return done < n } }

// The size of the test: more tenants than lanes are worked on at once.
const (
	tenants = 6
	writers = 12
	room    = 200 // how far the writers may run ahead of the broker
)

// killed has writers write while the broker is killed, for as long as more says,
// and returns how many messages came again.
func killed(t *testing.T, db storage.Driver, concurrency int, window time.Duration, key func(event.Event) string,
	more func(kills int) bool,
) (repeats int) {
	t.Helper()
	b := newBroker(t)
	conn := b.connect(t)
	newStream(t, conn, window)
	p, err := platforma.New(db, &platforma.Options{
		Logger: slog.New(slog.DiscardHandler),
		Poll:   20 * time.Millisecond,
		Relay:  &event.RelayOptions{Backoff: func(int) time.Duration { return 20 * time.Millisecond }},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	m := newMeter(publisher(t, conn, time.Second))
	s := watermill.Subscription("nats", m, nil)
	s.Concurrency = concurrency
	require.NoError(t, p.Events.Subscribe(s))
	var all []context.Context
	for n := range tenants {
		acme, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: fmt.Sprintf("Tenant %d", n)})
		require.NoError(t, err)
		all = append(all, tenant.NewContext(t.Context(), acme.ID))
	}
	var group sync.WaitGroup
	run, stop := context.WithCancel(t.Context())
	t.Cleanup(func() { stop(); group.Wait() })
	group.Go(func() { _ = p.Run(run) })
	written := write(p, all, m)

	kills := 0
	for ; more(kills); kills++ {
		m.await(t, &m.taken, 50+rand.Int64N(150))
		b.kill(t)
		m.await(t, &m.failed, 1+rand.Int64N(20))
		b.start(t)
	}
	require.NoError(t, written())
	settled(t, p, "nats")
	events := history(t, p, all)
	repeats = verify(t, contents(t, conn), events, key)
	counttest.Logf(t, "%d kills of the broker, %d events, %d publications failed, %d messages came again, none lost",
		kills, len(events), m.failed.Load(), repeats)
	return repeats
}

// write has writers change customers, each its own, until written is called, which
// waits for them.
func write(p *platforma.Platform, all []context.Context, m *meter) (written func() error) {
	var group sync.WaitGroup
	stop := make(chan struct{})
	failures := make([]error, writers)
	for n := range writers {
		group.Go(func() {
			ctx := all[n%len(all)]
			c, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada", Email: fmt.Sprintf("ada%d@example.com", n)})
			for change := 0; err == nil; change++ {
				select {
				case <-stop:
					return
				case <-m.room:
				}
				name := fmt.Sprintf("Ada %d", change)
				_, err = p.Customers.Update(ctx, c.ID, customer.Change{Name: &name})
			}
			failures[n] = err
		})
	}
	return func() error {
		close(stop)
		group.Wait()
		return errors.Join(failures...)
	}
}

// meter is a publisher that counts, and makes room for the writers.
type meter struct {
	message.Publisher

	taken, failed atomic.Int64
	room          chan struct{}
}

func newMeter(p message.Publisher) *meter {
	m := &meter{Publisher: p, room: make(chan struct{}, room)}
	for range room {
		m.room <- struct{}{}
	}
	return m
}

func (m *meter) Publish(topic string, messages ...*message.Message) error {
	if err := m.Publisher.Publish(topic, messages...); err != nil {
		m.failed.Add(1)
		return err
	}
	m.taken.Add(1)
	select {
	case m.room <- struct{}{}:
	default: // it was no writer's
	}
	return nil
}

// await waits for a counter to go on by a number.
func (*meter) await(t *testing.T, counter *atomic.Int64, by int64) {
	t.Helper()
	until := counter.Load() + by
	require.Eventually(t, func() bool { return counter.Load() >= until }, 2*time.Minute, 2*time.Millisecond)
}

// settled waits until a subscription has nothing left to do.
func settled(t *testing.T, p *platforma.Platform, subscription string) {
	t.Helper()
	require.Eventually(t, func() bool {
		all, err := p.Events.Subscriptions(tenant.AsOperator(t.Context()))
		if err != nil {
			return false
		}
		for _, s := range all {
			for _, b := range s.Backlog {
				if s.Subscription == subscription && !b.None() {
					return false
				}
			}
		}
		return true
	}, 5*time.Minute, 20*time.Millisecond)
}

// history are the events of some tenants, of whose no event is a dead letter.
func history(t *testing.T, p *platforma.Platform, all []context.Context) (events []event.Event) {
	t.Helper()
	for _, ctx := range all {
		dead, err := p.Events.DeadLetters(ctx, page.Request{})
		require.NoError(t, err)
		require.Empty(t, dead.Items)
		for e, err := range p.Events.All(ctx, platforma.EventQuery{}) {
			require.NoError(t, err)
			events = append(events, e)
		}
	}
	return events
}
