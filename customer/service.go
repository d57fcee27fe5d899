package customer

import (
	"context"
	"iter"
	"maps"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Service is the customer service. It is safe for concurrent use.
type Service struct {
	store Store
	gate  *tenant.Gate
	guard Guard
}

// Guard answers, before a customer is deleted, whether something of it is
// still alive in another service, with fault.ErrState. It is asked in the
// system's scope.
type Guard func(ctx context.Context, id ID) error

// NewService returns the service on a store; a nil guard asks nobody.
func NewService(store Store, gate *tenant.Gate, guard Guard) *Service {
	return &Service{store: store, gate: gate, guard: guard}
}

const (
	service = "customer"
	entity  = "customer"
)

// Permissions are the operations of the service.
func Permissions() []tenant.Permission {
	return []tenant.Permission{
		"customer.create", "customer.get", "customer.list", "customer.update", "customer.payment", "customer.delete",
	}
}

// Create creates a customer. An email that another customer of the tenant has
// is fault.ErrExists.
func (s *Service) Create(ctx context.Context, d Draft) (Customer, error) {
	const operation = "customer.create"
	return aggregate.Command[Customer]{
		Operation: operation, Key: d.Key, Request: d, Receipt: s.store.Receipt,
		Load: func(ctx context.Context, id string) (Customer, error) { return s.store.Get(ctx, ID(id)) },
		Do: func(ctx context.Context, receipt *event.Receipt) (c Customer, err error) {
			access, err := s.gate.Write(ctx, operation)
			if err != nil {
				return Customer{}, err
			}
			defer access.End(&err, entity, "")
			c = Customer{
				ID: ID(access.NewID(prefix)), TenantID: access.Scope.Tenant, Name: d.Name, Email: d.Email,
				Company: d.Company, BillingAddress: d.BillingAddress, PaymentMethod: d.PaymentMethod,
				Metadata: maps.Clone(d.Metadata), Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			}
			c.apply(Change{})
			var f fault.Fields
			c.check(&f)
			check.IdempotencyKey(&f, d.Key)
			if err := f.Err("", "", ""); err != nil {
				return Customer{}, err
			}
			commit, err := commit(&access, receipt, c, EventCreated)
			if err != nil {
				return Customer{}, err
			}
			return c, s.store.Create(ctx, c, commit)
		},
	}.Run(ctx)
}

func commit(access *tenant.Access, receipt *event.Receipt, c Customer, name string) (event.Commit, error) {
	commit, err := access.Commit(receipt.For(string(c.ID)), tenant.Fact{
		Service: service, Name: name, Subject: string(c.ID), Version: c.Version, Data: c,
	})
	commit.Terms = c.terms()
	return commit, err
}

// Get reads a customer.
func (s *Service) Get(ctx context.Context, id ID) (c Customer, err error) {
	access, err := s.gate.Read(ctx, "customer.get")
	if err != nil {
		return Customer{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Customer{}, err
	}
	return s.store.Get(ctx, id)
}

// ByEmail reads a customer by its email, whatever its case.
func (s *Service) ByEmail(ctx context.Context, email string) (c Customer, err error) {
	access, err := s.gate.Read(ctx, "customer.get")
	if err != nil {
		return Customer{}, err
	}
	defer access.End(&err, entity, "")
	var f fault.Fields
	check.Email(&f, "email", email)
	if err := f.Err("", "", ""); err != nil {
		return Customer{}, err
	}
	return s.store.ByEmail(ctx, check.EmailKey(email))
}

// List reads a page of customers.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Customer], err error) {
	access, err := s.gate.Read(ctx, "customer.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, entity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(entity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Customer, error) { return s.store.List(ctx, q.matches(), w) },
		func(c Customer) string { return string(c.ID) })
}

// All iterates over all customers of a query.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Customer, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Customer], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}

// Update changes a customer.
func (s *Service) Update(ctx context.Context, id ID, change Change) (Customer, error) {
	return s.edit(ctx, "customer.update", id, change)
}

// SetPaymentMethod changes how a customer pays; the zero method removes it.
func (s *Service) SetPaymentMethod(ctx context.Context, id ID, method PaymentMethod) (Customer, error) {
	return s.edit(ctx, "customer.payment", id, Change{PaymentMethod: &method})
}

func (s *Service) edit(ctx context.Context, operation tenant.Permission, id ID, change Change) (Customer, error) {
	return s.save(ctx, operation, id, change.Version, func(_ *tenant.Access, c *Customer) (string, error) {
		c.apply(change)
		var f fault.Fields
		c.check(&f)
		return EventUpdated, f.Err("", "", "")
	})
}

// Delete deletes a customer: it is not found any more, its email is free
// again, and what its orders say stays. While resources of the customer are
// alive it is fault.ErrState.
func (s *Service) Delete(ctx context.Context, id ID) error {
	_, err := s.save(ctx, "customer.delete", id, 0, func(access *tenant.Access, c *Customer) (string, error) {
		if s.guard != nil {
			if err := s.guard(scope.System(ctx, access.Scope.Tenant), id); err != nil {
				return "", err
			}
		}
		c.DeletedAt = &access.Now
		return EventDeleted, nil
	})
	return err
}

func (s *Service) save(
	ctx context.Context, operation tenant.Permission, id ID, expected int64,
	apply func(*tenant.Access, *Customer) (string, error),
) (c Customer, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Customer{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Customer{}, err
	}
	return aggregate.Edit[Customer]{
		Expected: expected,
		Load:     func(ctx context.Context) (Customer, error) { return s.store.Get(ctx, id) },
		Version:  func(c *Customer) int64 { return c.Version },
		Terms:    Customer.terms,
		Apply:    func(c *Customer) (string, error) { return apply(&access, c) },
		Save: func(ctx context.Context, c *Customer, what aggregate.Applied) error {
			c.Version++
			c.UpdatedAt = access.Now
			commit, err := commit(&access, nil, *c, what.Name)
			if err != nil {
				return err
			}
			commit.Former = what.Former
			return s.store.Save(ctx, *c, commit)
		},
	}.Run(ctx)
}
