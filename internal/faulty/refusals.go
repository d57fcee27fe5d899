package faulty

import (
	"errors"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
)

// refusalFaults refuse in the wrong way, or not at all.
func refusalFaults() []Fault {
	var all []Fault
	swallowed := func(method string, kind fault.Kind) {
		all = append(all, Fault{
			Name: method + " swallows " + string(kind), What: "a refused step reports success",
			plant: func(d *database) { d.errors(method, replacing(kind, nil)) },
		})
	}
	swallowed("Tenants.Save", fault.ErrConflict)
	swallowed("Customers.Save", fault.ErrConflict)
	swallowed("Catalog.CreateMany", fault.ErrExists)
	swallowed("Orders.Create", fault.ErrExists)
	swallowed("Resources.Write", fault.ErrExists)
	swallowed("Resources.Write", fault.ErrConflict)
	swallowed("Orders.Get", fault.ErrNotFound)
	swallowed("Customers.Receipt", fault.ErrNotFound)
	swallowed("Events.Move", fault.ErrConflict)
	wrong := func(method string, kind, other fault.Kind) {
		all = append(all, Fault{
			Name: method + " calls " + string(kind) + " " + string(other), What: "an error of the database is taken for another",
			plant: func(d *database) { d.errors(method, replacing(kind, &fault.Error{Kind: other})) },
		})
	}
	wrong("Tenants.SaveRole", fault.ErrConflict, fault.ErrNotFound)
	wrong("Customers.Save", fault.ErrConflict, fault.ErrUnavailable)
	wrong("Catalog.Get", fault.ErrNotFound, fault.ErrUnavailable)
	wrong("Orders.Create", fault.ErrExists, fault.ErrConflict)
	wrong("Tenants.DeleteRole", fault.ErrState, fault.ErrConflict)
	for _, method := range []string{"Customers.Create", "Catalog.Save", "Resources.Write"} {
		all = append(all, Fault{
			Name: method + " names no field", What: "who asked does not learn what is taken",
			plant: func(d *database) {
				d.errors(method, func(err error) error {
					if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.ErrExists {
						bare := *e
						bare.Fields = nil
						return &bare
					}
					return err
				})
			},
		})
	}
	return all
}

// replacing makes another error, or none, of one of a kind.
func replacing(kind fault.Kind, other error) func(error) error {
	return func(err error) error {
		if fault.KindOf(err) == kind && !errors.Is(err, event.ErrRepeated) && !errors.Is(err, event.ErrDelivered) {
			return other
		}
		return err
	}
}
