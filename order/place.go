package order

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Customers is what orders ask of the customer service.
type Customers interface {
	// Get reads a customer; one that is deleted or unknown is fault.ErrNotFound.
	Get(ctx context.Context, id customer.ID) (customer.Customer, error)
}

// Catalog is what orders ask of the catalog service.
type Catalog interface {
	// Price prices items that can be ordered, with a snapshot of each. It refuses
	// all others by naming every offending field of the request.
	Price(ctx context.Context, r catalog.QuoteRequest) (catalog.Quote, []catalog.Snapshot, error)
}

// Place places an order. Where the tenant's settings ask for no approval it
// starts at once, and where it has nothing to provision it is provisioned at
// once; one event each, all in one step.
//
// It is fault.ErrInvalid, naming every offending field, where a product is not
// for sale as it is ordered; fault.ErrNotFound for a customer or product that
// is not there; fault.ErrExhausted for more resources than the tenant's
// settings allow in an order. It costs two questions, to the customer and the
// catalog service, and one write: three round trips. Both are asked in the
// system's scope: who may place orders need not be allowed to read customers.
func (s *Service) Place(ctx context.Context, d Draft) (Order, error) {
	const operation = "order.place"
	return aggregate.Command[Order]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Order, error) { return s.store.Get(ctx, ID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (o Order, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Order{}, err
			}
			defer access.End(&err, entity, "")
			o, err = s.draw(ctx, &access, d)
			if err != nil {
				return Order{}, err
			}
			names, err := o.open(&access)
			if err != nil {
				return Order{}, err
			}
			commit, err := access.Commit(receipt.For(string(o.ID)), facts(o, names)...)
			if err != nil {
				return Order{}, err
			}
			commit.Terms = o.terms()
			return o, s.store.Create(ctx, o, commit)
		},
	}.Run(ctx)
}

// draw makes the order of a draft, with the prices of now.
func (s *Service) draw(ctx context.Context, access *tenant.Access, d Draft) (Order, error) {
	var f fault.Fields
	d.check(&f)
	quote, sold, err := s.price(ctx, access, d, &f)
	if err := f.Err("", "", ""); err != nil {
		return Order{}, err
	}
	if err != nil {
		return Order{}, err
	}
	if err := s.askCustomer(ctx, access, d.Customer); err != nil {
		return Order{}, err
	}
	o := Order{
		ID: ID(access.NewID(prefix)), TenantID: access.Scope.Tenant, CustomerID: d.Customer,
		Status: Lifecycle().Initial, Phase: PhaseAwaitingApproval, Attempt: 1, Items: make([]Item, len(sold)),
		TotalAmount: quote.Total.Number(), Currency: quote.Currency, Version: 1,
		CreatedAt: access.Now, UpdatedAt: access.Now,
	}
	if len(d.Metadata) > 0 {
		o.Metadata = maps.Clone(d.Metadata)
	}
	for i := range sold {
		if o.Items[i], err = newItem(ItemID(access.NewID(itemPrefix)), sold[i]); err != nil {
			return Order{}, err
		}
	}
	if most := access.Settings.Limits.ResourcesPerOrder; most > 0 && o.Resources() > most {
		return Order{}, &fault.Error{
			Kind: fault.ErrExhausted,
			Err:  fmt.Errorf("the order asks for %d resources, the tenant allows %d an order", o.Resources(), most),
		}
	}
	return o, nil
}

// open starts a new order unless it waits for an approval.
func (o *Order) open(access *tenant.Access) ([]string, error) {
	if access.Settings.OrderApproval.Holds(o.Total()) {
		return []string{EventPlaced}, nil
	}
	started, err := o.begin("start", access.Now)
	return append([]string{EventPlaced}, started...), err
}

// price asks the catalog, also about a draft that breaks other rules: the
// refusal is to name all fields at once.
func (s *Service) price(
	ctx context.Context, access *tenant.Access, d Draft, f *fault.Fields,
) (quote catalog.Quote, sold []catalog.Snapshot, err error) {
	quote, sold, err = s.products.Price(scope.System(ctx, access.Scope.Tenant), d.request())
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return quote, sold, err
	}
	if refused.Kind == fault.ErrInvalid {
		for _, field := range refused.Fields {
			f.Add(field.Path, "%s", field.Rule)
		}
	}
	asked := *refused
	asked.Op = ""
	return quote, nil, &asked
}

// askCustomer asks whether a customer is there.
func (s *Service) askCustomer(ctx context.Context, access *tenant.Access, id customer.ID) error {
	_, err := s.customers.Get(scope.System(ctx, access.Scope.Tenant), id)
	if !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	return &fault.Error{
		Entity: "customer", ID: string(id), Kind: fault.ErrNotFound,
		Fields: []fault.Field{{Path: "customer", Rule: "must be a customer of the tenant"}},
	}
}
