package faulty

import (
	"context"
	"errors"
	"strings"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// uniqueFaults give a name twice, or not where it is free.
func uniqueFaults() []Fault {
	twice, across := "the unique index is missing", "the unique index lacks the tenant"
	return []Fault{
		{Name: "Tenants.Create gives a slug twice", What: twice, plant: func(d *database) {
			create := d.Tenants.Create
			d.Tenants.Create = func(ctx context.Context, t tenant.Tenant, owner tenant.Role, c event.Commit) error {
				return twin(create(ctx, t, owner, c), "slug", func() error {
					t.Slug += "-2"
					return create(ctx, t, owner, c)
				})
			}
		}},
		{Name: "Tenants.AddUser gives an email twice", What: twice, plant: func(d *database) {
			uniqueTwice(&d.Tenants.AddUser, "email", func(u *tenant.User) { u.Email = "2" + u.Email })
		}},
		{Name: "Tenants.SaveUser gives an email twice", What: "the email is compared when a user is added alone", plant: func(d *database) {
			uniqueTwice(&d.Tenants.SaveUser, "email", func(u *tenant.User) { u.Email = "2" + u.Email })
		}},
		{Name: "Tenants.CreateRole gives a name twice", What: twice, plant: func(d *database) {
			uniqueTwice(&d.Tenants.CreateRole, "name", func(r *tenant.Role) { r.Name += ".2" })
		}},
		{Name: "Customers.Create gives an email twice", What: twice, plant: func(d *database) {
			uniqueTwice(&d.Customers.Create, "email", func(c *customer.Customer) { c.Email = string(c.ID) + c.Email })
		}},
		{Name: "Customers.Save gives an email twice", What: "the email is compared when a customer is created alone", plant: func(d *database) {
			uniqueTwice(&d.Customers.Save, "email", func(c *customer.Customer) { c.Email = string(c.ID) + c.Email })
		}},
		{Name: "Catalog.Create gives a SKU twice", What: twice, plant: func(d *database) {
			uniqueTwice(&d.Catalog.Create, "sku", func(p *catalog.Product) { p.SKU += ".2" })
		}},
		{Name: "Catalog.Save gives a SKU twice", What: "the SKU is compared when a product is created alone", plant: func(d *database) {
			uniqueTwice(&d.Catalog.Save, "sku", func(p *catalog.Product) { p.SKU += ".2" })
		}},
		{Name: "Orders.Create gives an id twice", What: "an order that is there is replaced", plant: func(d *database) {
			create := d.Orders.Create
			d.Orders.Create = func(ctx context.Context, o order.Order, c event.Commit) error {
				err := create(ctx, o, c)
				if fault.KindOf(err) != fault.ErrExists || errors.Is(err, event.ErrRepeated) || errors.Is(err, event.ErrDelivered) {
					return err
				}
				stored, missing := d.Orders.Get(ctx, o.ID)
				if missing != nil {
					return err
				}
				o.Version = stored.Version + 1
				return d.Orders.Save(ctx, o, c)
			}
		}},
		writeTwice("clusters of a name", "name", func(c *resource.Changes) {
			for i := range c.NewClusters {
				c.NewClusters[i].Name += ".2"
			}
			for i := range c.Clusters {
				c.Clusters[i].Name += ".2"
			}
		}),
		writeTwice("networks of a name", "name", func(c *resource.Changes) {
			for i := range c.NewNetworks {
				c.NewNetworks[i].Name += ".2"
			}
			for i := range c.Networks {
				c.Networks[i].Name += ".2"
			}
		}),
		writeTwice("resources of a unit", "unit", func(c *resource.Changes) {
			for i := range c.NewResources {
				c.NewResources[i].Unit += 1000
			}
		}),
		writeTwice("instances of a resource", "", func(c *resource.Changes) {
			for i := range c.NewInstances {
				c.NewInstances[i].ResourceID = resource.ID("res" + strings.TrimPrefix(string(c.NewInstances[i].ID), "inst"))
			}
		}),
		{Name: "Customers.Create has emails of all tenants", What: across, plant: func(d *database) {
			create := d.Customers.Create
			d.Customers.Create = func(ctx context.Context, c customer.Customer, commit event.Commit) error {
				for _, other := range d.others(ctx) {
					if _, err := d.Customers.ByEmail(other, strings.ToLower(c.Email)); err == nil {
						return taken("email")
					}
				}
				return create(ctx, c, commit)
			}
		}},
		{Name: "Catalog.Create has SKUs of all tenants", What: across, plant: func(d *database) {
			create := d.Catalog.Create
			d.Catalog.Create = func(ctx context.Context, p catalog.Product, commit event.Commit) error {
				for _, other := range d.others(ctx) {
					if _, err := d.Catalog.BySKU(other, p.SKU); err == nil {
						return taken("sku")
					}
				}
				return create(ctx, p, commit)
			}
		}},
		{Name: "Tenants.AddUser has emails of all tenants", What: across, plant: func(d *database) {
			add := d.Tenants.AddUser
			d.Tenants.AddUser = func(ctx context.Context, u tenant.User, commit event.Commit) error {
				for _, other := range d.others(ctx) {
					if _, err := d.Tenants.UserByEmail(other, strings.ToLower(u.Email)); err == nil {
						return taken("email")
					}
				}
				return add(ctx, u, commit)
			}
		}},
		{Name: "Customers.Save keeps the email of who is deleted", What: "a deleted customer's email is never free again", plant: func(d *database) {
			type place struct {
				tenant scope.TenantID
				email  string
			}
			gone := remember[place, bool]()
			create, save := d.Customers.Create, d.Customers.Save
			at := func(ctx context.Context, c customer.Customer) place {
				s, _ := scope.From(ctx)
				return place{s.Tenant, strings.ToLower(c.Email)}
			}
			d.Customers.Save = func(ctx context.Context, c customer.Customer, commit event.Commit) error {
				err := save(ctx, c, commit)
				if err == nil && c.DeletedAt != nil {
					gone.set(at(ctx, c), true)
				}
				return err
			}
			d.Customers.Create = func(ctx context.Context, c customer.Customer, commit event.Commit) error {
				if was, _ := gone.get(at(ctx, c)); was {
					return taken("email")
				}
				return create(ctx, c, commit)
			}
		}},
		{Name: "Customers.Save deletes nothing", What: "who is deleted is found all the same", plant: func(d *database) {
			arguments(d, "Customers.Save", func(c *customer.Customer) { c.DeletedAt = nil })
		}},
		{Name: "Customers.Get finds who is deleted", What: "deleted customers are left out of lists alone", plant: func(d *database) {
			last := remember[customer.ID, customer.Customer]()
			save, get := d.Customers.Save, d.Customers.Get
			d.Customers.Save = func(ctx context.Context, c customer.Customer, commit event.Commit) error {
				err := save(ctx, c, commit)
				if err == nil && c.DeletedAt != nil {
					last.set(c.ID, c)
				}
				return err
			}
			d.Customers.Get = func(ctx context.Context, id customer.ID) (customer.Customer, error) {
				c, err := get(ctx, id)
				if deleted, ok := last.get(id); ok && fault.KindOf(err) == fault.ErrNotFound {
					return deleted, nil
				}
				return c, err
			}
		}},
		{Name: "Tenants.DeleteRole deletes roles in use", What: "users keep a role that is not there", plant: func(d *database) {
			d.errors("Tenants.DeleteRole", func(err error) error {
				if fault.KindOf(err) == fault.ErrState {
					return nil
				}
				return err
			})
		}},
		{Name: "Tenants.AddUser grants roles that are not there", What: "the foreign key is missing", plant: func(d *database) {
			add := d.Tenants.AddUser
			d.Tenants.AddUser = func(ctx context.Context, u tenant.User, c event.Commit) error {
				err := add(ctx, u, c)
				if fault.KindOf(err) == fault.ErrNotFound {
					u.Roles = nil
					return add(ctx, u, c)
				}
				return err
			}
		}},
	}
}

// twin does something in another way where a name is taken.
func twin(err error, path string, otherwise func() error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != fault.ErrExists || errors.Is(err, event.ErrRepeated) || errors.Is(err, event.ErrDelivered) {
		return err
	}
	if path != "" && (len(e.Fields) != 1 || e.Fields[0].Path != path) {
		return err
	}
	return otherwise()
}

func uniqueTwice[E any](store *func(context.Context, E, event.Commit) error, path string, rename func(*E)) {
	good := *store
	*store = func(ctx context.Context, e E, c event.Commit) error {
		return twin(good(ctx, e, c), path, func() error {
			e = copyOf(e)
			rename(&e)
			return good(ctx, e, c)
		})
	}
}

func writeTwice(what, path string, rename func(*resource.Changes)) Fault {
	return Fault{Name: "Resources.Write makes two " + what, What: "the unique index is missing", plant: func(d *database) {
		uniqueTwice(&d.Resources.Write, path, rename)
	}}
}

// caseFaults take upper and lower case for the same where they are not, and the
// other way round.
func caseFaults() []Fault {
	return []Fault{
		{Name: "Customers.Create tells emails by their case", What: "an email is unique as it is written", plant: func(d *database) {
			uniqueTwiceIf(&d.Customers.Create, "email",
				func(c *customer.Customer) bool { return c.Email != strings.ToLower(c.Email) },
				func(c *customer.Customer) { c.Email = string(c.ID) + c.Email })
		}},
		{Name: "Tenants.AddUser tells emails by their case", What: "an email is unique as it is written", plant: func(d *database) {
			uniqueTwiceIf(&d.Tenants.AddUser, "email",
				func(u *tenant.User) bool { return u.Email != strings.ToLower(u.Email) },
				func(u *tenant.User) { u.Email = "2" + u.Email })
		}},
		{Name: "Customers.ByEmail compares emails as written", What: "a customer is not found by the normalised form", plant: func(d *database) {
			byEmail := d.Customers.ByEmail
			d.Customers.ByEmail = func(ctx context.Context, email string) (customer.Customer, error) {
				c, err := byEmail(ctx, email)
				if err == nil && c.Email != email {
					return customer.Customer{}, &fault.Error{Entity: "customer", Kind: fault.ErrNotFound}
				}
				return c, err
			}
		}},
		{Name: "Tenants.BySlug ignores case", What: "a slug is found in any case", plant: func(d *database) {
			bySlug := d.Tenants.BySlug
			d.Tenants.BySlug = func(ctx context.Context, slug string) (tenant.Tenant, error) {
				return bySlug(ctx, strings.ToLower(slug))
			}
		}},
		{Name: "Catalog.BySKU ignores case", What: "SKUs that differ in case are one", plant: func(d *database) {
			bySKU := d.Catalog.BySKU
			d.Catalog.BySKU = func(ctx context.Context, sku string) (catalog.Product, error) {
				if p, err := bySKU(ctx, strings.ToLower(sku)); err == nil {
					return p, nil
				}
				return bySKU(ctx, sku)
			}
		}},
		{Name: "Catalog.Taken ignores case", What: "SKUs that differ in case are one", plant: func(d *database) {
			take := d.Catalog.Taken
			d.Catalog.Taken = func(ctx context.Context, skus []string) ([]string, error) {
				found, err := take(ctx, skus)
				for _, sku := range skus {
					lower, _ := take(ctx, []string{strings.ToLower(sku)})
					if len(lower) > 0 && lower[0] != sku {
						found = append(found, sku)
					}
				}
				return found, err
			}
		}},
		{Name: "Catalog.Create takes SKUs in another case for taken", What: "the collation ignores case", plant: func(d *database) {
			create := d.Catalog.Create
			d.Catalog.Create = func(ctx context.Context, p catalog.Product, c event.Commit) error {
				for _, other := range []string{strings.ToLower(p.SKU), strings.ToUpper(p.SKU)} {
					if _, err := d.Catalog.BySKU(ctx, other); err == nil && other != p.SKU {
						return taken("sku")
					}
				}
				return create(ctx, p, c)
			}
		}},
		{Name: "Customers.Receipt ignores case", What: "keys that differ in case are one", plant: func(d *database) {
			receipt := d.Customers.Receipt
			d.Customers.Receipt = func(ctx context.Context, operation, key string) (event.Receipt, error) {
				if r, err := receipt(ctx, operation, strings.ToLower(key)); err == nil {
					return r, nil
				}
				return receipt(ctx, operation, key)
			}
		}},
		{Name: "Customers.List ignores the case of terms", What: "values that differ in case are one", plant: func(d *database) {
			arguments(d, "Customers.*", func(t *page.Term) { t.Value = strings.ToLower(t.Value) })
		}},
		{Name: "Resources.Write takes cluster names in another case for taken", What: "the collation ignores case", plant: func(d *database) {
			names := remember[string, bool]()
			write := d.Resources.Write
			d.Resources.Write = func(ctx context.Context, changes resource.Changes, c event.Commit) error {
				s, _ := scope.From(ctx)
				for _, n := range changes.NewClusters {
					if was, _ := names.get(string(s.Tenant) + strings.ToUpper(n.Name)); was && n.Name == strings.ToUpper(n.Name) {
						return taken("name")
					}
				}
				err := write(ctx, changes, c)
				for _, n := range changes.NewClusters {
					names.set(string(s.Tenant)+strings.ToUpper(n.Name), true)
				}
				return err
			}
		}},
	}
}

func uniqueTwiceIf[E any](
	store *func(context.Context, E, event.Commit) error, path string, when func(*E) bool, rename func(*E),
) {
	good, twice := *store, *store
	uniqueTwice(&twice, path, rename)
	*store = func(ctx context.Context, e E, c event.Commit) error {
		if when(&e) {
			return twice(ctx, e, c)
		}
		return good(ctx, e, c)
	}
}
