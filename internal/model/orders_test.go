package model

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func orderOps() []op {
	return []op{
		{
			name: "order.place", weight: 26, most: command{In: 1, By: 1, On: 1, Of: 1, What: 8, N: 4, Key: 1},
			whats:   weighted(map[int]int{0: 8, 1: 1, 2: 1, 3: 1, 4: 3, 5: 1, 6: 1, 7: 4, 8: 1}),
			numbers: weighted(map[int]int{0: 1, 1: 8, 2: 6, 3: 3, 4: 2}), plan: placeOrder,
		},
		{name: "order.approve", weight: 5, most: command{In: 1, By: 1, On: 1}, plan: approveOrder},
		{name: "order.race", weight: 3, most: command{In: 1, By: 1, On: 1}, plan: raceOrder},
		{name: "order.cancel", weight: 4, most: command{In: 1, By: 1, On: 1}, plan: cancelOrder},
		{name: "order.retry", weight: 7, most: command{In: 1, By: 1, On: 1}, plan: retryOrder},
		{name: "order.get", weight: 2, most: command{In: 1, By: 1, On: 1}, plan: getOrder},
		{name: "product.quote", weight: 2, most: command{In: 1, By: 1, Of: 1, What: 8, N: 4}, plan: quoteProducts},
		listOp("order.list", 6, listOrders),
	}
}

func ordersOf(in *realm) map[string]*order.Order { return in.orders }

func decodedSold(i order.Item) catalog.Snapshot {
	sold, err := i.Sold()
	if err != nil {
		panic(err)
	}
	return sold
}

// wish is what is ordered: a draft made of a command's numbers.
func wish(w *world, c command) order.Draft {
	product := catalog.ID(choose(w, c, c.Of, "prod", productsOf))
	item := order.ItemDraft{Product: product, Quantity: int64(c.N), Region: "nyc1"}
	d := order.Draft{Customer: customer.ID(choose(w, c, c.On, "cust", everyCustomer))}
	switch c.What {
	case 1:
		item.Configuration = map[string]string{"disk_gib": "30"}
	case 2:
		item.Region = "ams3"
	case 3:
		d.Currency = "EUR"
	case 4:
		d.Metadata = map[string]string{"cart": "7"}
		d.Region, item.Region = "nyc1", ""
	case 5:
		item.Configuration = map[string]string{"disk_gib": "35"}
	case 6:
		item.Region = ""
	case 7:
		other := item
		other.Product, other.Quantity = catalog.ID(choose(w, c, 1, "prod", productsOf)), 1
		d.Items = append(d.Items, other)
	case 8:
		d.Metadata = map[string]string{"": "no key"}
	}
	d.Items = append([]order.ItemDraft{item}, d.Items...)
	return d
}

// sale is what an item costs, and what it is.
type sale struct {
	product catalog.Product
	amount  int64 // in cents
	specs   catalog.ProductSpecs
}

// price is what the items of a draft cost, or why they cannot be sold.
func (in *realm) price(d order.Draft) (sales []sale, c money.Currency, _ *refusal) {
	c = d.Currency
	bad, missing := false, false
	if c == "" {
		c = in.tenant.Settings.DefaultCurrency
		bad = c == ""
	}
	for _, item := range d.Items {
		region := item.Region
		if region == "" {
			region = d.Region
		}
		p := in.products[string(item.Product)]
		if p == nil {
			bad = true
			missing = missing || idPattern.MatchString(string(item.Product))
			continue
		}
		s, ok := in.sold(*p, item, region, c)
		bad = bad || !ok
		sales = append(sales, s)
	}
	switch {
	case missing:
		return nil, c, refuse(fault.ErrNotFound)
	case bad:
		return nil, c, refuse(fault.ErrInvalid)
	}
	return sales, c, nil
}

// sold is what one item costs.
func (in *realm) sold(p catalog.Product, item order.ItemDraft, region string, c money.Currency) (s sale, ok bool) {
	allowed := in.tenant.Settings.AllowedRegions
	switch {
	case p.Status != catalog.StatusActive, item.Quantity < 1:
		return s, false
	case region == "" && (p.Category != catalog.CategoryService || len(p.Regions) > 0):
		return s, false
	case region != "" && len(allowed) > 0 && !slices.Contains(allowed, region):
		return s, false
	case region != "" && !slices.Contains(p.Regions, region) && (p.Category != catalog.CategoryService || len(p.Regions) > 0):
		return s, false
	}
	s = sale{product: p, specs: p.Specs}
	if chosen, given := item.Configuration["disk_gib"]; given {
		if p.Specs.Configurable == nil || chosen == "35" { // not a step of ten
			return s, false
		}
		n, _ := strconv.ParseInt(chosen, 10, 64)
		s.specs.DiskGiB = quantity(n)
	}
	priced := false
	var parts int64 // in millionths of a cent
	for _, rule := range p.Pricing {
		if rule.Model.Currency() != c || rule.Region != "" && rule.Region != region {
			continue
		}
		priced = true
		switch m := rule.Model.(type) {
		case catalog.Flat:
			parts += item.Quantity * millionths(m.Rate)
		case catalog.PerUnit:
			parts += item.Quantity * number(s.specs.DiskGiB) * millionths(m.Rate)
		}
	}
	s.amount = halfEven(parts)
	return s, priced
}

// millionths is a rate in millionths of a cent.
func millionths(r money.Rate) int64 {
	f, err := strconv.ParseFloat(r.Number(), 64)
	if err != nil {
		panic(err)
	}
	return int64(f*1e8 + 0.5)
}

// halfEven rounds millionths of a cent to cents.
func halfEven(parts int64) int64 {
	const cent = 1_000_000
	cents, rest := parts/cent, parts%cent
	if rest > cent/2 || rest == cent/2 && cents%2 == 1 {
		cents++
	}
	return cents
}

func written(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

func placeOrder(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d := wish(w, c)
	d.Key = w.key(c)
	call := func(ctx context.Context, p *platforma.Platform) (order.Order, error) { return p.Orders.Place(ctx, d) }
	return planned(by, call, func(got order.Order) (order.Order, *refusal) {
		return keyed(r.receiptsOf(by), "order.place", d.Key, d, func() (func() (string, order.Order), *refusal) {
			in, no := r.admit(by, "order.place", true)
			if no != nil {
				return nil, no
			}
			sales, currency, no := in.price(d)
			switch {
			case !idPattern.MatchString(string(d.Customer)) || c.What == 8:
				return nil, refuse(fault.ErrInvalid)
			case no != nil:
				return nil, no
			case known(in)[string(d.Customer)] == nil:
				return nil, refuse(fault.ErrNotFound, "customer")
			}
			o, count := r.drawn(by, d, sales, currency, got)
			if most := in.tenant.Settings.Limits.ResourcesPerOrder; most > 0 && count > most {
				return nil, refuse(fault.ErrExhausted)
			}
			return func() (string, order.Order) {
				r.learn("ord", string(o.ID))
				for i, item := range o.Items {
					r.learn("item", string(item.ID))
					if len(item.Snapshot) == 0 {
						continue // there was no answer
					}
					if sold := decodedSold(item); text(sold.Specs.DiskGiB) != text(sales[i].specs.DiskGiB) || sold.At != r.now {
						r.complain("the snapshot is not of what was sold: " + string(item.Snapshot))
					}
				}
				events := []string{"placed"}
				if !holds(in.tenant.Settings.OrderApproval, o) {
					events = append(events, r.begin(&o, "started")...)
				}
				in.orders[string(o.ID)] = &o
				for _, event := range events {
					in.happened(r, by, "order", event, string(o.ID), 1, o)
				}
				return string(o.ID), o
			}, nil
		}, func(id string) (order.Order, *refusal) { return *r.tenants[string(by.tenant)].orders[id], nil })
	})
}

// drawn is a new order. Its snapshots explain the price in full; the rules know
// only what it comes to, and that it never changes.
func (r *rules) drawn(by who, d order.Draft, sales []sale, c money.Currency, got order.Order) (o order.Order, count int64) {
	o = order.Order{
		ID: got.ID, TenantID: by.tenant, CustomerID: d.Customer, Status: order.StatusPending,
		Phase: order.PhaseAwaitingApproval, Attempt: 1, Currency: c, Metadata: d.Metadata, Version: 1,
		CreatedAt: r.now, UpdatedAt: r.now,
	}
	var total int64
	for i, s := range sales {
		item := order.Item{
			ProductID: s.product.ID, SKU: s.product.SKU, Name: s.product.Name, Quantity: d.Items[i].Quantity,
			Region: d.Items[i].Region, Configuration: d.Items[i].Configuration, ResourceType: s.product.Specs.ResourceType,
			Amount: written(s.amount), Status: order.ItemPending,
		}
		if item.Region == "" {
			item.Region = d.Region
		}
		if item.ResourceType != "" {
			count += item.Quantity
		}
		total += s.amount
		if i < len(got.Items) {
			item.ID, item.Snapshot, item.Rates = got.Items[i].ID, got.Items[i].Snapshot, got.Items[i].Rates
		}
		o.Items = append(o.Items, item)
	}
	o.TotalAmount = written(total)
	return o, count
}

// holds says whether an order waits for an approval.
func holds(p tenantApproval, o order.Order) bool {
	switch p.Mode {
	case "all":
		return true
	case "above":
		total, err := strconv.ParseFloat(o.TotalAmount, 64)
		return o.Currency != p.Above.Currency() || err != nil || total > 1
	default:
		return false
	}
}

func quoteProducts(w *world, c command) plan {
	by, d := w.by(c), wish(w, c)
	q := catalog.QuoteRequest{Currency: d.Currency, Region: d.Region}
	for _, item := range d.Items {
		q.Items = append(q.Items, catalog.QuoteItem(item))
	}
	return planned(by, func(ctx context.Context, p *platforma.Platform) ([]string, error) {
		quote, err := p.Catalog.Quote(ctx, q)
		amounts := []string{quote.Total.Number()}
		for _, line := range quote.Lines {
			amounts = append(amounts, line.Amount.Number())
		}
		return amounts, err
	}, func([]string) ([]string, *refusal) {
		in, no := w.rules.admit(by, "catalog.quote", false)
		if no != nil {
			return nil, no
		}
		sales, _, no := in.price(d)
		if no != nil {
			return nil, no
		}
		amounts, total := []string{""}, int64(0)
		for _, s := range sales {
			amounts = append(amounts, written(s.amount))
			total += s.amount
		}
		amounts[0] = written(total)
		return amounts, nil
	})
}

// editOrder changes an order: apply names what happened.
func editOrder(
	w *world, c command, operation string, call func(context.Context, *platforma.Platform, order.ID) (order.Order, error),
	apply func(in *realm, by who, o *order.Order) ([]string, *refusal),
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "ord", ordersOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (order.Order, error) {
		return call(ctx, p, order.ID(id))
	}, func(order.Order) (none order.Order, _ *refusal) {
		in, no := r.admit(by, operation, true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case in.orders[id] == nil:
			return none, refuse(fault.ErrNotFound)
		}
		changed := cloned(*in.orders[id])
		events, no := apply(in, by, &changed)
		if no != nil {
			return none, no
		}
		in.saveOrder(r, by, &changed, events)
		return changed, nil
	})
}

func cloned(o order.Order) order.Order {
	o.Items = slices.Clone(o.Items)
	return o
}

// saveOrder stores the next version of an order.
func (in *realm) saveOrder(r *rules, by who, o *order.Order, events []string) {
	o.Version++
	o.UpdatedAt = r.now
	kept := cloned(*o)
	in.orders[string(o.ID)] = &kept
	for _, event := range events {
		in.happened(r, by, "order", event, string(o.ID), o.Version, kept)
	}
}

func approveOrder(w *world, c command) plan {
	return editOrder(w, c, "order.approve", func(ctx context.Context, p *platforma.Platform, id order.ID) (order.Order, error) {
		return p.Orders.Approve(ctx, id)
	}, func(_ *realm, by who, o *order.Order) ([]string, *refusal) {
		if o.Status != order.StatusPending {
			return nil, refuse(fault.ErrState)
		}
		o.ApprovedBy, o.ApprovedAt = by.actor(), w.rules.at(0)
		return w.rules.begin(o, "started"), nil
	})
}

func cancelOrder(w *world, c command) plan {
	return editOrder(w, c, "order.cancel", func(ctx context.Context, p *platforma.Platform, id order.ID) (order.Order, error) {
		return p.Orders.Cancel(ctx, id)
	}, func(_ *realm, _ who, o *order.Order) ([]string, *refusal) {
		if o.Status == order.StatusProvisioned || o.Status == order.StatusCancelled {
			return nil, refuse(fault.ErrState)
		}
		cancel(o)
		return []string{"cancelled"}, nil
	})
}

// raceOrder cancels an order while somebody else approves it: it is then
// cancelled as it is by then, if it can be.
func raceOrder(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "ord", ordersOf)
	other := who{kind: scope.KindSystem, tenant: by.tenant}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (order.Order, error) {
		return p.Orders.Cancel(context.WithValue(ctx, raced{}, once(func() error {
			_, err := p.Orders.Approve(other.in(context.Background()), order.ID(id))
			if fault.KindOf(err) == fault.ErrState {
				return nil // it does not wait for an approval
			}
			return err
		})), order.ID(id))
	}, func(order.Order) (none order.Order, _ *refusal) {
		in, no := r.admit(by, "order.cancel", true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case in.orders[id] == nil:
			return none, refuse(fault.ErrNotFound)
		}
		o := cloned(*in.orders[id])
		if o.Status == order.StatusPending {
			o.ApprovedBy, o.ApprovedAt = other.actor(), r.at(0)
			in.saveOrder(r, other, &o, r.begin(&o, "started"))
		}
		if o.Status == order.StatusProvisioned || o.Status == order.StatusCancelled {
			return none, refuse(fault.ErrState)
		}
		cancel(&o)
		in.saveOrder(r, by, &o, []string{"cancelled"})
		return o, nil
	})
}

func retryOrder(w *world, c command) plan {
	return editOrder(w, c, "order.retry", func(ctx context.Context, p *platforma.Platform, id order.ID) (order.Order, error) {
		return p.Orders.Retry(ctx, id)
	}, func(in *realm, _ who, o *order.Order) ([]string, *refusal) {
		if o.Status != order.StatusFailed || o.Phase != order.PhaseAtRest {
			return nil, refuse(fault.ErrState)
		}
		if known(in)[string(o.CustomerID)] == nil {
			return nil, refuse(fault.ErrNotFound, "customer")
		}
		o.Attempt++
		o.Failure = ""
		return w.rules.begin(o, "started"), nil
	})
}

func getOrder(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "ord", ordersOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (order.Order, error) {
		return p.Orders.Get(ctx, order.ID(id))
	}, func(order.Order) (order.Order, *refusal) { return get(w.rules, by, "order.get", "ord", id, ordersOf) })
}

func listOrders(w *world, c command) plan {
	q := order.Query{}
	var bad *refusal
	matches := func(order.Order) bool { return true }
	switch c.What {
	case 1:
		q.Status = order.StatusProvisioned
		matches = func(o order.Order) bool { return o.Status == order.StatusProvisioned }
	case 2:
		q.Customer = customer.ID(choose(w, c, 0, "cust", everyCustomer))
		matches = func(o order.Order) bool { return o.CustomerID == q.Customer }
	case 3:
		q.Product = catalog.ID(choose(w, c, 0, "prod", productsOf))
		matches = func(o order.Order) bool {
			return slices.ContainsFunc(o.Items, func(i order.Item) bool { return i.ProductID == q.Product })
		}
	case 4:
		q.Metadata = map[string]string{"cart": "7"}
		matches = func(o order.Order) bool { return o.Metadata["cart"] == "7" }
	case 5:
		q.From, q.To = w.began.Add(time.Second), w.began.Add(time.Hour)
		matches = func(o order.Order) bool { return !o.CreatedAt.Before(q.From) && o.CreatedAt.Before(q.To) }
	case 6:
		q.From, q.To, bad = w.began, w.began, refuse(fault.ErrInvalid, "to")
	}
	return listing[order.Order]{
		kind: "order", operation: "order.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[order.Order], error) {
			q.Request = r
			return p.Orders.List(ctx, q)
		},
		all: func(in *realm) []order.Order { return matching(in.orders, matches) },
		key: func(o order.Order) string { return string(o.ID) },
	}.plan(w, c)
}
