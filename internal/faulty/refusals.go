package faulty

import (
	"context"
	"errors"
	"reflect"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
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
	for _, method := range []string{"Tenants.Create", "Customers.Create", "Catalog.Save", "Resources.Write"} {
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
		Fault{Name: "Customers.Save calls a cancelled call a conflict", What: "every failure of a write is taken for a stale version", plant: func(d *database) {
			d.errors("Customers.Save", replacing(fault.ErrUnavailable, &fault.Error{Kind: fault.ErrConflict}))
		}},
		Fault{Name: "Orders.Create stores what was cancelled", What: "the error is right, but the order is there", plant: func(d *database) {
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

// stepFaults store half of a step.
func stepFaults() []Fault {
	return []Fault{
		{Name: "Catalog.CreateMany stores some", What: "one product after the other is stored, until one is refused", plant: func(d *database) {
			many := d.Catalog.CreateMany
			d.Catalog.CreateMany = func(ctx context.Context, all []catalog.New, c event.Commit) error {
				err := many(ctx, all, c)
				if fault.KindOf(err) == fault.ErrExists && c.Receipt == nil && c.Delivery == nil {
					for _, n := range all {
						if d.Catalog.Create(ctx, n.Product, event.Commit{At: c.At, Terms: n.Terms}) != nil {
							break
						}
					}
				}
				return err
			}
		}},
		{Name: "Orders.SaveMany stores some", What: "one order after the other is stored, until one is refused", plant: func(d *database) {
			many := d.Orders.SaveMany
			d.Orders.SaveMany = func(ctx context.Context, all []order.Saved, c event.Commit) error {
				err := many(ctx, all, c)
				if fault.KindOf(err) == fault.ErrConflict {
					for _, s := range all {
						if d.Orders.Save(ctx, s.Order, event.Commit{At: c.At, Terms: s.Terms}) != nil {
							break
						}
					}
				}
				return err
			}
		}},
		{Name: "Resources.Write stores the clusters of what it refuses", What: "the changes are in several transactions", plant: func(d *database) {
			d.halfWrite(func(c resource.Changes) resource.Changes { return resource.Changes{Clusters: c.Clusters} })
		}},
		{Name: "Resources.Write stores the usage of what it refuses", What: "the changes are in several transactions", plant: func(d *database) {
			d.halfWrite(func(c resource.Changes) resource.Changes { return resource.Changes{Usage: c.Usage} })
		}},
		{Name: "Resources.Write stores the resources of what it refuses", What: "the changes are in several transactions", plant: func(d *database) {
			d.halfWrite(func(c resource.Changes) resource.Changes { return resource.Changes{Resources: c.Resources} })
		}},
		{Name: "Tenants.Create stores no role", What: "the built-in role is not created with its tenant", plant: func(d *database) {
			create := d.Tenants.Create
			d.Tenants.Create = func(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
				owner.Permissions = nil
				return create(ctx, t, owner, c)
			}
		}},
		{Name: "Tenants.SaveUser leaves the roles", What: "the roles of a user are stored when it is added alone", plant: func(d *database) {
			save := d.Tenants.SaveUser
			d.Tenants.SaveUser = func(ctx context.Context, u tenant.User, c event.Commit) error {
				if old, err := d.Tenants.User(ctx, u.ID); err == nil {
					u.Roles = old.Roles
				}
				return save(ctx, u, c)
			}
		}},
		{Name: "Customers.Get is stale", What: "a cache is not dropped by a save", plant: func(d *database) {
			cache := remember[customer.ID, customer.Customer]()
			get := d.Customers.Get
			d.Customers.Get = func(ctx context.Context, id customer.ID) (customer.Customer, error) {
				c, err := get(ctx, id)
				if old, ok := cache.get(id); ok && err == nil && old.TenantID == c.TenantID {
					return copyOf(old), nil
				}
				if err == nil {
					cache.set(id, copyOf(c))
				}
				return c, err
			}
		}},
		{Name: "Orders.Get is stale", What: "a replica that lags is read", plant: func(d *database) {
			cache := remember[order.ID, order.Order]()
			get := d.Orders.Get
			d.Orders.Get = func(ctx context.Context, id order.ID) (order.Order, error) {
				o, err := get(ctx, id)
				if old, ok := cache.get(id); ok && err == nil && old.TenantID == o.TenantID {
					return copyOf(old), nil
				}
				if err == nil {
					cache.set(id, copyOf(o))
				}
				return o, err
			}
		}},
		{Name: "Tenants.Standing is stale", What: "what the gate asks is cached in the adapter", plant: func(d *database) {
			cache := remember[tenant.ID, tenant.Standing]()
			standing, get := d.Tenants.Standing, d.Tenants.Get
			create := d.Tenants.Create
			d.Tenants.Create = func(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
				err := create(ctx, t, owner, c)
				if err == nil {
					cache.set(t.ID, copyOf(tenant.Standing{Status: t.Status, Settings: t.Settings}))
				}
				return err
			}
			d.Tenants.Standing = func(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
				s, err := standing(ctx, user)
				own, missing := get(ctx)
				if old, ok := cache.get(own.ID); ok && err == nil && missing == nil {
					old = copyOf(old)
					s.Status, s.Settings = old.Status, old.Settings
				}
				return s, err
			}
		}},
		{Name: "Orders.Save changes what was sold", What: "a save replaces the items", plant: func(d *database) {
			items := remember[order.ID, []order.Item]()
			save := d.Orders.Save
			d.Orders.Save = func(ctx context.Context, o order.Order, c event.Commit) error {
				err := save(ctx, o, c)
				if err == nil {
					items.set(o.ID, copyOf(o.Items))
				}
				return err
			}
			get := d.Orders.Get
			d.Orders.Get = func(ctx context.Context, id order.ID) (order.Order, error) {
				o, err := get(ctx, id)
				if replaced, ok := items.get(id); ok && err == nil && len(replaced) == len(o.Items) {
					for i := range o.Items {
						status := o.Items[i].Status
						o.Items[i] = copyOf(replaced[i])
						o.Items[i].Status = status
					}
				}
				return o, err
			}
		}},
		{Name: "Orders.Save leaves its items", What: "the statuses of the items are not stored", plant: func(d *database) {
			save := d.Orders.Save
			d.Orders.Save = func(ctx context.Context, o order.Order, c event.Commit) error {
				if old, err := d.Orders.Get(ctx, o.ID); err == nil {
					o.Items = old.Items
				}
				return save(ctx, o, c)
			}
		}},
	}
}

// halfWrite stores a part of what is refused.
func (d *database) halfWrite(half func(resource.Changes) resource.Changes) {
	write := d.Resources.Write
	d.Resources.Write = func(ctx context.Context, changes resource.Changes, c event.Commit) error {
		err := write(ctx, changes, c)
		if kind := fault.KindOf(err); kind == fault.ErrExists || kind == fault.ErrConflict {
			_ = write(ctx, half(changes), event.Commit{At: c.At})
		}
		return err
	}
}
