package memory

import (
	"context"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

// step is a change under way in a tenant, and how to take it back.
type step struct {
	tenant tenant.ID
	undo   []func()
}

// put sets a key of a map, until the step is taken back.
func put[K comparable, V any](s *step, m map[K]V, k K, v V) {
	before, was := m[k]
	s.undo = append(s.undo, func() {
		if delete(m, k); was {
			m[k] = before
		}
	})
	m[k] = v
}

// drop removes a key of a map, until the step is taken back.
func drop[K comparable, V any](s *step, m map[K]V, k K) {
	if before, was := m[k]; was {
		s.undo = append(s.undo, func() { m[k] = before })
		delete(m, k)
	}
}

// service is what the stores of all services have.
type service struct {
	*database
	name string
}

// write makes a change together with its commit, or nothing of it.
func (s service) write(ctx context.Context, c event.Commit, change func(*step) error) error {
	_, err := within(ctx, s.database, func(of tenant.ID) (struct{}, error) {
		made := &step{tenant: of}
		err := s.commit(made, c, change)
		if err != nil {
			for _, undo := range slices.Backward(made.undo) {
				undo()
			}
		}
		return struct{}{}, err
	})
	if err == nil && len(c.Events) > 0 {
		select {
		case s.committed <- struct{}{}:
		default: // a signal that is waiting already is enough
		}
	}
	return err
}

// commit refuses a repeat before anything else.
func (s service) commit(made *step, c event.Commit, change func(*step) error) error {
	if c.Delivery != nil {
		k := key{string(made.tenant), s.name, c.Delivery.Subscription, c.Delivery.Event}
		if s.deliveries[k] {
			return &fault.Error{Kind: fault.ErrExists, Err: event.ErrDelivered}
		}
		put(made, s.deliveries, k, true)
	}
	if err := s.keep(made, made.tenant, c.Receipt); err != nil {
		return err
	}
	if err := change(made); err != nil {
		return err
	}
	outbox := key{string(made.tenant), s.name}
	for _, e := range c.Events {
		put(made, s.heads, outbox, s.heads[outbox]+1)
		e.Service, e.Tenant, e.Position = s.name, made.tenant, s.heads[outbox]
		put(made, s.outbox, outbox, append(s.outbox[outbox], copied(e)))
	}
	return nil
}

// keep stores the receipt of a command, if it has one.
func (s service) keep(made *step, of tenant.ID, r *event.Receipt) error {
	if r == nil {
		return nil
	}
	k := key{string(of), s.name, r.Operation, r.Key}
	if _, there := s.receipts[k]; there {
		return &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
	}
	put(made, s.receipts, k, *r)
	return nil
}

func (s service) Receipt(ctx context.Context, operation, name string) (event.Receipt, error) {
	return within(ctx, s.database, func(of tenant.ID) (event.Receipt, error) {
		return look("receipt", s.receipts, key{string(of), s.name, operation, name})
	})
}
