package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// products is the store of the catalog service. A product's regions and rules
// are rows of their own, read and written with it.
type products struct {
	store
	table   *table[productRow]
	regions *table[productRegionRow]
	rules   *table[pricingRuleRow]

	full family[productRow, pricingRuleRow]

	get, bySKU, many *Statement
	taken            *Statement
	save             *Statement
	clear            []*Statement
}

// Catalog returns the store of the catalog service.
func Catalog(d *Database) catalog.Store {
	s := &products{store: newStore(d, "catalog")}
	s.table = newTable[productRow](d, "catalog",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("product", "id")},
		unique{columns: "tenant_id, sku", name: "sku_key", fault: taken("product", "sku")})
	s.regions = newTable[productRegionRow](d, "catalog")
	s.rules = newTable[pricingRuleRow](d, "catalog")
	s.full = family[productRow, pricingRuleRow]{
		parents: s.table, children: s.rules, key: "product_id", more: s.regionsOf(s.table.alias),
	}
	s.get = s.full.where("id = $2")
	s.bySKU = s.full.where("sku = $2")
	s.many = s.full.where(d.in("id"))
	s.taken = &Statement{SQL: d.bun.NewSelect().ColumnExpr("sku").TableExpr(s.table.name).
		Where("tenant_id = $1").Where(d.in("sku")).String()}
	s.save = s.table.update("tenant_id", "id")
	for _, children := range []string{s.regions.base, s.rules.base} {
		s.clear = append(s.clear, &Statement{SQL: d.bun.NewDelete().TableExpr(children).
			Where("tenant_id = $1").Where("product_id = $2").String()})
	}
	return s
}

func (s *products) Create(ctx context.Context, p catalog.Product, commit event.Commit) error {
	return s.CreateMany(ctx, []catalog.New{{Product: p, Terms: commit.Terms}}, commit)
}

func (s *products) CreateMany(ctx context.Context, all []catalog.New, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		var rows []*productRow
		var terms []*termRow
		var products []catalog.Product
		for _, n := range all {
			rows = append(rows, rowOfProduct(as, n.Product))
			terms = append(terms, termsOf(as, string(n.Product.ID), n.Terms)...)
			products = append(products, n.Product)
		}
		steps, err := s.table.addAll(rows)
		if err != nil {
			return nil, err
		}
		children, err := s.children(as, products...)
		if err != nil {
			return nil, err
		}
		index, err := s.ledger.terms.addAll(terms)
		return slices.Concat(steps, children, index), err
	})
}

func (s *products) Save(ctx context.Context, p catalog.Product, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		step, err := s.table.replace(s.save, rowOfProduct(as, p))
		if err != nil {
			return nil, err
		}
		steps := []Step{step}
		for _, remove := range s.clear {
			steps = append(steps, Step{Statement: remove, Args: []any{string(as.Tenant), string(p.ID)}})
		}
		children, err := s.children(as, p)
		if err != nil {
			return nil, err
		}
		return slices.Concat(steps, children, s.ledger.index(as, string(p.ID), commit.Former, commit.Terms)), err
	})
}

// children returns the steps that insert products' regions and rules.
func (s *products) children(as Principal, all ...catalog.Product) ([]Step, error) {
	var regions []*productRegionRow
	var rules []*pricingRuleRow
	for _, p := range all {
		for line, region := range p.Regions {
			regions = append(regions, &productRegionRow{TenantID: as.Tenant, ProductID: p.ID, Region: region, Line: line})
		}
		for line, rule := range p.Pricing {
			rules = append(rules, rowOfRule(as, p.ID, line, rule))
		}
	}
	steps, err := s.regions.addAll(regions)
	if err != nil {
		return nil, err
	}
	priced, err := s.rules.addAll(rules)
	return append(steps, priced...), err
}

func (s *products) Get(ctx context.Context, id catalog.ID) (catalog.Product, error) {
	found, err := s.read(ctx, s.get, string(id))
	return only(found, err, "product")
}

func (s *products) BySKU(ctx context.Context, sku string) (catalog.Product, error) {
	found, err := s.read(ctx, s.bySKU, sku)
	return only(found, err, "product")
}

func (s *products) Many(ctx context.Context, ids []catalog.ID) ([]catalog.Product, error) {
	return s.read(ctx, s.many, s.listed(texts(ids)))
}

func (s *products) Taken(ctx context.Context, skus []string) ([]string, error) {
	var found []string
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: s.taken, Args: []any{tenant, s.listed(skus)}, Row: func(v Values) error {
			found = append(found, v.Text(0))
			return nil
		}}}
	})
	return found, err
}

func (s *products) List(
	ctx context.Context, q catalog.Query, matches []page.Match, w page.Window,
) ([]catalog.Product, error) {
	var read shelf
	err := s.reading(ctx, func(tenant string) []Step {
		f := find(tenant)
		f.equal("category", string(q.Category))
		f.equal("status", string(q.Status))
		f.matching(s.ledger.terms.name, s.table.name, matches)
		return []Step{s.full.windowed(f, w, s.full.collect(read.add, read.put))}
	})
	if err != nil {
		return nil, err
	}
	return read.entities(w.Newest), nil
}

// read runs a query of products with its argument.
func (s *products) read(ctx context.Context, q *Statement, arg any) ([]catalog.Product, error) {
	var read shelf
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: q, Args: []any{tenant, arg}, Row: s.full.collect(read.add, read.put)}}
	})
	return read.entities(false), err
}

// regionsOf is the expression of the regions of a product, line by line, as a
// list in JSON.
func (s *products) regionsOf(product string) string {
	regions := s.bun.NewSelect().ColumnExpr("g.region").TableExpr("? AS g", bun.Safe(s.regions.name)).
		Where("g.tenant_id = $1").Where("g.product_id = ?.id", bun.Ident(product)).OrderExpr("g.line").String()
	if s.sqlite() {
		return "(SELECT json_group_array(region) FROM (" + regions + "))"
	}
	return "array_to_json(ARRAY(" + regions + "))"
}
