package platforma

import (
	"context"
	"encoding/json"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// services makes the six services. Each knows those to its left; what it asks
// of those to its right is handed in here.
func (p *Platform) services(gate *tenant.Gate, templates []string, webhooks *webhook.Options) {
	p.Tenants = tenant.NewService(p.driver.Tenants(), gate, func(ctx context.Context) error {
		return p.Resources.LiveAll(ctx)
	})
	p.Customers = customer.NewService(p.driver.Customers(), gate, func(ctx context.Context, id customer.ID) error {
		if err := p.Resources.LiveOf(ctx, id); err != nil {
			return err
		}
		return p.Orders.LiveOf(ctx, id)
	})
	p.Catalog = catalog.NewService(p.driver.Catalog(), gate, func(ctx context.Context, id catalog.ID) error {
		return p.Orders.RunningOn(ctx, id)
	})
	p.Orders = order.NewService(p.driver.Orders(), gate, p.Customers, p.Catalog)
	p.Resources = resource.NewService(p.driver.Resources(), gate, &resource.Options{Templates: templates, Orders: p.Orders})
	p.Webhooks = webhook.NewService(p.driver.Webhooks(), gate, webhooks)
}

// subscribe joins the services by their events. The names are durable: under
// another, a subscription would begin anew.
func (p *Platform) subscribe() error {
	for _, s := range []event.Subscription{
		{
			Name: "resource.follows.order", Services: []string{"order"},
			Types:  types("order", order.EventStarted, order.EventFailed, order.EventCancelled),
			Handle: handle(func(ctx context.Context, e event.Event, o order.Order) error { return p.follow(ctx, e, o) }),
		},
		{
			Name: "order.follows.resource", Services: []string{"resource"},
			Types: types("resource", resource.EventProvisioned, resource.EventStarted, resource.EventStopped,
				resource.EventFailed, resource.EventTerminated),
			Handle: handle(func(ctx context.Context, _ event.Event, r resource.Resource) error { return p.report(ctx, r.OrderID) }),
		},
		{
			// An order that ended before it had resources hears of none.
			Name: "order.clears", Services: []string{"order"}, Types: types("order", order.EventFailed, order.EventCancelled),
			Handle: handle(func(ctx context.Context, _ event.Event, o order.Order) error { return p.report(ctx, o.ID) }),
		},
		{
			Name: "order.follows.customer", Services: []string{"customer"}, Types: types("customer", customer.EventDeleted),
			Handle: handle(func(ctx context.Context, _ event.Event, c customer.Customer) error {
				return p.Orders.CancelOf(ctx, c.ID)
			}),
		},
		{
			Name: webhook.Subscription, Services: services(),
			Handle: func(ctx context.Context, e event.Event) error { return p.Webhooks.Hear(ctx, e) },
		},
	} {
		if err := p.relay.Subscribe(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *Platform) follow(ctx context.Context, e event.Event, o order.Order) error {
	for _, name := range []string{order.EventStarted, order.EventFailed, order.EventCancelled} {
		if e.Type == event.TypeOf("order", name) {
			return p.Resources.Follow(ctx, o, name)
		}
	}
	return nil
}

// report tells the order service how an order's resources are now. It is the
// whole truth each time, so an event that comes late or twice does no harm.
func (p *Platform) report(ctx context.Context, id order.ID) error {
	progress, err := p.Resources.Progress(ctx, id)
	if err != nil {
		return err
	}
	_, err = p.Orders.Report(ctx, progress)
	return err
}

func types(service string, names ...string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = event.TypeOf(service, name)
	}
	return all
}

// handle decodes the entity of an event.
func handle[T any](f func(context.Context, event.Event, T) error) event.Handler {
	return func(ctx context.Context, e event.Event) error {
		var entity T
		if err := json.Unmarshal(e.Data, &entity); err != nil {
			return &fault.Error{Op: "event.handle", Entity: "event", ID: string(e.ID), Kind: fault.ErrInvalid, Err: err}
		}
		return f(ctx, e, entity)
	}
}
