package main

import (
	"context"
	"fmt"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

// story is what the example tells. Each step goes on from what the steps
// before it made, in this run or in an earlier one: every command carries an
// idempotency key, so that asking twice makes one.
type story struct {
	*platforma.Platform

	screen *screen
	cloud  *datacenter
	watch  *watch
	began  time.Time

	acme, globex tenant.Tenant
	grace        tenant.User
	ada          customer.Customer
	order        order.Order
	// products and running count what is for sale and what runs.
	products, running int
}

func (s *story) tell(ctx context.Context) error {
	// Subscriptions come before the work in the background. This one's name is
	// durable: a later run hears only what is new.
	s.watch = newWatch(s.screen)
	if err := s.Events.Subscribe(s.watch.subscription()); err != nil {
		return err
	}
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"Two tenants, side by side", s.tenants},
		{"The price list becomes Acme's catalog", s.catalog},
		{"Clusters with capacity, networks with addresses", s.capacity},
		{"A user with a role", s.user},
		{"A customer asks for a quote", s.quote},
		{"The order, and its way", s.provision},
		{"The running resources", s.resources},
		{"What happened", s.events},
		{"What Globex sees of it", s.isolation},
		{"In short", s.summary},
	} {
		s.screen.heading(step.title)
		// Below, everything is Acme's unless it says otherwise.
		if err := step.do(tenant.NewContext(ctx, s.acme.ID)); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}

// was says whether something was made now or is from an earlier run.
func (s *story) was(created time.Time) string {
	if created.Before(s.began.Truncate(time.Microsecond)) {
		return "already there"
	}
	return "created"
}
