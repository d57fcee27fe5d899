package faulty

import (
	"context"
	"reflect"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

// isolationFaults let a tenant see, change or guess what is another one's.
func isolationFaults() []Fault {
	var all []Fault
	for _, method := range []string{
		"Tenants.UserByEmail", "Tenants.Role", "Customers.Get", "Customers.ByEmail", "Customers.List", "Customers.Receipt",
		"Catalog.Many", "Catalog.Taken", "Orders.Get", "Orders.Count", "Resources.OfOrder", "Resources.Tally", "Resources.CountLive",
		"Resources.InstanceOf", "Resources.Supply", "Events.Get", "Events.DeadLetters",
	} {
		all = append(all, Fault{
			Name: method + " leaks", What: "where the tenant has nothing, another tenant's is read",
			plant: func(d *database) { d.leak(method) },
		})
	}
	return append(all, []Fault{
		{Name: "Orders.Save crosses tenants", What: "the row is found by its id alone", plant: func(d *database) {
			save := d.Orders.Save
			d.Orders.Save = func(ctx context.Context, o order.Order, c event.Commit) error {
				err := save(ctx, o, c)
				for _, other := range d.others(ctx) {
					if fault.KindOf(err) == fault.ErrConflict {
						err = save(other, o, c)
					}
				}
				return err
			}
		}},
		{Name: "Events.Discard crosses tenants", What: "a dead letter is found by its key alone", plant: func(d *database) {
			discard := d.Events.Discard
			d.Events.Discard = func(ctx context.Context, dead event.DeadLetter) error {
				err := discard(ctx, dead)
				for _, other := range d.others(ctx) {
					if fault.KindOf(err) == fault.ErrNotFound {
						err = discard(other, dead)
					}
				}
				return err
			}
		}},
		{Name: "Catalog.Create believes the product", What: "whose a product is, it says itself and not the scope", plant: func(d *database) {
			create := d.Catalog.Create
			d.Catalog.Create = func(ctx context.Context, p catalog.Product, c event.Commit) error {
				if _, err := scope.FromTenant(ctx); err == nil && p.TenantID != "" {
					ctx = scope.Tenant(ctx, p.TenantID)
				}
				return create(ctx, p, c)
			}
		}},
		{Name: "Orders.Create has ids of all tenants", What: "the primary key lacks the tenant", plant: func(d *database) {
			create := d.Orders.Create
			d.Orders.Create = func(ctx context.Context, o order.Order, c event.Commit) error {
				for _, other := range d.others(ctx) {
					if _, err := d.Orders.Get(other, o.ID); err == nil {
						return taken("id")
					}
				}
				return create(ctx, o, c)
			}
		}},
		{Name: "Customers.Get tells others' from nobody's", What: "another tenant's customer is forbidden, not missing", plant: func(d *database) {
			d.betray("Customers.Get", fault.ErrForbidden)
		}},
		{Name: "Resources.Get tells others' in its message", What: "the error says whose it is", plant: func(d *database) {
			d.betray("Resources.Get", fault.ErrNotFound)
		}},
	}...)
}

// leak reads in other tenants what is not there in the scope's.
func (d *database) leak(method string) {
	d.around(method, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		for _, other := range d.others(contextOf(in)) {
			if !nothing(out) {
				break
			}
			in[0] = reflect.ValueOf(other)
			out = good(in)
		}
		return out
	})
}

// betray answers about what another tenant has in its own way.
func (d *database) betray(method string, kind fault.Kind) {
	d.around(method, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		for _, other := range d.others(contextOf(in)) {
			in[0] = reflect.ValueOf(other)
			if nothing(out) && !nothing(good(in)) {
				setError(out, fault.New(kind, "it is another tenant's"))
			}
		}
		return out
	})
}

// nothing says whether a method found nothing.
func nothing(out []reflect.Value) bool {
	if err := errorOf(out); err != nil {
		return fault.KindOf(err) == fault.ErrNotFound
	}
	if out[0].Kind() == reflect.Slice {
		return out[0].Len() == 0
	}
	if out[0].Kind() == reflect.Struct {
		lists := false
		for i := range out[0].NumField() {
			field := out[0].Field(i)
			lists = lists || field.Kind() == reflect.Slice && field.Len() > 0
		}
		return !lists && out[0].Type().Name() == "Supply"
	}
	return out[0].IsZero()
}

// taken is the refusal of what must be unique.
func taken(path string) error {
	return &fault.Error{Kind: fault.ErrExists, Fields: []fault.Field{{Path: path, Rule: "is taken"}}}
}
