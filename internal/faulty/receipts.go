package faulty

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// receiptFaults do twice what was to be done once, or not at all.
func receiptFaults() []Fault {
	var all []Fault
	for _, method := range []string{"Tenants.Create", "Customers.Create", "Orders.Create", "Resources.Write"} {
		all = append(all, Fault{
			Name: method + " stores no receipt", What: "a command that is repeated is done twice",
			plant: func(d *database) { arguments(d, method, func(c *event.Commit) { c.Receipt = nil }) },
		})
	}
	for _, method := range []string{"Tenants.Save", "Catalog.CreateMany", "Orders.SaveMany", "Resources.Write"} {
		all = append(all, Fault{
			Name: method + " stores no delivery", What: "an event that is delivered again changes something again",
			plant: func(d *database) { arguments(d, method, func(c *event.Commit) { c.Delivery = nil }) },
		})
	}
	for _, method := range []string{"Customers.Create", "Orders.Save"} {
		all = append(all, Fault{
			Name: method + " names no cause of a repetition", What: "a repeated command looks like any other that exists",
			plant: func(d *database) {
				d.errors(method, func(err error) error {
					if errors.Is(err, event.ErrRepeated) || errors.Is(err, event.ErrDelivered) {
						return &fault.Error{Kind: fault.ErrExists}
					}
					return err
				})
			},
		})
	}
	return append(all, []Fault{
		{Name: "Customers.Create stores the receipt of what it refuses", What: "the receipt is stored first, and stays", plant: func(d *database) {
			kept := remember[string, event.Receipt]()
			create, receipt := d.Customers.Create, d.Customers.Receipt
			d.Customers.Create = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				err := create(ctx, e, c)
				if err != nil && c.Receipt != nil && !errors.Is(err, event.ErrRepeated) {
					kept.set(c.Receipt.Operation+c.Receipt.Key, *c.Receipt)
				}
				return err
			}
			d.Customers.Receipt = func(ctx context.Context, operation, key string) (event.Receipt, error) {
				r, err := receipt(ctx, operation, key)
				if ghost, ok := kept.get(operation + key); ok && fault.KindOf(err) == fault.ErrNotFound {
					return ghost, nil
				}
				return r, err
			}
		}},
		{Name: "Customers.Create keeps receipts across tenants", What: "a receipt is unique by its key, not in its tenant", plant: func(d *database) {
			create := d.Customers.Create
			d.Customers.Create = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				for _, other := range d.others(ctx) {
					if c.Receipt != nil && second(d.Customers.Receipt(other, c.Receipt.Operation, c.Receipt.Key)) == nil {
						return &fault.Error{Kind: fault.ErrExists, Err: event.ErrRepeated}
					}
				}
				return create(ctx, e, c)
			}
		}},
		{Name: "Customers.Create keeps receipts across operations", What: "a receipt is unique by its key, not in its operation", plant: func(d *database) {
			one := func(r *event.Receipt) { r.Operation = "any" }
			receipt := d.Customers.Receipt
			arguments(d, "Customers.Create", one)
			d.Customers.Receipt = func(ctx context.Context, operation, key string) (event.Receipt, error) {
				r, err := receipt(ctx, "any", key)
				if err == nil {
					r.Operation = operation
				}
				return r, err
			}
		}},
		{Name: "Customers.Create keeps deliveries across subscriptions", What: "a delivery is unique by its event alone", plant: func(d *database) {
			arguments(d, "Customers.Create", func(c *event.Commit) {
				if c.Delivery != nil {
					c.Delivery = &scope.Delivery{Subscription: "any", Event: c.Delivery.Event}
				}
			})
		}},
		{Name: "Customers.Create looks at the receipt last", What: "a repeated command is refused for its email, not as a repetition", plant: func(d *database) {
			create := d.Customers.Create
			d.Customers.Create = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				err := create(ctx, e, c)
				if _, missing := d.Customers.ByEmail(ctx, strings.ToLower(e.Email)); errors.Is(err, event.ErrRepeated) && missing == nil {
					return taken("email")
				}
				return err
			}
		}},
		{Name: "Orders.Create looks at the receipt last", What: "a repeated command is refused for its id, not as a repetition", plant: func(d *database) {
			d.around("Orders.Create", func(good call, in []reflect.Value) []reflect.Value {
				out := good(in)
				if !errors.Is(errorOf(out), event.ErrRepeated) {
					return out
				}
				id := in[1].FieldByName("ID")
				if found := reflect.ValueOf(d.Orders.Get).Call([]reflect.Value{in[0], id}); errorOf(found) == nil {
					setError(out, taken("id"))
				}
				return out
			})
		}},
		{Name: "Orders.Create loses the receipt's hash", What: "a key that is used for something else cannot be told", plant: func(d *database) {
			arguments(d, "Orders.Create", func(r *event.Receipt) { r.Hash = "" })
		}},
		{Name: "Catalog.Create loses the receipt's entity", What: "a repeated command cannot be answered with what it made", plant: func(d *database) {
			arguments(d, "Catalog.Create", func(r *event.Receipt) { r.Entity = "" })
		}},
	}...)
}
