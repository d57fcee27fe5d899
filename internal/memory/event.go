package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

type events struct {
	*database
	lanes map[key]lane // of a tenant, service and subscription
	dead  *table[string, event.DeadLetter]
}

// lease is for how long something is one worker's, and how often it was leased.
type lease struct {
	until time.Time
	epoch int64
}

type lane struct {
	lease
	position int64
	attempts int
	retry    time.Time
}

func newEvents(d *database) events {
	return events{d, map[key]lane{}, newTable[string](service{d, "event"}, kind[event.DeadLetter]{
		entity: "dead letter", id: func(l *event.DeadLetter) (*tenant.ID, string, int64) { return &l.Tenant, l.Key(), 1 },
	})}
}

// Stamp has nothing to do: a write gives positions at once.
func (s events) Stamp(ctx context.Context, _ string, _ int) (int, error) {
	return across(ctx, s.database, func() (int, error) { return 0, nil })
}

func (s events) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	return across(ctx, s.database, func() (claimed []event.Lane, _ error) {
		now := s.now()
		waiting := slices.DeleteFunc(s.waiting(c.Subscription, c.Service), func(k key) bool {
			return s.lanes[k].until.After(now) || !c.Due.IsZero() && s.lanes[k].retry.After(c.Due)
		})
		// Since the end of its last lease a lane waits.
		slices.SortFunc(waiting, func(a, b key) int {
			x, y := s.lanes[a], s.lanes[b]
			return cmp.Or(x.until.Compare(y.until), cmp.Compare(x.epoch, y.epoch), cmp.Compare(a[0], b[0]))
		})
		for _, k := range waiting[:min(len(waiting), c.Limit)] {
			l := s.lanes[k]
			l.lease = lease{now.Add(c.Lease), l.epoch + 1}
			s.lanes[k] = l
			claimed = append(claimed, event.Lane{
				Subscription: c.Subscription, Service: c.Service, Tenant: tenant.ID(k[0]),
				Position: l.position, Attempts: l.attempts, Epoch: l.epoch,
			})
		}
		return claimed, nil
	})
}

// waiting are a subscription's lanes with events that were not delivered.
func (s events) waiting(subscription, service string) (lanes []key) {
	for k, all := range s.outbox {
		at := key{k[0], service, subscription}
		if k[1] == service && int64(len(all)) > s.lanes[at].position {
			lanes = append(lanes, at)
		}
	}
	return lanes
}

func (s events) Read(ctx context.Context, l event.Lane, after int64, limit int) ([]event.Event, error) {
	return across(ctx, s.database, func() ([]event.Event, error) {
		all := s.outbox[key{string(l.Tenant), l.Service}]
		rest := all[min(after, int64(len(all))):]
		return copied(rest[:min(limit, len(rest))]), nil
	})
}

// hold changes a lane for whom it is leased to.
func (s events) hold(ctx context.Context, of event.Lane, change func(*lane) error) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		k := key{string(of.Tenant), of.Service, of.Subscription}
		l, there := s.lanes[k]
		if !there || l.epoch != of.Epoch {
			return struct{}{}, &fault.Error{Entity: "lane", Kind: fault.ErrConflict}
		}
		err := change(&l)
		if err == nil {
			s.lanes[k] = l
		}
		return struct{}{}, err
	})
	return err
}

func (s events) Move(ctx context.Context, of event.Lane, m event.Movement) error {
	return s.hold(ctx, of, func(l *lane) error {
		l.position, l.attempts, l.retry, l.until = m.Position, m.Attempts, m.Retry, s.now()
		if m.Dead == nil {
			return nil
		}
		return s.dead.set(&step{tenant: of.Tenant}, of.Tenant, *m.Dead, isNew, nil)
	})
}

func (s events) Extend(ctx context.Context, of event.Lane, by time.Duration) error {
	return s.hold(ctx, of, func(l *lane) error {
		l.until = s.now().Add(by)
		return nil
	})
}

func (s events) Backlog(ctx context.Context, subscription, service string) (int64, error) {
	return across(ctx, s.database, func() (int64, error) { return int64(len(s.waiting(subscription, service))), nil })
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
