package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// LiveOf answers whether a customer may be deleted, as a customer.Guard: it is
// fault.ErrState while orders of the customer are processing. Pending ones do
// not count; [Service.CancelOf] cancels them.
func (s *Service) LiveOf(ctx context.Context, id customer.ID) error {
	return s.none(ctx, Query{Customer: id, Status: StatusProcessing}, nil, "orders of the customer are being processed: %d")
}

// RunningOn answers whether a product may be archived, as a catalog.Guard: it
// is fault.ErrState while orders of it are pending or processing.
func (s *Service) RunningOn(ctx context.Context, id catalog.ID) error {
	return s.none(ctx, Query{Product: id}, []page.Match{match(termOpen, string(id))}, "orders of the product are under way: %d")
}

// none is fault.ErrState unless no order is found. It leaves open where: the
// operation that is refused for it, a deletion or an archiving, says so.
func (s *Service) none(ctx context.Context, q Query, matches []page.Match, message string) error {
	if _, err := s.gate.Read(ctx, "order.list"); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	count, err := s.store.Count(ctx, q, matches)
	if err != nil || count == 0 {
		return err
	}
	return &fault.Error{Kind: fault.ErrState, Err: fmt.Errorf(message, count)}
}

const (
	// cancelPage bounds how many orders are cancelled in one step.
	cancelPage = 100
	// cancelRounds bounds how often a step is tried that others' changes undo.
	cancelRounds = 16
)

// CancelOf cancels the orders of a customer that was deleted, as far as they
// are pending or processing: [Service.LiveOf] let none be processed when the
// customer went, so whatever is was placed at the same moment. It handles the
// event of the deletion, in a system scope; handling it twice changes nothing.
func (s *Service) CancelOf(ctx context.Context, id customer.ID) (err error) {
	ctx = scope.WithReason(ctx, "the customer was deleted")
	access, err := s.gate.Write(ctx, "order.cancel")
	if err != nil {
		return err
	}
	defer access.End(&err, entity, "")
	var f fault.Fields
	checkID(&f, "customer", id, customer.ParseID)
	if err := f.Err("", "", ""); err != nil {
		return err
	}
	for conflicts := 0; ; {
		more, err := s.cancelSome(ctx, &access, id)
		switch {
		case errors.Is(err, fault.ErrConflict) && conflicts < cancelRounds:
			conflicts++
		case err != nil || !more:
			return err
		}
	}
}

// cancelSome cancels a page of a customer's open orders, and says whether there
// may be more.
func (s *Service) cancelSome(ctx context.Context, access *tenant.Access, id customer.ID) (more bool, err error) {
	orders, err := s.store.List(ctx, Query{}, []page.Match{match(termOpen, string(id))}, page.Window{Limit: cancelPage})
	if err != nil || len(orders) == 0 {
		return false, err
	}
	more = len(orders) == cancelPage
	saved := make([]Saved, len(orders))
	var all []tenant.Fact
	for i, o := range orders {
		former := o.terms()
		names, err := o.cancel()
		if err != nil {
			return false, err
		}
		o.Version++
		o.UpdatedAt = access.Now
		saved[i] = Saved{Order: o, Terms: o.terms(), Former: former}
		all = append(all, facts(o, names)...)
	}
	commit, err := access.Commit(nil, all...)
	if err != nil {
		return false, err
	}
	if more {
		// Only the last page may say that the event is handled: after a crash
		// before it, what is left is found when the event is delivered again.
		commit.Delivery = nil
	}
	return more, s.store.SaveMany(ctx, saved, commit)
}
