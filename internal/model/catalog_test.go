package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

func catalogOps() []op {
	return []op{
		{name: "product.create", weight: 6, most: command{In: 1, By: 1, What: 8, N: 4, Key: 1}, plan: createProduct},
		{name: "product.import", weight: 4, most: command{In: 1, By: 1, What: 8, N: 7}, plan: importProducts},
		{name: "product.update", weight: 3, most: command{In: 1, By: 1, On: 1, What: 6, Seen: 1}, plan: updateProduct},
		{name: "product.activate", weight: 6, most: command{In: 1, By: 1, On: 1}, plan: activateProduct},
		{name: "product.archive", weight: 2, most: command{In: 1, By: 1, On: 1}, plan: archiveProduct},
		{name: "product.get", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: getProduct},
		{name: "product.by_sku", weight: 1, most: command{In: 1, By: 1, N: 4}, plan: productBySKU},
		{name: "product.many", weight: 1, most: command{In: 1, By: 1, On: 1, Of: 1}, plan: manyProducts},
		listOp("product.list", 5, listProducts),
	}
}

func productsOf(in *realm) map[string]*catalog.Product { return in.products }

func rate(number string, c money.Currency) money.Rate {
	r, err := money.NewRate(number, c)
	if err != nil {
		panic(err)
	}
	return r
}

func flat(name string, p catalog.Period, number string, c money.Currency) catalog.PricingRule {
	return catalog.PricingRule{Name: name, Period: p, Model: catalog.Flat{Rate: rate(number, c)}}
}

// skus name products; the last is none.
var skus = []string{"vm-small", "VM-small", "disk", "support", "no sku"}

const badSKU = 4

// The products that are sold. Those from [badProduct] on are refused.
const (
	plainVM = iota
	chosenVM
	disk
	support
	balancer
	homeless // no template's back end makes it
	unpriced // it is no product that can be sold
	badProduct
)

// goods are what is told of products, without their SKUs.
func goods(what int) catalog.Draft {
	vm := catalog.ProductSpecs{
		ResourceType: catalog.TypeVirtualMachine, VCPUs: quantity(2), MemoryGiB: quantity(4), DiskGiB: quantity(10),
	}
	d := catalog.Draft{
		Name: "Small machine", Category: catalog.CategoryCompute, Specs: vm, Regions: []string{"nyc1"},
		Pricing:                catalog.Pricing{flat("instance", catalog.PeriodHour, "0.07143", "USD")},
		ProvisioningTemplateID: template,
	}
	switch what {
	case chosenVM:
		d.Name, d.Regions = "Größere Maschine", []string{"nyc1", "ams3"}
		d.Specs.Configurable = map[string]catalog.Option{"disk_gib": {Min: quantity(10), Max: quantity(100), Step: quantity(10)}}
		d.Pricing = append(d.Pricing, catalog.PricingRule{
			Name: "disk", Region: "ams3", Period: catalog.PeriodMonth,
			Model: catalog.PerUnit{Unit: "disk_gib", Rate: rate("0.0125", "USD")},
		}, flat("setup", catalog.PeriodOnce, "2.345", "EUR"))
	case disk:
		d.Name, d.Category = "Volume", catalog.CategoryStorage
		d.Specs = catalog.ProductSpecs{ResourceType: catalog.TypeStorage, DiskGiB: quantity(50)}
		d.Pricing = catalog.Pricing{{
			Name: "space", Period: catalog.PeriodMonth, Model: catalog.PerUnit{Unit: "disk_gib", Rate: rate("0.0001", "USD")},
		}}
	case support:
		d.Name, d.Category, d.Specs = "Support", catalog.CategoryService, catalog.ProductSpecs{}
		d.Regions, d.ProvisioningTemplateID = nil, ""
		d.Pricing = catalog.Pricing{flat("fee", catalog.PeriodMonth, "0.125", "USD")}
	case balancer:
		d.Name, d.Category = "Load balancer", catalog.CategoryNetwork
		d.Specs = catalog.ProductSpecs{ResourceType: catalog.TypeLoadBalancer}
	case homeless:
		d.Name, d.ProvisioningTemplateID = "Big machine", "no-such-template"
	case unpriced:
		d.Name, d.Pricing, d.Regions = "Idea", nil, nil
	case badProduct:
		d.Name, d.Category = "", catalog.CategoryStorage
	case badProduct + 1:
		d.Pricing = append(d.Pricing, d.Pricing[0])
		d.Regions = []string{"nyc1", "nyc1"}
	}
	return d
}

// wrong are the fields of a product that are refused.
func wrong(what, sku int) (paths []string) {
	if what == badProduct {
		paths = append(paths, "name")
	}
	if sku == badSKU {
		paths = append(paths, "sku")
	}
	switch what {
	case badProduct:
		paths = append(paths, "specs.resource_type", "specs.vcpus", "specs.memory_gib")
	case badProduct + 1:
		paths = append(paths, "pricing[1].name", "regions[1]")
	}
	return paths
}

func (in *realm) sells(sku string) *catalog.Product {
	for _, p := range in.products {
		if p.SKU == sku {
			return p
		}
	}
	return nil
}

func (r *rules) product(by who, id string, d catalog.Draft) *catalog.Product {
	return &catalog.Product{
		ID: catalog.ID(r.learn("prod", id)), TenantID: by.tenant, Name: d.Name, SKU: d.SKU, Category: d.Category,
		Specs: d.Specs, Pricing: d.Pricing, Regions: d.Regions, Status: catalog.StatusDraft,
		ProvisioningTemplateID: d.ProvisioningTemplateID, Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
	}
}

func createProduct(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	d := goods(c.What)
	d.SKU, d.Key = skus[c.N], w.key(c)
	call := func(ctx context.Context, p *platforma.Platform) (catalog.Product, error) {
		return p.Catalog.Create(ctx, d)
	}
	return planned(by, call, func(got catalog.Product) (catalog.Product, *refusal) {
		return keyed(r.receiptsOf(by), "catalog.create", d.Key, d, func() (func() (string, catalog.Product), *refusal) {
			in, no := r.admit(by, "catalog.create", true)
			paths := wrong(c.What, c.N)
			switch {
			case no != nil:
				return nil, no
			case len(paths) > 0:
				return nil, refuse(fault.ErrInvalid, paths...)
			case in.sells(d.SKU) != nil:
				return nil, refuse(fault.ErrExists, "sku")
			}
			return func() (string, catalog.Product) {
				p := r.product(by, string(got.ID), d)
				in.products[string(p.ID)] = p
				in.happened(r, by, "catalog", "created", string(p.ID), 1, p)
				return string(p.ID), *p
			}, nil
		}, func(id string) (catalog.Product, *refusal) { return *r.tenants[string(by.tenant)].products[id], nil })
	})
}

// lacking are the fields that keep a product from being sold.
func lacking(p catalog.Product) (paths []string) {
	if len(p.Regions) == 0 && p.Category != catalog.CategoryService {
		paths = append(paths, "regions")
	}
	if len(p.Pricing) == 0 {
		paths = append(paths, "pricing")
	}
	for i, region := range p.Regions {
		if len(p.Pricing) > 0 && !slices.ContainsFunc(p.Pricing, func(rule catalog.PricingRule) bool {
			return rule.Region == "" || rule.Region == region
		}) {
			paths = append(paths, fmt.Sprintf("regions[%d]", i))
		}
	}
	if p.Specs.ResourceType != "" && p.ProvisioningTemplateID == "" {
		paths = append(paths, "provisioning_template_id")
	}
	return paths
}

// The ways to import, in [command.N]: the bits say whether products are active
// at once, whether those that are there are left out, and whether two drafts
// have one SKU.
const (
	importActive = 1 << iota
	importSkipping
	importTwice
)

func importProducts(w *world, c command) plan {
	r, by := w.rules, w.by(c)
	drafts := []catalog.Draft{goods(support), goods(disk), goods(c.What)}
	for i := range drafts {
		drafts[i].SKU = skus[i+1]
	}
	if c.N&importTwice != 0 {
		drafts[2].SKU = drafts[0].SKU
	}
	o := &catalog.ImportOptions{Activate: c.N&importActive != 0, SkipExisting: c.N&importSkipping != 0}
	return planned(by, func(ctx context.Context, p *platforma.Platform) (catalog.Import, error) {
		return p.Catalog.Import(ctx, drafts, o)
	}, func(got catalog.Import) (done catalog.Import, _ *refusal) {
		in, no := r.admit(by, "catalog.import", true)
		if no != nil {
			return done, no
		}
		var taken []string
		bad := len(wrong(c.What, 0)) > 0 || c.N&importTwice != 0
		for i, d := range drafts {
			bad = bad || o.Activate && len(lacking(*newRules().product(by, "", d))) > 0
			if in.sells(d.SKU) != nil {
				taken = append(taken, fmt.Sprintf("drafts[%d].sku", i))
			}
		}
		switch {
		case bad:
			return done, refuse(fault.ErrInvalid)
		case len(taken) > 0 && !o.SkipExisting:
			return done, refuse(fault.ErrExists, taken...)
		}
		for _, d := range drafts {
			if in.sells(d.SKU) != nil {
				done.Skipped = append(done.Skipped, d.SKU)
				continue
			}
			id := ""
			if n := len(done.Created); n < len(got.Created) {
				id = string(got.Created[n])
			}
			p := r.product(by, id, d)
			if o.Activate {
				p.Status = catalog.StatusActive
			}
			in.products[string(p.ID)] = p
			in.happened(r, by, "catalog", "created", string(p.ID), 1, p)
			if o.Activate {
				in.happened(r, by, "catalog", "activated", string(p.ID), 1, p)
			}
			done.Created = append(done.Created, p.ID)
		}
		return done, nil
	})
}

// editProduct changes a product.
func editProduct(
	w *world, c command, operation string, seen func(present int64) int64,
	call func(context.Context, *platforma.Platform, catalog.ID, int64) (catalog.Product, error),
	apply func(in *realm, p *catalog.Product) (event string, no *refusal),
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "prod", productsOf)
	expected := seen(present(w, c, id, productsOf, func(p *catalog.Product) int64 { return p.Version }))
	return planned(by, func(ctx context.Context, p *platforma.Platform) (catalog.Product, error) {
		return call(ctx, p, catalog.ID(id), expected)
	}, func(catalog.Product) (none catalog.Product, _ *refusal) {
		in, no := r.admit(by, operation, true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case in.products[id] == nil:
			return none, refuse(fault.ErrNotFound)
		case conflicts(expected, in.products[id].Version):
			return none, refuse(fault.ErrConflict)
		}
		changed := *in.products[id]
		event, no := apply(in, &changed)
		if no != nil {
			return none, no
		}
		changed.Version++
		changed.UpdatedAt = r.now
		in.products[id] = &changed
		in.happened(r, by, "catalog", event, id, changed.Version, changed)
		return changed, nil
	})
}

// productChanges are what products are changed in.
func productChanges(what int) (c catalog.Change) {
	switch what {
	case 0:
		name := "Renamed machine"
		c.Name = &name
	case 1:
		c.Pricing = catalog.Pricing{flat("instance", catalog.PeriodHour, "0.1", "USD"), flat("setup", catalog.PeriodOnce, "5", "EUR")}
	case 2:
		c.Pricing = catalog.Pricing{}
	case 3:
		c.Regions = []string{"ams3", "nyc1"}
	case 4:
		c.SKU = &skus[0]
	case 5:
		c.SKU = &skus[1]
	case 6:
		c.SKU = &skus[badSKU]
	}
	return c
}

func updateProduct(w *world, c command) plan {
	change := productChanges(c.What)
	return editProduct(w, c, "catalog.update", func(v int64) int64 { return version(c, v) },
		func(ctx context.Context, p *platforma.Platform, id catalog.ID, seen int64) (catalog.Product, error) {
			change.Version = seen
			return p.Catalog.Update(ctx, id, change)
		}, func(in *realm, p *catalog.Product) (string, *refusal) {
			if p.Status == catalog.StatusArchived || p.Status == catalog.StatusActive && change.SKU != nil && *change.SKU != p.SKU {
				return "", refuse(fault.ErrState)
			}
			switch c.What {
			case 0:
				p.Name = *change.Name
			case 1:
				p.Pricing = change.Pricing
			case 2:
				p.Pricing = nil
			case 3:
				p.Regions = change.Regions
			case 6:
				return "", refuse(fault.ErrInvalid, "sku")
			default:
				p.SKU = *change.SKU
			}
			if paths := lacking(*p); p.Status == catalog.StatusActive && len(paths) > 0 {
				return "", refuse(fault.ErrInvalid, paths...)
			}
			if other := in.sells(p.SKU); other != nil && other.ID != p.ID {
				return "", refuse(fault.ErrExists, "sku")
			}
			return "updated", nil
		})
}

func activateProduct(w *world, c command) plan {
	return editProduct(w, c, "catalog.activate", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id catalog.ID, _ int64) (catalog.Product, error) {
			return p.Catalog.Activate(ctx, id)
		}, func(_ *realm, p *catalog.Product) (string, *refusal) {
			if p.Status == catalog.StatusActive {
				return "", refuse(fault.ErrState)
			}
			if paths := lacking(*p); len(paths) > 0 {
				return "", refuse(fault.ErrInvalid, paths...)
			}
			p.Status = catalog.StatusActive
			return "activated", nil
		})
}

func archiveProduct(w *world, c command) plan {
	return editProduct(w, c, "catalog.archive", anyVersion,
		func(ctx context.Context, p *platforma.Platform, id catalog.ID, _ int64) (catalog.Product, error) {
			return p.Catalog.Archive(ctx, id)
		}, func(in *realm, p *catalog.Product) (string, *refusal) {
			if p.Status == catalog.StatusArchived || in.underWay(p.ID) {
				return "", refuse(fault.ErrState)
			}
			p.Status = catalog.StatusArchived
			return "archived", nil
		})
}

// underWay says whether orders of a product are pending or processing.
func (in *realm) underWay(of catalog.ID) bool {
	for _, o := range in.orders {
		open := o.Status == order.StatusPending || o.Status == order.StatusProcessing
		if open && slices.ContainsFunc(o.Items, func(i order.Item) bool { return i.ProductID == of }) {
			return true
		}
	}
	return false
}

func getProduct(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "prod", productsOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (catalog.Product, error) {
		return p.Catalog.Get(ctx, catalog.ID(id))
	}, func(catalog.Product) (catalog.Product, *refusal) {
		return get(w.rules, by, "catalog.get", "prod", id, productsOf)
	})
}

func productBySKU(w *world, c command) plan {
	by := w.by(c)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (catalog.Product, error) {
		return p.Catalog.BySKU(ctx, skus[c.N])
	}, func(catalog.Product) (none catalog.Product, _ *refusal) {
		in, no := w.rules.admit(by, "catalog.get", false)
		switch {
		case no != nil:
			return none, no
		case c.N == badSKU:
			return none, refuse(fault.ErrInvalid, "sku")
		}
		if p := in.sells(skus[c.N]); p != nil {
			return *p, nil
		}
		return none, refuse(fault.ErrNotFound)
	})
}

func manyProducts(w *world, c command) plan {
	by := w.by(c)
	ids := []catalog.ID{
		catalog.ID(choose(w, c, c.On, "prod", productsOf)), catalog.ID(choose(w, c, c.Of, "prod", productsOf)),
	}
	return planned(by, func(ctx context.Context, p *platforma.Platform) ([]catalog.Product, error) {
		return p.Catalog.Many(ctx, ids)
	}, func([]catalog.Product) (found []catalog.Product, _ *refusal) {
		in, no := w.rules.admit(by, "catalog.get", false)
		if no != nil {
			return nil, no
		}
		var bad, missing []string
		for i, id := range ids {
			path := fmt.Sprintf("ids[%d]", i)
			switch p := in.products[string(id)]; {
			case !idPattern.MatchString(string(id)):
				bad = append(bad, path)
			case p == nil:
				missing = append(missing, path)
			default:
				found = append(found, *p)
			}
		}
		switch {
		case len(bad) > 0:
			return nil, refuse(fault.ErrInvalid, bad...)
		case len(missing) > 0:
			return nil, refuse(fault.ErrNotFound, missing...)
		}
		return found, nil
	})
}

func listProducts(w *world, c command) plan {
	q := catalog.Query{}
	var bad *refusal
	matches := func(catalog.Product) bool { return true }
	switch c.What {
	case 1:
		q.Status = catalog.StatusActive
		matches = func(p catalog.Product) bool { return p.Status == catalog.StatusActive }
	case 2:
		q.Region, q.Category = "nyc1", catalog.CategoryCompute
		matches = func(p catalog.Product) bool {
			return p.Category == catalog.CategoryCompute && slices.Contains(p.Regions, "nyc1")
		}
	case 3:
		q.Text = "grosse" // not the folded form of "größere", whose ß stays
		matches = func(catalog.Product) bool { return false }
	case 4:
		q.Text = "mach SMALL"
		matches = func(p catalog.Product) bool {
			words := strings.ToLower(p.Name + " " + p.SKU)
			return strings.Contains(words, "mach") && strings.Contains(words, "small")
		}
	case 5:
		q.Status, bad = "sold", refuse(fault.ErrInvalid, "status")
	}
	return listing[catalog.Product]{
		kind: "product", operation: "catalog.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[catalog.Product], error) {
			q.Request = r
			return p.Catalog.List(ctx, q)
		},
		all: func(in *realm) []catalog.Product { return matching(in.products, matches) },
		key: func(p catalog.Product) string { return string(p.ID) },
	}.plan(w, c)
}
