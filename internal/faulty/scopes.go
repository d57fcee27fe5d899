package faulty

import (
	"context"
	"reflect"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// scopeFaults take a scope that is none, or that of somebody else.
func scopeFaults() []Fault {
	var all []Fault
	for _, method := range []string{"Customers.Get", "Orders.Create", "Resources.Write", "Events.List"} {
		all = append(all, Fault{
			Name: method + " needs no scope", What: "without one, it acts for the tenant that came last",
			plant: func(d *database) {
				d.contexts(method, func(ctx context.Context) context.Context {
					d.mu.Lock()
					defer d.mu.Unlock()
					if _, err := scope.From(ctx); err != nil && len(d.known) > 0 {
						return scope.Tenant(ctx, d.known[len(d.known)-1])
					}
					return ctx
				})
			},
		})
	}
	for _, method := range []string{"Catalog.List", "Orders.Count", "Tenants.Users"} {
		all = append(all, Fault{
			Name: method + " takes the operator's scope", What: "across tenants it acts for the first one",
			plant: func(d *database) {
				d.contexts(method, func(ctx context.Context) context.Context {
					d.mu.Lock()
					defer d.mu.Unlock()
					if s, err := scope.From(ctx); err == nil && s.Tenant == "" && len(d.known) > 0 {
						return scope.Tenant(ctx, d.known[0])
					}
					return ctx
				})
			},
		})
	}
	for _, method := range []string{"Tenants.BySlug", "Tenants.List", "Resources.Claim", "Resources.Next", "Events.Claim", "Events.Read"} {
		all = append(all, Fault{
			Name: method + " takes a tenant's scope", What: "what crosses tenants is done for a tenant",
			plant: func(d *database) {
				d.contexts(method, func(ctx context.Context) context.Context {
					if s, err := scope.From(ctx); err == nil && s.Tenant != "" {
						return scope.Operator(ctx)
					}
					return ctx
				})
			},
		})
	}
	return append(all,
		Fault{
			Name: "Orders.Get refuses the system's scope", What: "background work has no access to what it works on",
			plant: func(d *database) {
				d.around("Orders.Get", func(good call, in []reflect.Value) []reflect.Value {
					out := good(in)
					if s, err := scope.From(contextOf(in)); err == nil && s.Kind == scope.KindSystem {
						out[0] = reflect.Zero(out[0].Type())
						setError(out, fault.New(fault.ErrNoScope, "not for the system"))
					}
					return out
				})
			},
		},
	)
}

func second[T any](_ T, err error) error { return err }
