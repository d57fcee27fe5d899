package model

import (
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
)

// mortal is a driver whose process can die between two steps of its work in the
// background: from the death on nothing more is stored. What the dead process
// had leased, the harness gives back at once, as time would.
//
// It also hides from the relay what was committed since its step began. SQLite
// gives an event its position at once, PostgreSQL when the relay stamps it: so
// both see the same events at the same time.
type mortal struct {
	storage.Driver
	// budget is how many more commits are stored; negative is no bound.
	budget int
	dead   bool
	// asked counts the commits of one command: what never ends is an answer too.
	asked int

	fresh  map[string]map[event.ID]bool
	lanes  []event.Lane
	claims []resource.Claim
}

var (
	errDead    = fault.New(fault.ErrUnavailable, "the process is dead")
	errEndless = fault.New(fault.ErrUnavailable, "the work does not end")
)

// endless is how many commits no command needs, nor the work of one sequence.
const endless = 3_000

// commit says whether a commit is stored still.
func (m *mortal) commit() error {
	if m.budget == 0 {
		m.dead = true
	}
	if m.dead {
		return errDead
	}
	m.budget--
	if m.asked++; m.asked > endless {
		return errEndless
	}
	return nil
}

func (m *mortal) alive() error {
	if m.dead {
		return errDead
	}
	return nil
}

// committed notes events that the relay is not to see before its next step.
func (m *mortal) committed(c event.Commit, err error) error {
	if err == nil {
		for _, e := range c.Events {
			if m.fresh[e.Service] == nil {
				m.fresh[e.Service] = map[event.ID]bool{}
			}
			m.fresh[e.Service][e.ID] = true
		}
	}
	return err
}

// bury gives back what the dead process had leased.
func (m *mortal) bury(ctx context.Context) error {
	ctx = scope.Operator(ctx)
	for _, l := range m.lanes {
		if err := m.Driver.Events().Move(ctx, l, event.Movement{Position: l.Position, Progress: l.Progress, Seen: l.Position}); err != nil {
			return err
		}
	}
	for _, c := range m.claims {
		if err := m.Driver.Resources().Release(ctx, c, 0); err != nil {
			return err
		}
	}
	return nil
}

// raced is the key of what somebody else does between the reading and the first
// saving of an entity.
type raced struct{}

// race lets somebody else be faster, once, where a command asks for that.
func race(ctx context.Context) {
	if other, ok := ctx.Value(raced{}).(func()); ok {
		other()
	}
}

func (m *mortal) Customers() customer.Store { return racedCustomers{m.Driver.Customers()} }
func (m *mortal) Orders() order.Store       { return mortalOrders{m.Driver.Orders(), m} }
func (m *mortal) Resources() resource.Store { return mortalResources{m.Driver.Resources(), m} }
func (m *mortal) Events() event.Store       { return mortalEvents{m.Driver.Events(), m} }

type racedCustomers struct{ customer.Store }

func (s racedCustomers) Save(ctx context.Context, c customer.Customer, commit event.Commit) error {
	race(ctx)
	return s.Store.Save(ctx, c, commit)
}

// Close leaves the database to the next process.
func (m *mortal) Close() error { return nil }

type mortalOrders struct {
	order.Store
	m *mortal
}

func (s mortalOrders) Save(ctx context.Context, o order.Order, c event.Commit) error {
	race(ctx)
	if err := s.m.commit(); err != nil {
		return err
	}
	return s.m.committed(c, s.Store.Save(ctx, o, c))
}

func (s mortalOrders) SaveMany(ctx context.Context, orders []order.Saved, c event.Commit) error {
	if err := s.m.commit(); err != nil {
		return err
	}
	return s.m.committed(c, s.Store.SaveMany(ctx, orders, c))
}

type mortalResources struct {
	resource.Store
	m *mortal
}

func (s mortalResources) Write(ctx context.Context, changes resource.Changes, c event.Commit) error {
	if err := s.m.commit(); err != nil {
		return err
	}
	return s.m.committed(c, s.Store.Write(ctx, changes, c))
}

func (s mortalResources) Claim(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
	if err := s.m.alive(); err != nil {
		return nil, err
	}
	claims, err := s.Store.Claim(ctx, r)
	s.m.claims = append(s.m.claims, claims...)
	return claims, err
}

func (s mortalResources) Release(ctx context.Context, c resource.Claim, hidden time.Duration) error {
	if err := s.m.alive(); err != nil {
		return err
	}
	s.m.claims = nil // there is one worker
	return s.Store.Release(ctx, c, hidden)
}

type mortalEvents struct {
	event.Store
	m *mortal
}

func (s mortalEvents) Stamp(ctx context.Context, of event.Stamping) (int, error) {
	if err := s.m.alive(); err != nil {
		return 0, err
	}
	delete(s.m.fresh, of.Service)
	return s.Store.Stamp(ctx, of)
}

func (s mortalEvents) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	if err := s.m.alive(); err != nil {
		return nil, err
	}
	lanes, err := s.Store.Claim(ctx, c)
	s.m.lanes = append(s.m.lanes, lanes...)
	return lanes, err
}

func (s mortalEvents) Read(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
	if err := s.m.alive(); err != nil {
		return nil, err
	}
	events, err := s.Store.Read(ctx, lane, after, limit)
	for i, e := range events {
		if s.m.fresh[lane.Service][e.ID] {
			return events[:i], err
		}
	}
	return events, err
}

func (s mortalEvents) Move(ctx context.Context, lane event.Lane, to event.Movement) error {
	if err := s.m.alive(); err != nil {
		return err
	}
	err := s.Store.Move(ctx, lane, to)
	if err == nil {
		s.m.lanes = slices.DeleteFunc(s.m.lanes, func(l event.Lane) bool {
			return l.Subscription == lane.Subscription && l.Service == lane.Service && l.Tenant == lane.Tenant
		})
	}
	return err
}

func (s mortalEvents) Extend(ctx context.Context, lane event.Lane, lease time.Duration) error {
	if err := s.m.alive(); err != nil {
		return err
	}
	return s.Store.Extend(ctx, lane, lease)
}

func without[T comparable](all []T, one T) []T {
	var rest []T
	for _, v := range all {
		if v != one {
			rest = append(rest, v)
		}
	}
	return rest
}
