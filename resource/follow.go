package resource

import (
	"context"
	"slices"

	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

// Follow does what an order's event asks for: [order.EventStarted] makes the
// resources of the order's attempt, [order.EventFailed] and
// [order.EventCancelled] take down what there is of it; any other event is
// nothing. It makes one write, or none where all is so already, so that an
// event may come twice, or late.
//
// An order is accepted as a whole. Where one of its units has no room, its
// resources are made all the same, but in StatusError, with the numbers as
// their Reason, and nothing is taken for any of them; [Service.Progress] then
// says so, and the order fails.
//
// Accepting costs three trips and the question to the orders, taking down two,
// or three where something is given back at once. It is called in the system's
// scope.
func (s *Service) Follow(ctx context.Context, o order.Order, event string) (err error) {
	access, err := s.gate.Write(ctx, "resource.follow")
	if err != nil {
		return err
	}
	defer access.End(&err, "order", string(o.ID))
	if _, err := order.ParseID(string(o.ID)); err != nil {
		return err
	}
	switch event {
	case order.EventStarted:
		return s.accept(ctx, &access, o)
	case order.EventFailed, order.EventCancelled:
		return s.takeDown(ctx, &access, o)
	default:
		return nil
	}
}

// takeDown wants every live resource to be gone that was made for the order up
// to the attempt that failed or was cancelled; a later attempt's is left alone.
func (s *Service) takeDown(ctx context.Context, access *tenant.Access, o order.Order) error {
	return aggregate.Repeat(func() error {
		made, err := s.store.OfOrder(ctx, o.ID)
		if err != nil {
			return err
		}
		made = slices.DeleteFunc(made, func(r Resource) bool { return !r.Live() || r.Attempt > o.Attempt })
		var changes []change
		for i := range made {
			name, err := made[i].turn(DesiredTerminated, access.Now)
			if err != nil {
				return err
			}
			if name != "" {
				changes = append(changes, change{&made[i], name})
			}
		}
		if len(changes) == 0 {
			return nil
		}
		return keep(ctx, s.store, access, changes...)
	})
}
