package faulty

import (
	"context"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// stepFaults store half of a step.
func stepFaults() []Fault {
	return []Fault{
		{Name: "Catalog.CreateMany stores some", What: "one product after the other is stored, until one is refused",
			plant: func(d *database) {
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
		{Name: "Orders.SaveMany stores some", What: "one order after the other is stored, until one is refused",
			plant: func(d *database) {
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
		{Name: "Resources.Write stores the clusters of what it refuses", What: "the changes are in several transactions",
			plant: func(d *database) {
				d.halfWrite(func(c resource.Changes) resource.Changes { return resource.Changes{Clusters: c.Clusters} })
			}},
		{Name: "Resources.Write stores the usage of what it refuses", What: "the changes are in several transactions",
			plant: func(d *database) {
				d.halfWrite(func(c resource.Changes) resource.Changes { return resource.Changes{Usage: c.Usage} })
			}},
		{Name: "Resources.Write stores the resources of what it refuses", What: "the changes are in several transactions",
			plant: func(d *database) {
				d.halfWrite(func(c resource.Changes) resource.Changes { return resource.Changes{Resources: c.Resources} })
			}},
		{Name: "Tenants.Create stores no role", What: "the built-in role is not created with its tenant", plant: func(d *database) {
			create := d.Tenants.Create
			d.Tenants.Create = func(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
				owner.Permissions = nil
				return create(ctx, t, owner, c)
			}
		}},
		{Name: "Tenants.SaveUser leaves the roles", What: "the roles of a user are stored when it is added alone",
			plant: func(d *database) {
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
			standing := d.Tenants.Standing
			d.Tenants.Standing = func(ctx context.Context, user tenant.UserID) (tenant.Standing, error) {
				s, err := standing(ctx, user)
				own, _ := scope.From(ctx)
				if old, ok := cache.get(own.Tenant); ok && err == nil {
					old = copyOf(old)
					s.Status, s.Settings = old.Status, old.Settings
				} else if err == nil {
					cache.set(own.Tenant, copyOf(s))
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
