package event_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

// die has the process that holds a lane of the subscription "s" die.
func (m *memory) die() {
	m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: acme}).leased = false
}

func TestAnEventThatNoProcessSurvivesIsPutAside(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.add(acme, 9)
	deaths := 0
	var handled []int64
	// The process dies at the sixth event: nothing of what it did is stored.
	for len(m.dead) == 0 {
		require.Less(t, deaths, 20)
		died := false
		r := relay(t, m, event.RelayOptions{Clock: d.Now, Attempts: 4}, func(_ context.Context, e event.Event) error {
			if e.Position == 6 {
				died = true
				m.fail["Move"] = errBroken
			} else {
				handled = append(handled, e.Position)
			}
			return nil
		})
		for !died && len(m.dead) == 0 {
			_, err := r.Step(t.Context(), true)
			require.True(t, err == nil || died)
		}
		if died {
			deaths++
			delete(m.fail, "Move")
			m.die()
		}
	}
	require.Equal(t, 5, deaths, "once among others, and then as often as any event is tried")
	require.Equal(t, m.events[acme][5].ID, m.dead[0].Event)
	require.Equal(t, 4, m.dead[0].Attempts)
	require.Contains(t, m.dead[0].Failure, "every process that handled it ended meanwhile")
	require.Equal(t, []int64{1, 2, 3, 4, 5, 7, 8, 9, 1, 2, 3, 4, 5}, handled[:13], "what of it is not stored comes again, one at a time")

	r := relay(t, m, event.RelayOptions{Clock: d.Now}, nothing)
	for range 9 {
		step(t, r, true)
	}
	require.Equal(t, int64(9), m.at(acme).position, "those after it go on")
	require.Equal(t, int64(505), m.at(acme).progress.Careful, "for a while, one at a time")
}

func TestAHandlerHasItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 1)
		r := event.NewRelay(m, []string{"order"}, &event.RelayOptions{Attempts: 1, Timeout: time.Hour})
		require.NoError(t, r.Subscribe(event.Subscription{
			Name: "s", Timeout: 3 * time.Second, Handle: func(ctx context.Context, _ event.Event) error {
				<-ctx.Done()
				return ctx.Err()
			},
		}))
		begin := time.Now()
		require.Equal(t, 1, step(t, r, false))
		require.Equal(t, 3*time.Second, time.Since(begin))
		require.Len(t, m.dead, 1)
		require.Contains(t, m.dead[0].Failure, "longer than its time of 3s")
	})
}

func TestWhatIsDoneInTheEndIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 1)
		r := relay(t, m, event.RelayOptions{Timeout: time.Second}, func(context.Context, event.Event) error {
			<-time.After(time.Minute) // it does not heed its context
			return nil
		})
		require.Equal(t, 1, step(t, r, false))
		require.Equal(t, lane{position: 1}, m.at(acme))
	})
}

func TestEventsThatWereDeletedAreNoHole(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	m.add(acme, 9)
	m.add(other, 3)
	kept := m.events[acme][2:3]
	m.events[acme] = append(kept, m.events[acme][5:]...)
	var l log
	r := relay(t, m, event.RelayOptions{}, func(_ context.Context, e event.Event) error {
		l.note(e)
		return nil
	})
	m.tenants = m.tenants[:1]
	m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: acme})
	require.Equal(t, 5, step(t, r, false))
	require.Equal(t, []int64{3, 6, 7, 8, 9}, l.of(acme))
	require.Equal(t, lane{position: 9}, m.at(acme))
}
