package faulty

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// aliasFaults keep or change what belongs to the caller.
func aliasFaults() []Fault {
	var all []Fault
	for _, of := range [][2]string{
		{"Customers.Create", "Customers.Get"}, {"Catalog.Create", "Catalog.Get"}, {"Orders.Create", "Orders.Get"},
	} {
		all = append(all, Fault{
			Name: of[0] + " keeps what it was handed", What: "the caller's maps and lists become the database's",
			plant: func(d *database) { d.keepGiven(of[0], of[1]) },
		})
	}
	for _, method := range []string{
		"Tenants.Get", "Customers.List", "Catalog.Get", "Orders.Get", "Resources.Supply", "Events.Get",
	} {
		all = append(all, Fault{
			Name: method + " hands out what it keeps", What: "who changes what was read changes what others read",
			plant: func(d *database) { d.handOut(method) },
		})
	}
	return append(all, []Fault{
		{Name: "Orders.Create sorts the caller's items", What: "what was handed in is put in order in place", plant: func(d *database) {
			create := d.Orders.Create
			d.Orders.Create = func(ctx context.Context, o order.Order, c event.Commit) error {
				err := create(ctx, o, c)
				if err == nil {
					slices.Reverse(o.Items)
				}
				return err
			}
		}},
		{Name: "Tenants.AddUser changes the caller's roles", What: "what was handed in is put in order in place", plant: func(d *database) {
			add := d.Tenants.AddUser
			d.Tenants.AddUser = func(ctx context.Context, u tenant.User, c event.Commit) error {
				err := add(ctx, u, c)
				if err == nil && len(u.Roles) > 0 {
					u.Roles[0] += "!"
				}
				return err
			}
		}},
		{Name: "Catalog.Many changes the caller's ids", What: "what was handed in is put in order in place", plant: func(d *database) {
			many := d.Catalog.Many
			d.Catalog.Many = func(ctx context.Context, ids []catalog.ID) ([]catalog.Product, error) {
				found, err := many(ctx, ids)
				if len(ids) > 0 {
					ids[0] = ""
				}
				return found, err
			}
		}},
		{Name: "Customers.Create changes the caller's event", What: "what is stored is filled into what was handed in", plant: func(d *database) {
			d.around("Customers.Create", func(good call, in []reflect.Value) []reflect.Value {
				out := good(in)
				if c, ok := in[len(in)-1].Interface().(event.Commit); ok && len(c.Events) > 0 && errorOf(out) == nil {
					c.Events[0].Position = 1
				}
				return out
			})
		}},
	}...)
}

// shared is what is handed out again and again, and what it was at first.
type shared struct{ given, pristine reflect.Value }

func (s shared) stands(fresh reflect.Value) bool {
	return reflect.DeepEqual(fresh.Interface(), s.pristine.Interface())
}

func share(v reflect.Value) shared { return shared{v, edited(v, func(*struct{ never bool }) {})} }

// keepGiven has a method read what another one was given.
func (d *database) keepGiven(create, read string) {
	kept := remember[string, shared]()
	d.around(create, func(good call, in []reflect.Value) []reflect.Value {
		given := share(in[1])
		out := good(in)
		if s, err := scope.From(contextOf(in)); err == nil && errorOf(out) == nil {
			kept.set(string(s.Tenant)+in[1].FieldByName("ID").String(), given)
		}
		return out
	})
	d.around(read, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		s, _ := scope.From(contextOf(in))
		if given, ok := kept.get(string(s.Tenant) + in[1].String()); ok && errorOf(out) == nil && given.stands(out[0]) {
			out[0] = given.given
		}
		return out
	})
}

// handOut has a method return the same lists and maps as long as nothing was
// changed.
func (d *database) handOut(method string) {
	kept := remember[string, shared]()
	d.around(method, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		if errorOf(out) != nil {
			return out
		}
		s, _ := scope.From(contextOf(in))
		name := string(s.Tenant)
		for _, argument := range in[1:] {
			name += fmt.Sprintf(" %v", argument)
		}
		if before, ok := kept.get(name); ok && before.stands(out[0]) {
			out[0] = before.given
			return out
		}
		kept.set(name, share(out[0]))
		return out
	})
}
