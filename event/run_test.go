package event_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

// running is a relay at work until the test's end, which polls each second.
func running(t *testing.T, r *event.Relay) (delivered *atomic.Int64) {
	t.Helper()
	delivered = new(atomic.Int64)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx, time.Second, func() { delivered.Add(1) })
	}()
	t.Cleanup(func() { cancel(); <-ended })
	synctest.Wait()
	return delivered
}

func TestRunDeliversWhatIsCommitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme, other)
		m.add(acme, 1250)
		var l log
		r := relay(t, m, event.RelayOptions{}, func(_ context.Context, e event.Event) error {
			l.note(e)
			return nil
		})
		begin := time.Now()
		delivered := running(t, r)
		require.Equal(t, upTo(1250), l.of(acme), "a lane goes on while it has more")
		require.Equal(t, int64(3), delivered.Load(), "it is told after each part")

		m.add(other, 1)
		m.unstamped = 1
		m.committed <- struct{}{}
		synctest.Wait()
		require.Equal(t, upTo(1), l.of(other), "a commit of this process wakes it")
		require.Zero(t, time.Since(begin))

		m.add(other, 1)
		time.Sleep(time.Second) // the bubble's time
		synctest.Wait()
		require.Equal(t, upTo(2), l.of(other), "another process's is found in time")
	})
}

// backlogged is a store in which a second step of stamping waits for a delivery.
type backlogged struct {
	*memory
	delivered chan struct{}
}

func (b backlogged) Stamp(ctx context.Context, s event.Stamping) (int, error) {
	b.mu.Lock()
	further := b.calls["Stamp"] > 0
	b.mu.Unlock()
	if further {
		select {
		case <-b.delivered:
		case <-ctx.Done():
		}
	}
	return b.memory.Stamp(ctx, s)
}

func TestRunDeliversWhileABacklogIsStamped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := backlogged{newMemory(acme), make(chan struct{})}
		b.add(acme, 1)
		b.unstamped = 3000
		var l log
		r := event.NewRelay(b, []string{"order"}, nil)
		require.NoError(t, r.Subscribe(event.Subscription{Name: "s", Handle: func(_ context.Context, e event.Event) error {
			l.note(e)
			close(b.delivered)
			return nil
		}}))
		running(t, r)
		require.Equal(t, upTo(1), l.of(acme), "it waits for no other's backlog")
		b.mu.Lock()
		defer b.mu.Unlock()
		require.Zero(t, b.unstamped)
	})
}

func TestRunGoesOnAfterAFailureOfTheStore(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"Register", "Stamp", "Claim", "Read", "Move"} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(acme)
			m.add(acme, 3)
			m.fail[call] = fault.ErrUnavailable
			running(t, relay(t, m, event.RelayOptions{}, nothing))
			m.mu.Lock()
			delete(m.fail, call)
			if call == "Move" || call == "Claim" {
				m.die()
			}
			m.mu.Unlock()
			time.Sleep(time.Second) // the bubble's time
			synctest.Wait()
			require.Equal(t, int64(3), m.at(acme).position, call)
		})
	}
}

func TestAHandlerThatHangsKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme, other)
		m.add(acme, 1)
		var l log
		r := relay(t, m, event.RelayOptions{Lanes: 1, Timeout: time.Hour}, func(ctx context.Context, e event.Event) error {
			if e.Tenant == acme {
				<-ctx.Done()
				return ctx.Err()
			}
			l.note(e)
			return nil
		})
		running(t, r)
		for range 5 {
			m.add(other, 1)
			time.Sleep(time.Second) // the bubble's time
			synctest.Wait()
		}
		require.Equal(t, upTo(5), l.of(other))
	})
}

func TestASubscriptionOfLaterIsServedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 3)
		r := relay(t, m, event.RelayOptions{}, nothing)
		running(t, r)
		var l log
		note := func(_ context.Context, e event.Event) error {
			l.note(e)
			return nil
		}
		require.NoError(t, r.Subscribe(event.Subscription{Name: "later", Latest: true, Handle: note}))
		time.Sleep(time.Second) // the bubble's time
		synctest.Wait()
		require.Equal(t, upTo(3), l.of(acme))
		require.Len(t, m.known, 2, "each is registered once")
		require.Equal(t, "later", m.known[1].Subscription)
		require.Equal(t, []string{"order"}, m.known[1].Services)
		require.True(t, m.known[1].Latest)
	})
}

func TestOldEventsAreDeletedFromTimeToTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.trimmed = []event.Trimmed{{Events: 7}, {Receipts: 3}, {Next: acme}, {Events: 2}, {}}
		r := relay(t, m, event.RelayOptions{Retention: 1000 * time.Hour}, nothing)
		begin := time.Now()
		running(t, r)
		trims := func() []event.Trimming {
			m.mu.Lock()
			defer m.mu.Unlock()
			return slices.Clone(m.trims)
		}
		var after []string
		for _, trim := range trims() {
			require.Equal(t, "order", trim.Service)
			require.Equal(t, begin.UTC().Add(-1000*time.Hour), trim.Before)
			after = append(after, string(trim.After))
		}
		require.Equal(t, []string{"", "", "", string(acme), string(acme)}, after, "each part until nothing is left of it")
		time.Sleep(10 * time.Hour) // the bubble's time
		synctest.Wait()
		require.Len(t, trims(), 6)
	})
}

func TestTrimSaysHowManyItDeleted(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.trimmed = []event.Trimmed{{Events: 7}, {Events: 2, Next: acme}, {Next: acme}, {}}
	n, err := relay(t, m, event.RelayOptions{}, nothing).Trim(t.Context(), time.Now())
	require.NoError(t, err)
	require.Equal(t, int64(9), n)
	m.fail["Trim"] = errBroken
	_, err = relay(t, m, event.RelayOptions{}, nothing).Trim(t.Context(), time.Now())
	require.ErrorIs(t, err, errBroken)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	m, d := newMemory(), newDial()
	r := event.NewRelay(m, []string{"order", "customer"}, &event.RelayOptions{Clock: d.Now})
	require.NoError(t, r.Subscribe(event.Subscription{Name: "s", Handle: nothing}))
	since := d.Now().Add(-time.Hour)
	require.NoError(t, r.Replay(t.Context(), "s", acme, since))
	require.Equal(t, []event.Rewinding{
		{Subscription: "s", Service: "order", Tenant: acme, Since: since, At: d.Now()},
		{Subscription: "s", Service: "customer", Tenant: acme, Since: since, At: d.Now()},
	}, m.rewound)
	require.Len(t, m.known, 1, "who is not registered has no lanes")
	require.ErrorIs(t, r.Replay(t.Context(), "nobody", acme, since), fault.ErrNotFound)
}

func TestForget(t *testing.T) {
	t.Parallel()
	m := newMemory()
	r := relay(t, m, event.RelayOptions{}, nothing)
	require.ErrorIs(t, r.Forget(t.Context(), "s"), fault.ErrState)
	require.Zero(t, m.calls["Forget"])
	require.NoError(t, r.Forget(t.Context(), "another"))
	require.Equal(t, 1, m.calls["Forget"])
}

func TestStatus(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme, other), newDial()
	m.add(acme, 3)
	m.add(other, 2)
	var seen []event.Observation
	r := relay(t, m, event.RelayOptions{
		Clock: d.Now, Lanes: 1, Attempts: 2, Observe: func(_ context.Context, o event.Observation) { seen = append(seen, o) },
	}, func(_ context.Context, e event.Event) error {
		if e.Tenant == other {
			return errBroken
		}
		return nil
	})
	status := func() event.Status {
		all, err := r.Status(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 1)
		return all[0]
	}
	require.Equal(t, event.Status{Subscription: "s", Backlog: map[string]event.Backlog{"order": {Lanes: 2, Events: 5}}}, status())
	step(t, r, true)
	require.Equal(t, event.Status{
		Subscription: "s", Backlog: map[string]event.Backlog{"order": {Lanes: 1, Events: 2}}, Delivered: 3, Failed: 1,
	}, status())
	step(t, r, true)
	require.Equal(t, int64(1), status().Dead)
	require.Len(t, seen, 6)
	for i := range seen {
		require.GreaterOrEqual(t, seen[i].Duration, time.Duration(0))
		seen[i].Duration, seen[i].Delay = 0, 0
	}
	require.Contains(t, seen, event.Observation{
		Subscription: "s", Service: "order", Tenant: other, Event: m.events[other][0].ID, Type: m.events[other][0].Type,
		Attempt: 2, Err: errBroken,
	})
}
