package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

// accept makes the resources of a started order's attempt.
func (s *Service) accept(ctx context.Context, access *tenant.Access, o order.Order) error {
	if started, err := s.stillStarted(ctx, o); err != nil || !started {
		return err
	}
	units, err := unitsOf(access, o)
	if err != nil || len(units) == 0 {
		return err
	}
	return aggregate.Repeat(func() error {
		made, err := s.store.OfOrder(ctx, o.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(made, func(r Resource) bool { return r.Attempt >= o.Attempt }) {
			return nil
		}
		if slices.ContainsFunc(made, Resource.Live) {
			return fault.New(fault.ErrState, "resources of an earlier attempt are still there")
		}
		supply, err := s.store.Supply(ctx, regionsOf(units))
		if err != nil {
			return err
		}
		b := &batch{access: access}
		s.place(access, b, units, supply)
		return taken(b.store(ctx, s.store, nil))
	})
}

// stillStarted asks whether the order is what its event says.
func (s *Service) stillStarted(ctx context.Context, o order.Order) (bool, error) {
	if s.orders == nil {
		return true, nil
	}
	present, err := s.orders.Get(ctx, o.ID)
	if err != nil {
		return false, err
	}
	return present.Status == order.StatusProcessing && present.Attempt == o.Attempt, nil
}

// unitsOf are the resources that an order asks for, not placed yet.
func unitsOf(access *tenant.Access, o order.Order) ([]Resource, error) {
	var units []Resource
	for _, item := range o.Items {
		if item.ResourceType == "" {
			continue
		}
		sold, err := item.Sold()
		if err != nil {
			return nil, err
		}
		for unit := range int(item.Quantity) {
			units = append(units, Resource{
				ID: ID(access.NewID(prefix)), TenantID: access.Scope.Tenant, CustomerID: o.CustomerID,
				OrderID: o.ID, OrderItemID: item.ID, Unit: unit + 1, Attempt: o.Attempt,
				Type: item.ResourceType, Name: nameOf(item, unit+1), Region: item.Region,
				Template: sold.ProvisioningTemplateID, Status: Lifecycle().Initial, Desired: DesiredRunning,
				Phase: PhaseRequested, Specs: specsOf(sold.Specs), DueAt: &access.Now,
				Version: 1, CreatedAt: access.Now, UpdatedAt: access.Now,
			})
		}
	}
	return units, nil
}

// nameOf tells a unit from others that people see beside it.
func nameOf(item order.Item, unit int) string {
	return fmt.Sprintf("%s-%s-%d", item.SKU, item.ID[max(0, len(item.ID)-6):], unit)
}

func regionsOf(units []Resource) []string {
	var regions []string
	for _, r := range units {
		if !slices.Contains(regions, r.Region) {
			regions = append(regions, r.Region)
		}
	}
	return regions
}

// place adds the units to a write: all of them placed, or none, and each then
// says why.
func (s *Service) place(access *tenant.Access, b *batch, units []Resource, supply Supply) {
	l := newLedger(supply)
	placed := make([]Resource, len(units))
	var refused order.ItemID
	err := l.usage.admit(int64(len(units)), access.Settings.Limits.Resources)
	for i := 0; i < len(units) && err == nil; i++ {
		placed[i] = units[i].clone()
		if err = s.known(units[i].Template); err == nil {
			err = l.place(&placed[i])
		}
		refused = units[i].OrderItemID
	}
	if err == nil {
		for _, r := range placed {
			b.create(r, EventRequested)
		}
		l.into(b)
		return
	}
	why := err.Error()
	if e := (*fault.Error)(nil); errors.As(err, &e) && e.Err != nil {
		why = e.Err.Error()
	}
	for _, r := range units {
		r.Status, r.Phase, r.DueAt, r.Reason = StatusError, PhaseFailed, nil, tidy(why)
		if refused != "" && r.OrderItemID != refused {
			r.Reason = tidy("not placed, because another item of the order could not be: " + why)
		}
		b.create(r, EventRequested, EventFailed)
	}
}

// known says whether there is a provisioner for a template.
func (s *Service) known(template string) error {
	if s.templates == nil || slices.Contains(s.templates, template) {
		return nil
	}
	return exhausted("no provisioner is known for the template %q", template)
}
