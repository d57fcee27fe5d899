package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

type customers struct {
	*table[customer.ID, customer.Customer]
}

func newCustomers(d *database) customers {
	return customers{newTable[customer.ID](service{d, "customer"}, kind[customer.Customer]{
		entity: "customer", id: func(c *customer.Customer) (*tenant.ID, string, int64) { return &c.TenantID, string(c.ID), c.Version },
		uniques: []unique[customer.Customer]{{"email", func(c customer.Customer) any {
			if c.DeletedAt != nil {
				return nil
			}
			return c.EmailKey()
		}}},
		gone: func(c customer.Customer) bool { return c.DeletedAt != nil },
	})}
}

func (s customers) ByEmail(ctx context.Context, email string) (customer.Customer, error) {
	return s.one(ctx, func(c customer.Customer) bool { return c.EmailKey() == email })
}

func (s customers) List(ctx context.Context, matches []page.Match, w page.Window) ([]customer.Customer, error) {
	return s.list(ctx, w, func(c customer.Customer) bool { return s.has(c, matches) })
}

type products struct {
	*table[catalog.ID, catalog.Product]
}

func newProducts(d *database) products {
	return products{newTable[catalog.ID](service{d, "catalog"}, kind[catalog.Product]{
		entity: "product", id: func(p *catalog.Product) (*tenant.ID, string, int64) { return &p.TenantID, string(p.ID), p.Version },
		uniques: []unique[catalog.Product]{{"sku", func(p catalog.Product) any { return p.SKU }}},
		valid: func(p catalog.Product) bool {
			return slices.Contains(catalog.Lifecycle().States, p.Status) && slices.Contains(catalog.Categories(), p.Category) &&
				!slices.ContainsFunc(p.Pricing, func(r catalog.PricingRule) bool { return !slices.Contains(catalog.Periods(), r.Period) })
		},
	})}
}

func (s products) CreateMany(ctx context.Context, all []catalog.New, commit event.Commit) error {
	return s.write(ctx, commit, func(made *step) error {
		for _, n := range all {
			if err := s.set(made, made.tenant, n.Product, isNew, n.Terms); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s products) BySKU(ctx context.Context, sku string) (catalog.Product, error) {
	return s.one(ctx, func(p catalog.Product) bool { return p.SKU == sku })
}

func (s products) Many(ctx context.Context, ids []catalog.ID) ([]catalog.Product, error) {
	return s.list(ctx, everything, func(p catalog.Product) bool { return slices.Contains(ids, p.ID) })
}

func (s products) Taken(ctx context.Context, skus []string) (found []string, _ error) {
	all, err := s.list(ctx, everything, func(p catalog.Product) bool { return slices.Contains(skus, p.SKU) })
	for _, p := range all {
		found = append(found, p.SKU)
	}
	return found, err
}

func (s products) List(ctx context.Context, q catalog.Query, matches []page.Match, w page.Window) ([]catalog.Product, error) {
	return s.list(ctx, w, func(p catalog.Product) bool {
		return is(q.Category, p.Category) && is(q.Status, p.Status) && s.has(p, matches)
	})
}

type orders struct {
	*table[order.ID, order.Order]
}

func newOrders(d *database) orders {
	return orders{newTable[order.ID](service{d, "order"}, kind[order.Order]{
		entity: "order", id: func(o *order.Order) (*tenant.ID, string, int64) { return &o.TenantID, string(o.ID), o.Version },
		valid: func(o order.Order) bool {
			return slices.Contains(order.Phases(o.Status), o.Phase) && o.Attempt > 0 &&
				(o.Status == order.StatusProvisioned) == (o.ProvisionedAt != nil) &&
				!slices.ContainsFunc(o.Items, func(i order.Item) bool {
					return i.Quantity < 1 || !slices.Contains(order.ItemLifecycle().States, i.Status)
				})
		},
		check: checkOrder,
	})}
}

// checkOrder refuses items of one id, and lets nothing change of what was sold.
func checkOrder(o *order.Order, stored order.Order) error {
	statuses := map[order.ItemID]order.ItemStatus{}
	for _, i := range o.Items {
		statuses[i.ID] = i.Status
	}
	if len(statuses) < len(o.Items) {
		return taken("item", "id")
	}
	if stored.Version == 0 {
		return nil // it is new
	}
	o.Items = copied(stored.Items)
	for n, i := range o.Items {
		o.Items[n].Status = cmp.Or(statuses[i.ID], i.Status)
	}
	o.CustomerID, o.TotalAmount, o.Currency = stored.CustomerID, stored.TotalAmount, stored.Currency
	o.Metadata, o.CreatedAt = stored.Metadata, stored.CreatedAt
	return nil
}

func (s orders) SaveMany(ctx context.Context, all []order.Saved, commit event.Commit) error {
	return s.write(ctx, commit, func(made *step) error {
		for _, saved := range all {
			if err := s.set(made, made.tenant, saved.Order, isNext, saved.Terms); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s orders) List(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
	return s.list(ctx, w, func(o order.Order) bool {
		return is(q.Customer, o.CustomerID) && is(q.Status, o.Status) && !o.CreatedAt.Before(q.From) &&
			(q.To.IsZero() || o.CreatedAt.Before(q.To)) && s.has(o, matches)
	})
}

func (s orders) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	all, err := s.List(ctx, q, matches, everything)
	return int64(len(all)), err
}
