package memory

import (
	"context"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

type events struct {
	*database
	lanes map[key]lane // of a tenant, service and subscription
	known map[key]bool // services and subscriptions
	dead  *table[string, event.DeadLetter]
}

func newEvents(d *database) events {
	return events{d, map[key]lane{}, map[key]bool{}, newTable[string](service{d, "event"}, kind[event.DeadLetter]{
		entity: "dead letter", id: func(l *event.DeadLetter) (*tenant.ID, string, int64) { return &l.Tenant, l.Key(), 1 },
	})}
}

// byID are the events of a tenant and service.
func (s events) byID(of tenant.ID, service string) map[string]event.Event {
	rows := map[string]event.Event{}
	for _, e := range s.outbox[key{string(of), service}] {
		rows[string(e.ID)] = e
	}
	return rows
}

func (s events) List(ctx context.Context, service string, w page.Window) ([]event.Event, error) {
	return within(ctx, s.database, func(of tenant.ID) ([]event.Event, error) { return window(w, s.byID(of, service), every), nil })
}

func (s events) Get(ctx context.Context, service string, id event.ID) (event.Event, error) {
	return within(ctx, s.database, func(of tenant.ID) (event.Event, error) {
		return look("event", s.byID(of, service), string(id))
	})
}

func (s events) DeadLetters(ctx context.Context, w page.Window) ([]event.DeadLetter, error) {
	return s.dead.list(ctx, w, every)
}

func (s events) Discard(ctx context.Context, letter event.DeadLetter) error {
	_, err := within(ctx, s.database, func(of tenant.ID) (struct{}, error) {
		_, err := look("dead letter", s.dead.rows[of], letter.Key())
		delete(s.dead.rows[of], letter.Key())
		return struct{}{}, err
	})
	return err
}

func (s events) Committed() <-chan struct{} { return s.committed }

func (s events) Trim(ctx context.Context, t event.Trimming) (event.Trimmed, error) {
	return across(ctx, s.database, func() (trimmed event.Trimmed, _ error) {
		of := s.tenantsAfter(t)
		if len(of) >= t.Tenants {
			of = of[:t.Tenants]
			trimmed.Next = tenant.ID(of[len(of)-1])
		}
		for k, all := range s.outbox {
			if k[1] == t.Service && slices.Contains(of, k[0]) {
				left := slices.DeleteFunc(slices.Clone(all), func(e event.Event) bool { return e.Time.Before(t.Before) && s.done(e) })
				trimmed.Events += int64(len(all) - len(left))
				s.outbox[k] = left
			}
		}
		for k := range s.deliveries {
			if k[1] == t.Service && slices.Contains(of, k[0]) && !s.there(k[0], event.ID(k[3])) {
				delete(s.deliveries, k)
				trimmed.Receipts++
			}
		}
		return trimmed, nil
	})
}

// tenantsAfter are those with events of a service that are still to be trimmed.
func (s events) tenantsAfter(t event.Trimming) (of []string) {
	for k := range s.heads {
		if k[1] == t.Service && k[0] > string(t.After) {
			of = append(of, k[0])
		}
	}
	slices.Sort(of)
	return of
}

// done says that no subscription needs an event any more.
func (s events) done(e event.Event) bool {
	for k, l := range s.lanes {
		letter := event.DeadLetter{Event: e.ID, Subscription: k[2]}
		_, dead := s.dead.rows[e.Tenant][letter.Key()]
		if k[0] == string(e.Tenant) && (dead || k[1] == e.Service && l.position < e.Position) {
			return false
		}
	}
	return true
}

// there says whether a tenant has an event, of whichever service.
func (s events) there(of string, id event.ID) bool {
	for k, all := range s.outbox {
		if k[0] == of && slices.ContainsFunc(all, func(e event.Event) bool { return e.ID == id }) {
			return true
		}
	}
	return false
}
