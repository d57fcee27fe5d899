package platforma

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Events is what happened: to subscribe to, and to look at. It is safe for
// concurrent use.
type Events struct {
	store event.Store
	relay *event.Relay
	gate  *tenant.Gate
}

func eventPermissions() []tenant.Permission {
	return []tenant.Permission{"event.list", "event.get", "event.dead_letters", "event.redeliver", "event.discard", "event.replay"}
}

// EventQuery filters a list of events. The zero value is all of the tenant's.
type EventQuery struct {
	page.Request
	// Service is the service whose events are wanted; empty is all, at the price
	// of a question to each.
	Service string `json:"service,omitempty"`
}

// Subscribe has events handed to a handler while [Platform.Run] or
// [Platform.Settle] works. Subscribe before either.
func (s *Events) Subscribe(subscription event.Subscription) error {
	return s.relay.Subscribe(subscription)
}

// List reads a page of the tenant's events, by their ids: in the order of time.
func (s *Events) List(ctx context.Context, q EventQuery) (p page.Page[event.Event], err error) {
	access, err := s.gate.Read(ctx, "event.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, "event", "")
	asked := services()
	if q.Service != "" {
		var f fault.Fields
		check.OneOf(&f, "service", q.Service, asked...)
		if err := f.Err("", "", ""); err != nil {
			return p, err
		}
		asked = []string{q.Service}
	}
	return page.List(ctx, q.Request, page.Of("event", access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]event.Event, error) { return s.merged(ctx, asked, w) },
		func(e event.Event) string { return string(e.ID) })
}

// merged reads a window of several services' events.
func (s *Events) merged(ctx context.Context, asked []string, w page.Window) ([]event.Event, error) {
	var all []event.Event
	for _, service := range asked {
		some, err := s.store.List(ctx, service, w)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b event.Event) int {
		if w.Newest {
			a, b = b, a
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return all[:min(len(all), w.Limit)], nil
}

// All iterates over all events of a query.
func (s *Events) All(ctx context.Context, q EventQuery) iter.Seq2[event.Event, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[event.Event], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}

// Get reads an event of a service: that of a dead letter, for example.
func (s *Events) Get(ctx context.Context, service string, id event.ID) (e event.Event, err error) {
	access, err := s.gate.Read(ctx, "event.get")
	if err != nil {
		return e, err
	}
	defer access.End(&err, "event", string(id))
	var f fault.Fields
	check.OneOf(&f, "service", service, services()...)
	if _, err := event.ParseID(string(id)); err != nil {
		f.Add("id", "must be an event's id")
	}
	if err := f.Err("", "", ""); err != nil {
		return e, err
	}
	return s.store.Get(ctx, service, id)
}

// DeadLetters reads a page of the tenant's events that a subscription could
// not handle.
func (s *Events) DeadLetters(ctx context.Context, r page.Request) (p page.Page[event.DeadLetter], err error) {
	access, err := s.gate.Read(ctx, "event.dead_letters")
	if err != nil {
		return p, err
	}
	defer access.End(&err, "dead letter", "")
	return page.List(ctx, r, page.Of("dead letter", access.Scope.Tenant, r), s.store.DeadLetters,
		event.DeadLetter.Key)
}

// Redeliver hands a dead letter's event to its subscription once more, now, and
// discards the letter if that succeeds; else it returns the handler's error.
func (s *Events) Redeliver(ctx context.Context, d event.DeadLetter) (err error) {
	access, err := s.gate.Write(ctx, "event.redeliver")
	if err != nil {
		return err
	}
	defer access.End(&err, "dead letter", string(d.Event))
	return s.relay.Redeliver(scope.System(ctx, access.Scope.Tenant), d)
}

// Discard removes a dead letter for good.
func (s *Events) Discard(ctx context.Context, d event.DeadLetter) (err error) {
	access, err := s.gate.Write(ctx, "event.discard")
	if err != nil {
		return err
	}
	defer access.End(&err, "dead letter", string(d.Event))
	return s.relay.Discard(ctx, d)
}
