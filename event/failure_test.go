package event_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

var errBroken = errors.New("broken")

func TestAFailureIsTriedAgainLater(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.add(acme, 3)
	var l log
	var failures int
	var asked []int
	r := relay(t, m, event.RelayOptions{Clock: d.Now, Backoff: func(attempts int) time.Duration {
		asked = append(asked, attempts)
		return time.Duration(attempts) * time.Minute
	}}, func(_ context.Context, e event.Event) error {
		l.note(e)
		if e.Position == 2 && failures < 2 {
			failures++
			return errBroken
		}
		return nil
	})
	require.Equal(t, 1, step(t, r, false))
	require.Equal(t, lane{position: 1, progress: failing(2, 1, d.Now().Add(time.Minute))}, m.at(acme))
	d.turn(time.Minute - time.Microsecond)
	require.Equal(t, 0, step(t, r, false))
	require.Equal(t, []int64{1, 2}, l.of(acme), "nothing overtakes it, and it is not tried before its time")
	d.turn(time.Microsecond)
	require.Equal(t, 0, step(t, r, false))
	require.Equal(t, lane{position: 1, progress: failing(2, 2, d.Now().Add(2*time.Minute))}, m.at(acme))
	require.Equal(t, 2, step(t, r, true), "at once does not wait")
	require.Equal(t, []int64{1, 2, 2, 2, 3}, l.of(acme))
	require.Equal(t, lane{position: 3}, m.at(acme))
	require.Equal(t, []int{1, 2}, asked)
	require.Empty(t, m.dead)
}

func TestWhatFailsForGoodIsPutAside(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.add(acme, 5)
	var l log
	r := relay(t, m, event.RelayOptions{Clock: d.Now, Attempts: 3}, func(_ context.Context, e event.Event) error {
		l.note(e)
		if e.Position == 2 || e.Position == 3 {
			return errBroken
		}
		return nil
	})
	require.Equal(t, 1, step(t, r, true))
	require.Equal(t, 0, step(t, r, true))
	require.Empty(t, m.dead)
	require.Equal(t, 1, step(t, r, true), "a dead letter is done with")
	require.Equal(t, []event.DeadLetter{{
		Subscription: "s", Service: "order", Tenant: acme, Event: m.events[acme][1].ID, Attempts: 3, Failure: "broken", At: d.Now(),
	}}, m.dead)
	require.Equal(t, lane{position: 2, progress: failing(3, 1, m.due(acme))}, m.at(acme))
	require.Equal(t, 0, step(t, r, true))
	require.Equal(t, 3, step(t, r, true))
	require.Equal(t, lane{position: 5}, m.at(acme), "those after it go on")
	require.Equal(t, []int64{1, 2, 2, 2, 3, 3, 3, 4, 5}, l.of(acme))
	require.Len(t, m.dead, 2)
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	m.add(acme, 1)
	m.add(other, 1)
	r := relay(t, m, event.RelayOptions{Attempts: 1}, func(_ context.Context, e event.Event) error {
		if e.Tenant == acme {
			panic("at the disco")
		}
		return nil
	})
	require.Equal(t, 2, step(t, r, false))
	require.Len(t, m.dead, 1)
	require.Contains(t, m.dead[0].Failure, "at the disco")
}

func TestWhatWasHandledBeforeIsDone(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.add(acme, 3)
	r := relay(t, m, event.RelayOptions{}, func(context.Context, event.Event) error {
		return &fault.Error{Kind: fault.ErrExists, Err: event.ErrDelivered}
	})
	require.Equal(t, 3, step(t, r, false))
	require.Equal(t, lane{position: 3}, m.at(acme))
}

func TestOneTenantsFailureDelaysNoOther(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme, other), newDial()
	m.add(acme, 9)
	m.add(other, 9)
	var l log
	r := relay(t, m, event.RelayOptions{Clock: d.Now, Lanes: 1}, func(_ context.Context, e event.Event) error {
		l.note(e)
		if e.Tenant == acme {
			return errBroken
		}
		return nil
	})
	require.Equal(t, 9, step(t, r, false), "in the very step in which the other failed")
	require.Equal(t, []int64{1}, l.of(acme))
	require.Equal(t, upTo(9), l.of(other))
}

func TestALostLaneIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{nil, errBroken} {
		m := newMemory(acme)
		m.add(acme, 3)
		steal := func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: acme}).epoch++
		}
		r := relay(t, m, event.RelayOptions{Attempts: 1}, func(_ context.Context, e event.Event) error {
			if e.Position == 2 {
				steal()
			}
			return answer
		})
		if answer != nil {
			m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: acme}).position = 1
		}
		before := m.at(acme).position
		require.Equal(t, 0, step(t, r, false), "what was done counts where it is stored")
		require.Equal(t, lane{position: before, claims: 1, leased: true}, m.at(acme))
		require.Empty(t, m.dead)
	}
}

func TestTheLeaseIsProlongedWhileAHandlerWorks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 1)
		r := relay(t, m, event.RelayOptions{Lease: 3 * time.Second}, func(context.Context, event.Event) error {
			<-time.After(9500 * time.Millisecond) // the bubble's time, which does not pass outside
			return nil
		})
		require.Equal(t, 1, step(t, r, false))
		require.Equal(t, 9, m.calls["Extend"])
		require.Equal(t, lane{position: 1}, m.at(acme))
	})
}

func TestALaneThatIsLostStopsItsHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 2)
		m.extend = &fault.Error{Kind: fault.ErrConflict}
		var l log
		r := relay(t, m, event.RelayOptions{Lease: 3 * time.Second, Attempts: 1}, func(ctx context.Context, e event.Event) error {
			l.note(e)
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
				t.Error("the handler works on")
			}
			return ctx.Err()
		})
		require.Equal(t, 0, step(t, r, false))
		require.Equal(t, upTo(1), l.of(acme))
		require.Empty(t, m.dead, "it was not the handler's fault")
		require.Equal(t, lane{}, m.at(acme))
	})
}

// A lane that waits for its place until another process may have it is not
// served behind that one's back.
func TestALaneThatWaitedTooLongIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme, other)
		m.add(acme, 1)
		m.add(other, 1)
		var l log
		r := relay(t, m, event.RelayOptions{Lease: 600 * time.Millisecond, Lanes: 1}, func(_ context.Context, e event.Event) error {
			<-time.After(201 * time.Millisecond) // the bubble's time
			m.mu.Lock()
			defer m.mu.Unlock()
			m.extend = &fault.Error{Kind: fault.ErrConflict}
			l.note(e)
			return nil
		})
		require.Equal(t, 1, step(t, r, false))
		require.Len(t, append(l.of(acme), l.of(other)...), 1, "the lane that waited is another's by now")
	})
}

func TestAnExtensionThatFailedIsNoLoss(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 1)
		m.extend = fault.ErrUnavailable
		r := relay(t, m, event.RelayOptions{Lease: 3 * time.Second}, func(ctx context.Context, _ event.Event) error {
			<-time.After(10 * time.Second)
			return ctx.Err()
		})
		require.Equal(t, 1, step(t, r, false))
	})
}

func TestStepEndsWithItsContextAndWaits(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	m.add(acme, 3)
	m.add(other, 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running atomic.Int64
	r := relay(t, m, event.RelayOptions{Attempts: 1}, func(ctx context.Context, e event.Event) error {
		running.Add(1)
		defer running.Add(-1)
		if e.Tenant == other {
			<-ctx.Done()
			return ctx.Err()
		}
		if e.Position == 2 {
			cancel()
			return nil // what is finished counts
		}
		return nil
	})
	n, err := r.Step(ctx, false)
	require.Zero(t, running.Load(), "nothing runs on")
	if err != nil { // the other lane may not have been read any more
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, 2, n)
	require.Equal(t, lane{position: 2}, m.at(acme), "what was delivered is stored all the same")
	require.Equal(t, lane{}, m.at(other))
	require.Empty(t, m.dead)
}

func TestLogsHoldNoData(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.add(acme, 1)
	var text bytes.Buffer
	r := relay(t, m, event.RelayOptions{Logger: slog.New(slog.NewTextHandler(&text, nil))},
		func(context.Context, event.Event) error { return errBroken })
	step(t, r, false)
	require.Contains(t, text.String(), string(m.events[acme][0].ID))
	require.Contains(t, text.String(), "subscription=s")
	require.Contains(t, text.String(), "broken")
	require.NotContains(t, text.String(), "ada@example.com")
}
