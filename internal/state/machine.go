// Package state holds state machines as tables. From one table come the guard
// of a transition, its tests, the database's constraint and the diagram in the
// documentation.
package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma/fault"
)

// Transition is a row of the table: in any of the states From, the event leads
// to the state To.
type Transition[S ~string] struct {
	Event string
	From  []S
	To    S
}

// Machine is the table of one entity's states.
type Machine[S ~string] struct {
	// Entity is whose states they are.
	Entity string
	// Initial is the state that it is created in.
	Initial S
	// States are all there are, in the order of a life.
	States []S
	// Transitions is the table: at most one row for a state and an event.
	Transitions []Transition[S]
}

// Next returns where an event leads from a state. An event that is not
// possible is [fault.ErrState], and the message says what is.
func (m Machine[S]) Next(from S, event string) (S, error) {
	var to S
	for _, t := range m.Transitions {
		if t.Event != event {
			continue
		}
		if slices.Contains(t.From, from) {
			return t.To, nil
		}
		to = t.To
	}
	possible := "nothing more is"
	if events := m.Possible(from); len(events) > 0 {
		possible = strings.Join(events, ", ") + " is"
	}
	return from, &fault.Error{
		Entity: m.Entity, Kind: fault.ErrState,
		Err: fmt.Errorf("%s is not possible from %s to %s: %s possible", event, from, to, possible),
	}
}

// Possible returns the events that lead on from a state, in the table's order.
func (m Machine[S]) Possible(from S) []string {
	var events []string
	for _, t := range m.Transitions {
		if slices.Contains(t.From, from) && !slices.Contains(events, t.Event) {
			events = append(events, t.Event)
		}
	}
	return events
}

// Events returns every event of the table once, in its order.
func (m Machine[S]) Events() []string {
	var events []string
	for _, t := range m.Transitions {
		if !slices.Contains(events, t.Event) {
			events = append(events, t.Event)
		}
	}
	return events
}

// Mermaid draws the table as a state diagram.
func (m Machine[S]) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", m.Initial)
	for _, t := range m.Transitions {
		for _, from := range t.From {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, t.To, t.Event)
		}
	}
	for _, s := range m.States {
		if len(m.Possible(s)) == 0 {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}
