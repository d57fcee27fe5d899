package event

import (
	"math"
	"slices"
	"sync"
	"time"
)

// How many events after its position a lane works on at most. There are fewer
// where aggregates may overtake each other: what did is kept with the lane.
const (
	windowLength     = 500
	overtakingLength = 100
)

// lengthOf is how long a lane's window is.
func lengthOf(together bool) int {
	if together {
		return overtakingLength
	}
	return windowLength
}

// window is the part of a lane that is worked on: the events after its
// position, and what came of each. Its methods are safe for concurrent use,
// except those that begin and end it.
type window struct {
	lane   Lane
	events []Event

	mu      sync.Mutex
	done    map[int64]bool
	failing map[int64]Failing
	dead    []DeadLetter
	// begun counts the events that were done with here.
	begun int
}

func newWindow(lane Lane, events []Event) *window {
	w := &window{
		lane: lane, events: events, done: map[int64]bool{}, failing: map[int64]Failing{},
	}
	for _, position := range lane.Progress.Done {
		w.done[position] = true
	}
	for _, f := range lane.Progress.Failing {
		w.failing[f.Position] = f
	}
	return w
}

// queues are the events to handle now, in order within each queue: the queues
// of different aggregates may be handled at once. Without together there is one
// queue for all, in which one that failed holds up those after it.
func (w *window) queues(together bool, due time.Time) (queues [][]Event) {
	places, held := map[string]int{}, map[string]bool{}
	for _, e := range w.events {
		name := e.Subject
		if !together {
			name = ""
		}
		if w.done[e.Position] || held[name] {
			continue
		}
		if f, failed := w.failing[e.Position]; failed && !due.IsZero() && f.Retry.After(due) {
			held[name] = true
			continue
		}
		place, known := places[name]
		if !known {
			place = len(queues)
			places[name] = place
			queues = append(queues, nil)
		}
		queues[place] = append(queues[place], e)
	}
	return queues
}

// handled notes that an event is done with.
func (w *window) handled(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end(e)
}

func (w *window) end(e Event) {
	w.done[e.Position] = true
	delete(w.failing, e.Position)
	w.begun++
}

// failed notes that an event is to be tried again, and how often it was tried.
func (w *window) failed(f Failing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing[f.Position] = f
}

// givenUp notes that an event is put aside.
func (w *window) givenUp(e Event, d DeadLetter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = append(w.dead, d)
	w.end(e)
}

// before is how often an event was tried before.
func (w *window) before(e Event) Failing {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.failing[e.Position]
	f.Position = e.Position
	return f
}

// movement is how far the lane has come when the work on it has ended.
func (w *window) movement(together bool, careful int64, now time.Time) Movement {
	m := Movement{Position: w.lane.Position, At: now, Due: now, Dead: w.dead}
	rest := w.events
	// Positions are without a gap, but for what was deleted.
	for len(rest) > 0 && w.done[rest[0].Position] {
		m.Position, rest = rest[0].Position, rest[1:]
	}
	for _, e := range rest {
		if w.done[e.Position] {
			m.Progress.Done = append(m.Progress.Done, e.Position)
		}
	}
	for _, f := range w.failing {
		m.Progress.Failing = append(m.Progress.Failing, f)
	}
	slices.SortFunc(m.Progress.Failing, func(a, b Failing) int { return int(a.Position - b.Position) })
	if careful > m.Position {
		m.Progress.Careful = careful
	}
	m.Seen = m.Position
	if len(w.queues(together, now)) > 0 || len(w.failing) == 0 {
		return m // what is left can go on at once
	}
	// All that is left waits for a time, and only events that were not seen yet,
	// and that the next window shows, can be handled before it.
	m.Seen = math.MaxInt64
	if together && len(rest) < overtakingLength {
		m.Seen = rest[len(rest)-1].Position
	}
	m.Due = m.Progress.Failing[0].Retry
	for _, f := range m.Progress.Failing {
		if f.Retry.Before(m.Due) {
			m.Due = f.Retry
		}
	}
	return m
}
