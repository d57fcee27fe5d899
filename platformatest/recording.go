package platformatest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/tenant"
)

// Recording is what a tenant has emitted since it began. It reads the outboxes,
// so an event is in it from its commit on, whether or not it was delivered to
// anybody. It is not safe for concurrent use.
type Recording struct {
	// Patience is how long Wait waits, of real time; Record sets ten seconds.
	Patience time.Duration

	t      testing.TB
	p      *platforma.Platform
	tenant tenant.ID
	past   map[event.ID]bool
}

// Record begins a recording of a tenant's events, with those that are yet to
// come.
func Record(t testing.TB, p *platforma.Platform, of tenant.ID) *Recording {
	t.Helper()
	r := &Recording{Patience: 10 * time.Second, t: t, p: p, tenant: of, past: map[event.ID]bool{}}
	r.forget(r.Events())
	return r
}

// Events are those recorded that no Require has asked for yet, in the order of
// time.
func (r *Recording) Events() []event.Event {
	r.t.Helper()
	var events []event.Event
	for e, err := range r.p.Events.All(tenant.NewContext(r.t.Context(), r.tenant), platforma.EventQuery{}) {
		if err != nil {
			r.t.Fatalf("reading the events: %v", err)
		}
		// By their ids and not from a place on: a commit that took longer has
		// older ones.
		if !r.past[e.ID] {
			events = append(events, e)
		}
	}
	return events
}

func (r *Recording) forget(events []event.Event) {
	for _, e := range events {
		r.past[e.ID] = true
	}
}

// Require requires that just these types were emitted since the last Require,
// in this order, none if none is named, and returns the events.
func (r *Recording) Require(types ...string) []event.Event {
	r.t.Helper()
	events := r.Events()
	if got := typesOf(events); !slices.Equal(got, types) {
		r.t.Fatalf("the events are\n  %s\nand not\n  %s", strings.Join(got, "\n  "), strings.Join(types, "\n  "))
	}
	r.forget(events)
	return events
}

// Wait waits until an event of a type was emitted, of a subject if one is
// named, and returns the first that no Require has asked for yet. Somebody has
// to do the background's work meanwhile: see [Run].
func (r *Recording) Wait(eventType, subject string) event.Event {
	r.t.Helper()
	limit := time.NewTimer(r.Patience)
	defer limit.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		events := r.Events()
		at := slices.IndexFunc(events, func(e event.Event) bool {
			return e.Type == eventType && (subject == "" || e.Subject == subject)
		})
		if at >= 0 {
			return events[at]
		}
		select {
		case <-look.C:
		case <-limit.C:
			r.t.Fatalf("in %v there was no %s %s; there were\n  %s", r.Patience, eventType, subject, strings.Join(typesOf(events), "\n  "))
		}
	}
}

func typesOf(events []event.Event) (types []string) {
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}

// Entity is what an event's entity was after the change: an [order.Order] of an
// order's event, for example.
func Entity[T any](t testing.TB, e event.Event) (entity T) {
	t.Helper()
	if err := json.Unmarshal(e.Data, &entity); err != nil {
		t.Fatalf("the entity of %s %s: %v", e.Type, e.Subject, err)
	}
	return entity
}
