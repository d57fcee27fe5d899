package event_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/event"
)

// together is a relay whose subscription handles some aggregates at once.
func together(t testing.TB, m *memory, o event.RelayOptions, concurrency int, handle event.Handler) *event.Relay {
	t.Helper()
	r := event.NewRelay(m, []string{"order"}, &o)
	require.NoError(t, r.Subscribe(event.Subscription{Name: "s", Concurrency: concurrency, Handle: handle}))
	return r
}

// subjects gives a tenant's events the subjects named by the letters of a word.
func (m *memory) subjects(word string) {
	m.add(acme, len(word))
	for i := range word {
		m.events[acme][i].Subject = word[i : i+1]
	}
}

// journal is what was handled of each subject, in order.
type journal struct {
	mu    sync.Mutex
	tried map[string][]int64
}

func (j *journal) note(e event.Event) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.tried == nil {
		j.tried = map[string][]int64{}
	}
	j.tried[e.Subject] = append(j.tried[e.Subject], e.Position)
	return len(j.tried[e.Subject])
}

func TestDifferentAggregatesAreHandledAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.subjects("aabbccdd")
		var j journal
		r := together(t, m, event.RelayOptions{}, 2, func(_ context.Context, e event.Event) error {
			<-time.After(100 * time.Millisecond) // the bubble's time
			j.note(e)
			return nil
		})
		begin := time.Now()
		require.Equal(t, 8, step(t, r, false))
		require.Equal(t, 400*time.Millisecond, time.Since(begin), "two at once")
		require.Equal(t, map[string][]int64{"a": {1, 2}, "b": {3, 4}, "c": {5, 6}, "d": {7, 8}}, j.tried)
		require.Equal(t, lane{position: 8}, m.at(acme))
	})
}

func TestOnlyTheSameAggregateWaitsForAFailure(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.subjects("abaab")
	var j journal
	broken := true
	r := together(t, m, event.RelayOptions{Clock: d.Now, Backoff: func(int) time.Duration { return time.Minute }}, 4,
		func(_ context.Context, e event.Event) error {
			if j.note(e); e.Position == 3 && broken {
				return errBroken
			}
			return nil
		})
	require.Equal(t, 3, step(t, r, false))
	progress := failing(3, 1, d.Now().Add(time.Minute))
	progress.Done = []int64{5}
	require.Equal(t, lane{position: 2, progress: progress}, m.at(acme))
	require.Equal(t, d.Now().Add(time.Minute), m.due(acme))
	require.Equal(t, 0, step(t, r, false))

	m.subjects("cabca") // five more: the first five's subjects are as they were
	m.events[acme][0].Subject, m.events[acme][1].Subject = "a", "b"
	for i, subject := range "abaabcabc" {
		m.events[acme][i].Subject = string(subject)
	}
	m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: acme}).due = d.Now() // what came wakes the lane
	require.Equal(t, 4, step(t, r, false), "what came meanwhile of others")
	require.Equal(t, map[string][]int64{"a": {1, 3}, "b": {2, 5, 8}, "c": {6, 9}, "": nil}, withEmpty(j.tried))
	broken = false
	d.turn(time.Minute)
	require.Equal(t, 3, step(t, r, false))
	require.Equal(t, []int64{1, 3, 3, 4, 7}, j.tried["a"])
	require.Equal(t, lane{position: 10}, m.at(acme))
}

// What cannot be read is neither lost nor forgotten to have failed.
func TestALaneThatCannotBeReadStaysAsItIs(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	m.subjects("abab")
	r := together(t, m, event.RelayOptions{Clock: d.Now, Backoff: func(int) time.Duration { return time.Minute }}, 2,
		func(_ context.Context, e event.Event) error {
			if e.Subject == "a" {
				return errBroken
			}
			return nil
		})
	require.Equal(t, 2, step(t, r, false))
	before := m.at(acme)
	require.Equal(t, []int64{2, 4}, before.progress.Done)
	require.Len(t, before.progress.Failing, 1)
	d.turn(time.Minute)
	m.fail["Read"] = errBroken
	_, err := r.Step(t.Context(), false)
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, before, m.at(acme))
}

func withEmpty(tried map[string][]int64) map[string][]int64 {
	all := map[string][]int64{"": nil}
	for subject, positions := range tried {
		if subject != "" {
			all[subject] = positions
		}
	}
	return all
}

// TestEachAggregateInItsOrder has handlers fail at random: the events of each
// subject are handled in order, each exactly once but for its failures, and all
// are done with in the end.
func TestEachAggregateInItsOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, d := newMemory(acme), newDial()
		count := rapid.IntRange(1, 250).Draw(t, "events")
		m.add(acme, count)
		left := map[int64]int{} // how often an event is still to fail
		for i := range m.events[acme] {
			m.events[acme][i].Subject = fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "subject"))
			if rapid.IntRange(0, 9).Draw(t, "fails") == 0 {
				left[int64(i+1)] = rapid.IntRange(1, 4).Draw(t, "times")
			}
		}
		dead := map[int64]bool{}
		for position, times := range left {
			dead[position] = times >= 3
		}
		var mu sync.Mutex
		handled, last := map[int64]int{}, map[string]int64{}
		o := event.RelayOptions{Clock: d.Now, Attempts: 3}
		r := event.NewRelay(m, []string{"order"}, &o)
		concurrency := rapid.IntRange(0, 5).Draw(t, "concurrency")
		require.NoError(t, r.Subscribe(event.Subscription{
			Name: "s", Concurrency: concurrency, Handle: func(_ context.Context, e event.Event) error {
				mu.Lock()
				defer mu.Unlock()
				require.LessOrEqual(t, last[e.Subject], e.Position, "an earlier one after a later one")
				last[e.Subject] = e.Position
				if left[e.Position] > 0 {
					left[e.Position]--
					return errBroken
				}
				handled[e.Position]++
				return nil
			},
		}))
		ctx := context.Background()
		for idle := false; !idle; {
			_, err := r.Step(ctx, rapid.Bool().Draw(t, "at once"))
			require.NoError(t, err)
			d.turn(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
			idle, err = r.Idle(ctx)
			require.NoError(t, err)
		}
		for position := int64(1); position <= int64(count); position++ {
			want := 1
			if dead[position] {
				want = 0
			}
			require.Equal(t, want, handled[position], "event %d", position)
		}
		lost := 0
		for _, is := range dead {
			if is {
				lost++
			}
		}
		require.Len(t, m.dead, lost)
		require.Equal(t, lane{position: int64(count)}, m.at(acme))
	})
}
