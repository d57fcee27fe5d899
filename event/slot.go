package event

import (
	"sync"
	"time"
)

// slowLanes is how many lanes for each place may have given it away.
const slowLanes = 64

// slots bound how many lanes are worked on at once. A lane whose handler is slow
// works on without its place, so that slow tenants do not keep others waiting
// while there are not very many of them.
type slots struct {
	places, slow chan struct{}
	patience     time.Duration
}

func newSlots(lanes int, patience time.Duration) *slots {
	return &slots{places: make(chan struct{}, lanes), slow: make(chan struct{}, lanes*slowLanes), patience: patience}
}

// take takes a place.
func (s *slots) take() *slot {
	s.places <- struct{}{}
	return &slot{of: s, holds: s.places}
}

// slot is a lane's place among those that are worked on.
type slot struct {
	of *slots

	mu    sync.Mutex
	holds chan struct{}
}

// lend gives the place to another lane, for good.
func (s *slot) lend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holds != s.of.places {
		return
	}
	select {
	case s.of.slow <- struct{}{}:
		<-s.of.places
		s.holds = s.of.slow
	default: // too many are slow: this one's place stays its own
	}
}

// leave gives the place back.
func (s *slot) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holds != nil {
		<-s.holds
		s.holds = nil
	}
}
