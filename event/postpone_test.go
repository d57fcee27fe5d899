package event_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

func TestWhatIsPostponedIsTriedForAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.add(acme, 3)
	var l log
	var asked, observed []int
	answer := event.Postpone(errBroken)
	r := relay(t, m, event.RelayOptions{
		Clock: d.Now, Attempts: 3,
		Backoff: func(tries int) time.Duration {
			asked = append(asked, tries)
			return time.Duration(tries) * time.Minute
		},
		Observe: func(_ context.Context, o event.Observation) { observed = append(observed, o.Attempt) },
	}, func(_ context.Context, e event.Event) error {
		l.note(e)
		return answer
	})
	for tries := range 20 {
		require.Equal(t, 0, step(t, r, false))
		want := event.Progress{Failing: []event.Failing{{
			Position: 1, Postponed: tries + 1, Retry: d.Now().Add(time.Duration(tries+1) * time.Minute),
		}}}
		require.Equal(t, lane{position: 0, progress: want}, m.at(acme))
		require.Equal(t, 0, step(t, r, false), "it waits for its time")
		d.turn(time.Duration(tries+1) * time.Minute)
	}
	require.Equal(t, upTo(20), int64s(asked), "the backoff grows")
	require.Equal(t, upTo(20), int64s(observed))
	require.Empty(t, m.dead)
	for _, position := range l.of(acme) {
		require.Equal(t, int64(1), position, "nothing overtakes it")
	}
	answer = nil
	require.Equal(t, 3, step(t, r, false))
	require.Equal(t, lane{position: 3}, m.at(acme))
}

func TestWhatIsPostponedDoesNotCount(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.add(acme, 1)
	answers := []error{
		errBroken, event.Postpone(errBroken), event.Postpone(errBroken), event.Postpone(errBroken), errBroken,
		fmt.Errorf("wrapped: %w", event.Postpone(errBroken)), errBroken,
	}
	r := relay(t, m, event.RelayOptions{Clock: d.Now, Attempts: 3}, func(context.Context, event.Event) error {
		answer := answers[0]
		answers = answers[1:]
		return answer
	})
	for range 6 {
		require.Equal(t, 0, step(t, r, true))
		require.Empty(t, m.dead)
	}
	require.Equal(t, 1, step(t, r, true))
	require.Equal(t, []event.DeadLetter{{
		Subscription: "s", Service: "order", Tenant: acme, Event: m.events[acme][0].ID, Attempts: 3, Failure: "broken", At: d.Now(),
	}}, m.dead)
}

func TestAPublisherThatIsTooSlowMayPostpone(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.add(acme, 1)
	r := relay(t, m, event.RelayOptions{Attempts: 1, Timeout: time.Millisecond}, func(ctx context.Context, _ event.Event) error {
		<-ctx.Done()
		return event.Postpone(ctx.Err())
	})
	require.Equal(t, 0, step(t, r, true))
	require.Empty(t, m.dead)
	require.Equal(t, 1, m.at(acme).progress.Failing[0].Postponed)
}

func TestPostponeKeepsTheError(t *testing.T) {
	t.Parallel()
	require.NoError(t, event.Postpone(nil))
	require.False(t, event.Postponed(nil))
	require.False(t, event.Postponed(errBroken))
	err := event.Postpone(errBroken)
	require.ErrorIs(t, err, errBroken)
	require.EqualError(t, err, "broken")
	require.True(t, event.Postponed(errors.Join(errBroken, err)))
}

func int64s(all []int) (wide []int64) {
	for _, n := range all {
		wide = append(wide, int64(n))
	}
	return wide
}

func TestFewerAttemptsThanThereWereDoNotEndWhatIsPostponed(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.add(acme, 1)
	answer := errBroken
	handle := func(context.Context, event.Event) error { return answer }
	require.Equal(t, 0, step(t, relay(t, m, event.RelayOptions{Attempts: 3}, handle), true))
	answer = event.Postpone(errBroken)
	r := relay(t, m, event.RelayOptions{Attempts: 1}, handle) // the host's next process
	require.Equal(t, 0, step(t, r, true))
	require.Empty(t, m.dead)
	answer = errBroken
	require.Equal(t, 1, step(t, r, true))
	require.Len(t, m.dead, 1)
}
