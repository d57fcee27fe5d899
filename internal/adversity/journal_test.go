package adversity_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
)

// journal is what a handler was given, in order. It is safe for concurrent use.
type journal struct {
	mu    sync.Mutex
	first map[string][]event.ID // of a subject, as they came first
	times map[event.ID]int
}

// note notes an event, and says whether it came for the first time.
func (j *journal) note(e event.Event) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.first == nil {
		j.first, j.times = map[string][]event.ID{}, map[event.ID]int{}
	}
	j.times[e.ID]++
	if j.times[e.ID] > 1 {
		return false
	}
	j.first[e.Subject] = append(j.first[e.Subject], e.ID)
	return true
}

// stored is an event that was committed.
type stored struct {
	Subject string
	ID      event.ID
}

// compare says that each event of those that were committed came, and no other,
// and those of a subject in order.
func (j *journal) compare(t testing.TB, all []stored) {
	t.Helper()
	want := map[string][]event.ID{}
	for _, s := range all {
		want[s.Subject] = append(want[s.Subject], s.ID)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	require.Equal(t, want, j.first)
}

// of are the events of a subject.
func (j *journal) of(subject string) (all []stored) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range j.first[subject] {
		all = append(all, stored{subject, id})
	}
	return all
}

// again is how often an event came another time.
func (j *journal) again() (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, times := range j.times {
		n += times - 1
	}
	return n
}

// events is how many events came.
func (j *journal) events() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.times)
}
