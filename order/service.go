package order

import (
	"context"
	"iter"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Service is the order service. It is safe for concurrent use.
type Service struct {
	store     Store
	gate      *tenant.Gate
	customers Customers
	products  Catalog
}

// NewService returns the service on a store, asking the customer and the
// catalog service about what is ordered.
func NewService(store Store, gate *tenant.Gate, customers Customers, products Catalog) *Service {
	return &Service{store: store, gate: gate, customers: customers, products: products}
}

const (
	service = "order"
	entity  = "order"
)

// Permissions are the operations of the service.
func Permissions() []tenant.Permission {
	return []tenant.Permission{
		"order.place", "order.get", "order.list", "order.approve", "order.cancel", "order.retry", "order.report",
	}
}

// Get reads an order.
func (s *Service) Get(ctx context.Context, id ID) (o Order, err error) {
	access, err := s.gate.Read(ctx, "order.get")
	if err != nil {
		return Order{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Order{}, err
	}
	return s.store.Get(ctx, id)
}

// List reads a page of orders.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Order], err error) {
	access, err := s.gate.Read(ctx, "order.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, entity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	q = q.bounds()
	return page.List(ctx, q.Request, page.Of(entity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Order, error) { return s.store.List(ctx, q, q.matches(), w) },
		func(o Order) string { return string(o.ID) })
}

// All iterates over all orders of a query.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Order, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Order], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}

// Approve lets a pending order start, and records who approved it. Any other
// order is fault.ErrState.
func (s *Service) Approve(ctx context.Context, id ID) (Order, error) {
	return s.change(ctx, "order.approve", id, func(_ context.Context, access *tenant.Access, o *Order) ([]string, error) {
		o.ApprovedBy, o.ApprovedAt = access.Scope.Actor, &access.Now
		return o.begin("start", access.Now)
	})
}

// Cancel gives an order up that is not provisioned: one that has started is
// taken down, a failed one is not retried any more. A provisioned or cancelled
// order is fault.ErrState. Why it is cancelled, scope.WithReason says.
func (s *Service) Cancel(ctx context.Context, id ID) (Order, error) {
	return s.change(ctx, "order.cancel", id, func(_ context.Context, _ *tenant.Access, o *Order) ([]string, error) {
		return o.cancel()
	})
}

// Retry makes a new attempt at a failed order, with the prices and the products
// as they were sold. Every other order is fault.ErrState, and so is one whose
// last attempt is still being taken down (Phase tells). It costs one question
// to the customer service: an order of a customer that is not there any more
// is fault.ErrNotFound.
func (s *Service) Retry(ctx context.Context, id ID) (Order, error) {
	return s.change(ctx, "order.retry", id, func(ctx context.Context, access *tenant.Access, o *Order) ([]string, error) {
		names, err := o.retry(access.Now)
		if err != nil {
			return nil, err
		}
		return names, s.askCustomer(ctx, access, o.CustomerID)
	})
}

// Report tells the service how far the provisioning of an order is. It looks
// at what is reported, not at what changed: the same report changes nothing
// the second time, and one that comes late does no harm. An order under way
// becomes provisioned when all units of all items came up (one that was
// terminated since is not waited for), and fails when one failed. A failed or
// cancelled order comes to rest when none of its resources is left. A report
// of another attempt than the order's present one leads no order under way on.
// It is for background work: the host calls it in a system scope.
func (s *Service) Report(ctx context.Context, p Progress) (Order, error) {
	return s.change(ctx, "order.report", p.Order, func(_ context.Context, access *tenant.Access, o *Order) ([]string, error) {
		var f fault.Fields
		p.check(&f, *o)
		if err := f.Err("", "", ""); err != nil {
			return nil, err
		}
		return o.report(p, access.Now)
	})
}

// change makes a change and stores it with an event for each of the names that
// it returns; none says that nothing changed.
func (s *Service) change(
	ctx context.Context, operation tenant.Permission, id ID,
	apply func(context.Context, *tenant.Access, *Order) ([]string, error),
) (o Order, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Order{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Order{}, err
	}
	var names []string
	return aggregate.Edit[Order]{
		Load:    func(ctx context.Context) (Order, error) { return s.store.Get(ctx, id) },
		Version: func(o *Order) int64 { return o.Version },
		Terms:   Order.terms,
		Apply: func(o *Order) (string, error) {
			happened, err := apply(ctx, &access, o)
			if err != nil || len(happened) == 0 {
				return "", err
			}
			names = happened
			return names[0], nil
		},
		Save: func(ctx context.Context, o *Order, what aggregate.Applied) error {
			o.Version++
			o.UpdatedAt = access.Now
			commit, err := access.Commit(nil, facts(*o, names)...)
			if err != nil {
				return err
			}
			commit.Terms, commit.Former = o.terms(), what.Former
			return s.store.Save(ctx, *o, commit)
		},
	}.Run(ctx)
}

// facts are what happened to an order in one step; each event shows it as it
// is after all of them.
func facts(o Order, names []string) []tenant.Fact {
	all := make([]tenant.Fact, len(names))
	for i, name := range names {
		all[i] = tenant.Fact{Service: service, Name: name, Subject: string(o.ID), Version: o.Version, Data: o}
	}
	return all
}
