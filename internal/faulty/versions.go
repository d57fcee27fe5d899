package faulty

import (
	"context"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// saver is a method that saves the next version of an entity, and how the
// stored version is found out.
type saver[E any] struct {
	save    *func(context.Context, E, event.Commit) error
	stored  func(context.Context, E) (int64, error)
	version func(*E) *int64
}

func (d *database) tenantSaver() saver[tenant.Tenant] {
	return saver[tenant.Tenant]{&d.Tenants.Save, func(ctx context.Context, _ tenant.Tenant) (int64, error) {
		t, err := d.Tenants.Get(ctx)
		return t.Version, err
	}, func(t *tenant.Tenant) *int64 { return &t.Version }}
}

func (d *database) userSaver() saver[tenant.User] {
	return saver[tenant.User]{&d.Tenants.SaveUser, func(ctx context.Context, u tenant.User) (int64, error) {
		u, err := d.Tenants.User(ctx, u.ID)
		return u.Version, err
	}, func(u *tenant.User) *int64 { return &u.Version }}
}

func (d *database) roleSaver(save *func(context.Context, tenant.Role, event.Commit) error) saver[tenant.Role] {
	return saver[tenant.Role]{save, func(ctx context.Context, r tenant.Role) (int64, error) {
		r, err := d.Tenants.Role(ctx, r.Name)
		return r.Version, err
	}, func(r *tenant.Role) *int64 { return &r.Version }}
}

func (d *database) customerSaver() saver[customer.Customer] {
	return saver[customer.Customer]{&d.Customers.Save, func(ctx context.Context, c customer.Customer) (int64, error) {
		c, err := d.Customers.Get(ctx, c.ID)
		return c.Version, err
	}, func(c *customer.Customer) *int64 { return &c.Version }}
}

func (d *database) productSaver() saver[catalog.Product] {
	return saver[catalog.Product]{&d.Catalog.Save, func(ctx context.Context, p catalog.Product) (int64, error) {
		p, err := d.Catalog.Get(ctx, p.ID)
		return p.Version, err
	}, func(p *catalog.Product) *int64 { return &p.Version }}
}

func (d *database) orderSaver() saver[order.Order] {
	return saver[order.Order]{&d.Orders.Save, func(ctx context.Context, o order.Order) (int64, error) {
		o, err := d.Orders.Get(ctx, o.ID)
		return o.Version, err
	}, func(o *order.Order) *int64 { return &o.Version }}
}

// careless saves with any version that is to be tolerated, as the one after the
// stored one.
func careless[E any](s saver[E], tolerates func(given, stored int64) bool) {
	save := *s.save
	*s.save = func(ctx context.Context, e E, c event.Commit) error {
		err := save(ctx, e, c)
		if fault.KindOf(err) != fault.ErrConflict {
			return err
		}
		stored, missing := s.stored(ctx, e)
		if missing != nil || !tolerates(*s.version(&e), stored) {
			return err
		}
		*s.version(&e) = stored + 1
		return save(ctx, e, c)
	}
}

func always(int64, int64) bool { return true }

// versionFaults lose updates.
func versionFaults() []Fault {
	dropped := "the version is not compared: the last one wins"
	return []Fault{
		{Name: "Tenants.Save compares no version", What: dropped, plant: func(d *database) { careless(d.tenantSaver(), always) }},
		{Name: "Tenants.SaveUser compares no version", What: dropped, plant: func(d *database) { careless(d.userSaver(), always) }},
		{Name: "Tenants.SaveRole compares no version", What: dropped, plant: func(d *database) { careless(d.roleSaver(&d.Tenants.SaveRole), always) }},
		{Name: "Tenants.DeleteRole compares no version", What: dropped, plant: func(d *database) {
			careless(d.roleSaver(&d.Tenants.DeleteRole), always)
		}},
		{Name: "Customers.Save compares no version", What: dropped, plant: func(d *database) { careless(d.customerSaver(), always) }},
		{Name: "Catalog.Save compares no version", What: dropped, plant: func(d *database) { careless(d.productSaver(), always) }},
		{Name: "Orders.Save compares no version", What: dropped, plant: func(d *database) { careless(d.orderSaver(), always) }},
		{Name: "Orders.SaveMany compares no version", What: dropped, plant: func(d *database) {
			save := d.Orders.SaveMany
			d.Orders.SaveMany = func(ctx context.Context, all []order.Saved, c event.Commit) error {
				err := save(ctx, all, c)
				if fault.KindOf(err) != fault.ErrConflict {
					return err
				}
				next := append([]order.Saved(nil), all...)
				for i := range next {
					stored, missing := d.Orders.Get(ctx, next[i].Order.ID)
					if missing != nil {
						return err
					}
					next[i].Order.Version = stored.Version + 1
				}
				return save(ctx, next, c)
			}
		}},
		{Name: "Catalog.Save takes the stored version", What: "it compares with <= what should be <", plant: func(d *database) {
			careless(d.productSaver(), func(given, stored int64) bool { return given == stored })
		}},
		{Name: "Customers.Save takes a version ahead", What: "it asks whether the version is newer, not whether it is the next", plant: func(d *database) {
			careless(d.customerSaver(), func(given, stored int64) bool { return given > stored })
		}},
		{Name: "Orders.Save takes version 0", What: "the zero version is any", plant: func(d *database) {
			careless(d.orderSaver(), func(given, _ int64) bool { return given == 0 })
		}},
		{Name: "Orders.Save creates what is not there", What: "a save is an upsert", plant: func(d *database) {
			save := d.Orders.Save
			d.Orders.Save = func(ctx context.Context, o order.Order, c event.Commit) error {
				err := save(ctx, o, c)
				if _, missing := d.Orders.Get(ctx, o.ID); fault.KindOf(err) == fault.ErrConflict && fault.KindOf(missing) == fault.ErrNotFound {
					return d.Orders.Create(ctx, o, c)
				}
				return err
			}
		}},
		{Name: "Resources.Write compares no version of clusters", What: "capacity is given twice", plant: func(d *database) {
			d.carelessWrite(func(ctx context.Context, c *resource.Changes) {
				for i := range c.Clusters {
					stored, _ := d.Resources.Cluster(ctx, c.Clusters[i].ID)
					c.Clusters[i].Version = stored.Version + 1
				}
			})
		}},
		{Name: "Resources.Write compares no version of networks", What: "an address is given twice", plant: func(d *database) {
			d.carelessWrite(func(ctx context.Context, c *resource.Changes) {
				for i := range c.Networks {
					stored, _ := d.Resources.Network(ctx, c.Networks[i].ID)
					c.Networks[i].Version = stored.Version + 1
				}
			})
		}},
		{Name: "Resources.Write compares no version of resources", What: dropped, plant: func(d *database) {
			d.carelessWrite(func(ctx context.Context, c *resource.Changes) {
				for i := range c.Resources {
					stored, _ := d.Resources.Get(ctx, c.Resources[i].ID)
					c.Resources[i].Version = stored.Version + 1
				}
			})
		}},
		{Name: "Resources.Write compares no version of instances", What: dropped, plant: func(d *database) {
			d.carelessWrite(func(ctx context.Context, c *resource.Changes) {
				for i := range c.Instances {
					stored, _ := d.Resources.InstanceOf(ctx, c.Instances[i].ResourceID)
					c.Instances[i].Version = stored.Version + 1
				}
			})
		}},
		{Name: "Resources.Write compares no version of the usage", What: "a tenant gets more than its limit", plant: func(d *database) {
			d.carelessWrite(func(ctx context.Context, c *resource.Changes) {
				if c.Usage != nil {
					stored, _ := d.Resources.Supply(ctx, nil)
					usage := *c.Usage
					usage.Version = stored.Usage.Version + 1
					c.Usage = &usage
				}
			})
		}},
	}
}

// carelessWrite writes what was refused as a conflict once more, with other
// versions.
func (d *database) carelessWrite(adopt func(context.Context, *resource.Changes)) {
	write := d.Resources.Write
	d.Resources.Write = func(ctx context.Context, changes resource.Changes, c event.Commit) error {
		err := write(ctx, changes, c)
		if fault.KindOf(err) != fault.ErrConflict {
			return err
		}
		changes = copyOf(changes)
		adopt(ctx, &changes)
		return write(ctx, changes, c)
	}
}
