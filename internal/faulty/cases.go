package faulty

import (
	"context"
	"strings"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

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
		{Name: "Customers.ByEmail compares emails as written", What: "a customer is not found by the normalised form",
			plant: func(d *database) {
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
		{Name: "Resources.Write takes cluster names in another case for taken", What: "the collation ignores case",
			plant: func(d *database) {
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
