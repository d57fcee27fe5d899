package catalog

import (
	"context"
	"errors"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Update changes a product. A draft can be changed in everything. An active
// product keeps its SKU and its category, and must stay fit to be sold; what
// was ordered before keeps its price. An archived product is fault.ErrState.
func (s *Service) Update(ctx context.Context, id ID, c Change) (Product, error) {
	return s.save(ctx, "catalog.update", id, c.Version, func(p *Product) (string, error) {
		before := *p
		p.apply(c)
		if err := before.mayBecome(*p); err != nil {
			return "", err
		}
		var f fault.Fields
		p.check(&f)
		if p.Status == StatusActive {
			p.sellable(&f)
		}
		return EventUpdated, f.Err("", "", "")
	})
}

// mayBecome refuses a change that the status does not allow.
func (p Product) mayBecome(changed Product) error {
	switch {
	case p.Status == StatusArchived:
		return stateError("an archived product cannot be changed: activate is possible")
	case p.Status == StatusActive && p.SKU != changed.SKU:
		return stateError("an active product keeps its SKU")
	case p.Status == StatusActive && p.Category != changed.Category:
		return stateError("an active product keeps its category")
	default:
		return nil
	}
}

func stateError(message string) error {
	return &fault.Error{Entity: entity, Kind: fault.ErrState, Err: errors.New(message)}
}

// Activate makes a draft or an archived product one that is sold. What it
// lacks is fault.ErrInvalid, and the fields name all of it: regions (but for a
// service), a price in each region, in whatever currency, the attributes that
// the prices count, and for what becomes a resource its template and, if it is
// a machine or a container, vcpus and memory.
func (s *Service) Activate(ctx context.Context, id ID) (Product, error) {
	return s.save(ctx, "catalog.activate", id, 0, func(p *Product) (string, error) {
		return EventActivated, p.activate()
	})
}

func (p *Product) activate() error {
	status, err := Lifecycle().Next(p.Status, "activate")
	if err != nil {
		return err
	}
	var f fault.Fields
	p.sellable(&f)
	p.Status = status
	return f.Err("", "", "")
}

// Archive ends the selling of a product; what was sold stays as it is. While
// orders run on it, it is fault.ErrState.
func (s *Service) Archive(ctx context.Context, id ID) (Product, error) {
	return s.save(ctx, "catalog.archive", id, 0, func(p *Product) (string, error) {
		status, err := Lifecycle().Next(p.Status, "archive")
		if err == nil && s.guard != nil {
			err = s.guard(scope.System(ctx, p.TenantID), id)
		}
		p.Status = status
		return EventArchived, err
	})
}

func (s *Service) save(
	ctx context.Context, operation tenant.Permission, id ID, expected int64, apply func(*Product) (string, error),
) (p Product, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Product{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Product{}, err
	}
	return aggregate.Edit[Product]{
		Expected: expected,
		Load:     func(ctx context.Context) (Product, error) { return s.store.Get(ctx, id) },
		Version:  func(p *Product) int64 { return p.Version },
		Terms:    Product.terms,
		Apply:    apply,
		Save: func(ctx context.Context, p *Product, what aggregate.Applied) error {
			p.Version++
			p.UpdatedAt = access.Now
			commit, err := access.Commit(nil, p.fact(what.Name))
			if err != nil {
				return err
			}
			commit.Terms, commit.Former = p.terms(), what.Former
			return s.store.Save(ctx, *p, commit)
		},
	}.Run(ctx)
}
