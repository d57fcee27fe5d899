package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// end finishes all work, and compares everything that each tenant has.
func (w *world) end() error {
	w.rules.now, w.rules.complaint = w.now, ""
	if _, err := w.ask(settlement(w)); err != nil {
		return fmt.Errorf("settling: %w", err)
	}
	for _, id := range w.rules.order {
		if err := w.look(id); err != nil {
			return err
		}
	}
	return w.heard()
}

// look compares all that a tenant has. The operator asks, whom a tenant that is
// archived still answers.
func (w *world) look(id string) error {
	by := who{kind: scope.KindOperator, tenant: scope.TenantID(id)}
	in := w.rules.tenants[id]
	for _, p := range []struct {
		what string
		plan plan
	}{
		{"the tenant", whole(by, func(ctx context.Context, p *platforma.Platform, _ page.Request) (page.Page[tenant.Tenant], error) {
			t, err := p.Tenants.Get(ctx, by.tenant)
			return page.Page[tenant.Tenant]{Items: []tenant.Tenant{t}}, err
		}, func() []tenant.Tenant { return []tenant.Tenant{in.whole()} })},
		{"the users", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[tenant.User], error) {
			return p.Tenants.Users(ctx, tenant.UserQuery{Request: r})
		}, func() []tenant.User { return matching(in.users, anyOf) })},
		{"the roles", planned(by, func(ctx context.Context, p *platforma.Platform) ([]tenant.Role, error) {
			return p.Tenants.Roles(ctx)
		}, func(got []tenant.Role) ([]tenant.Role, *refusal) { return w.rules.rolesOf(by, got) })},
		{"the customers", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[customer.Customer], error) {
			return p.Customers.List(ctx, customer.Query{Request: r})
		}, func() []customer.Customer { return matching(known(in), anyOf) })},
		{"the customers called Ada", whole(by, customersCalled("ada"), func() []customer.Customer {
			return matching(known(in), called("Ada"))
		})},
		{"the products", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[catalog.Product], error) {
			return p.Catalog.List(ctx, catalog.Query{Request: r})
		}, func() []catalog.Product { return matching(in.products, anyOf) })},
		{"the orders", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[order.Order], error) {
			return p.Orders.List(ctx, order.Query{Request: r})
		}, func() []order.Order { return matching(in.orders, anyOf) })},
		{"the resources", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Resource], error) {
			return p.Resources.List(ctx, resource.Query{Request: r})
		}, func() []resource.Resource { return matching(in.resources, anyOf) })},
		{"the clusters", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Cluster], error) {
			return p.Resources.Clusters(ctx, resource.ClusterQuery{Request: r})
		}, func() []resource.Cluster { return matching(in.clusters, anyOf) })},
		{"the networks", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Network], error) {
			return p.Resources.Networks(ctx, resource.NetworkQuery{Request: r})
		}, func() []resource.Network { return matching(in.networks, anyOf) })},
		{"the instances", whole(by, func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Instance], error) {
			return p.Resources.Instances(ctx, resource.InstanceQuery{Request: r})
		}, func() []resource.Instance { return matching(in.instances, anyOf) })},
		{"the dead letters", planned(by, func(ctx context.Context, p *platforma.Platform) ([]event.DeadLetter, error) {
			found, err := p.Events.DeadLetters(ctx, page.Request{Limit: 500})
			return found.Items, err
		}, func(got []event.DeadLetter) ([]event.DeadLetter, *refusal) { return w.rules.lettersOf(in, got), nil })},
		{"the events", w.allEvents(by, in)},
	} {
		if _, err := w.ask(p.plan); err != nil {
			return fmt.Errorf("%s of tenant %s: %w", p.what, id, err)
		}
	}
	return nil
}

func anyOf[T any](T) bool { return true }

func customersCalled(
	name string,
) func(context.Context, *platforma.Platform, page.Request) (page.Page[customer.Customer], error) {
	return func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[customer.Customer], error) {
		return p.Customers.List(ctx, customer.Query{Request: r, Name: name})
	}
}

func called(name string) func(customer.Customer) bool {
	return func(c customer.Customer) bool { return strings.HasPrefix(c.Name, name) }
}

// few is how many are read at a time in the end.
const few = 2

// whole reads a list to its end, a few at a time.
func whole[T any](
	by who, list func(context.Context, *platforma.Platform, page.Request) (page.Page[T], error), want func() []T,
) plan {
	return planned(by, func(ctx context.Context, p *platforma.Platform) (all []T, _ error) {
		for v, err := range page.All(ctx, page.Request{Limit: few}, func(ctx context.Context, r page.Request) (page.Page[T], error) {
			return list(ctx, p, r)
		}) {
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	}, func([]T) ([]T, *refusal) { return want(), nil })
}

// allEvents reads all events. Each has the place that it has among those of its
// service.
func (w *world) allEvents(by who, in *realm) plan {
	return planned(by, func(ctx context.Context, p *platforma.Platform) (all []event.Event, _ error) {
		for e, err := range p.Events.All(ctx, platforma.EventQuery{Request: page.Request{Limit: 100}}) {
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
		return all, nil
	}, func(got []event.Event) (want []event.Event, _ *refusal) {
		for i, h := range in.events {
			if i < len(got) {
				w.rules.recognise(h, got[i])
			}
		}
		positions := map[string]int64{}
		for _, h := range in.events {
			positions[h.event.Service]++
			e := h.told()
			e.Position = positions[e.Service]
			want = append(want, e)
		}
		return want, nil
	})
}

// recognise learns the id of an event that is seen for the first time, and of
// the built-in role, which no answer names, all that it says.
func (r *rules) recognise(h *happening, got event.Event) {
	if h.event.ID == "" {
		h.event.ID = event.ID(r.learn("evt", string(got.ID)))
	}
	if h.event.Subject == "" && strings.HasPrefix(got.Subject, "role_") {
		h.event.Subject, h.event.Data = got.Subject, got.Data
	}
}

// heard compares what the hosts' own subscriptions were told.
func (w *world) heard() error {
	for i, s := range w.systems {
		if i > 0 {
			if d := cmp.Diff(text(w.systems[0].watcher.heard), text(s.watcher.heard)); d != "" {
				return fmt.Errorf("the watchers were told different things: %s", d)
			}
		}
		last := map[string]int64{}
		for _, e := range s.watcher.heard {
			stream := string(e.Tenant) + " " + e.Service
			if e.Position > last[stream]+1 && !w.skipped(e.Tenant, e.Service, last[stream]+1, e.Position) {
				return fmt.Errorf("%s: the watcher was told of %s number %d after number %d", s.name, stream, e.Position, last[stream])
			}
			last[stream] = max(last[stream], e.Position)
		}
		for _, id := range w.rules.order {
			for _, service := range watched {
				stream := w.rules.tenants[id].streams[service]
				at := last[id+" "+service]
				if !w.skipped(scope.TenantID(id), service, at+1, int64(len(stream))+1) {
					return fmt.Errorf("%s: of %d events of %s %s, the watcher was told of %d", s.name, len(stream), id, service, at)
				}
			}
		}
	}
	return nil
}

// skipped says whether the watcher failed at all events from one position to
// before another.
func (w *world) skipped(id scope.TenantID, service string, from, to int64) bool {
	stream := w.rules.tenants[string(id)].streams[service]
	for ; from < to; from++ {
		if !w.rules.refused[stream[from-1]] {
			return false
		}
	}
	return true
}
