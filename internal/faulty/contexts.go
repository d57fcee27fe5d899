package faulty

import (
	"context"
	"reflect"

	"github.com/platforma/platforma/fault"
)

// contextFaults go on when nobody waits any more.
func contextFaults() []Fault {
	var all []Fault
	for _, method := range []string{
		"Tenants.Standing", "Customers.Create", "Catalog.Many", "Orders.SaveMany", "Resources.Claim", "Events.Move",
	} {
		all = append(all, Fault{
			Name: method + " ignores the end of its context", What: "what was cancelled is done all the same",
			plant: func(d *database) { d.contexts(method, context.WithoutCancel) },
		})
	}
	return append(all,
		Fault{Name: "Orders.Get does not say what ended it", What: "the cause is lost", plant: func(d *database) {
			d.errors("Orders.Get", replacing(fault.ErrUnavailable, &fault.Error{Kind: fault.ErrUnavailable}))
		}},
		Fault{Name: "Customers.Save calls a cancelled call a conflict", What: "every failure of a write is taken for a stale version",
			plant: func(d *database) {
				d.errors("Customers.Save", replacing(fault.ErrUnavailable, &fault.Error{Kind: fault.ErrConflict}))
			}},
		Fault{Name: "Orders.Create stores what was cancelled", What: "the error is right, but the order is there",
			plant: func(d *database) {
				d.around("Orders.Create", func(good call, in []reflect.Value) []reflect.Value {
					out := good(in)
					if ctx := contextOf(in); ctx.Err() != nil && fault.KindOf(errorOf(out)) == fault.ErrUnavailable {
						in[0] = reflect.ValueOf(context.WithoutCancel(ctx))
						good(in)
					}
					return out
				})
			}},
	)
}
