package storagetest

import (
	"fmt"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func catalogPlans(t *testing.T, s *session) {
	p := s.plans(t)
	var grown []catalog.Product
	acme := s.grow(t, func(of scope.TenantID, rows int) { grown = append(grown, s.growProducts(t, of, "vm", 4*rows)...) })

	p.productReads(acme, grown)
	p.productLists(acme, grown[grownRows/2].ID)
	p.productWrites(acme, grown[3])
}

func (s *session) growProducts(t *testing.T, of scope.TenantID, word string, count int) []catalog.Product {
	t.Helper()
	all, commit := s.several(t, of, word, count)
	products := make([]catalog.Product, count)
	for i := range all {
		made := &all[i].Product
		made.Category, made.Status = catalog.CategoryCompute, inTurn(i, catalog.StatusActive, catalog.StatusDraft)
		if rare(i) {
			made.Category, made.Status = catalog.CategoryNetwork, catalog.StatusArchived
		}
		all[i].Terms = wordsOf(i)
		products[i] = *made
	}
	must(t, s.Catalog().CreateMany(in(of), all, commit))
	for range count / 8 {
		must(t, s.Catalog().CreateMany(in(of), nil, s.keyed(of, "catalog", s.ids.New("import"), 1)))
	}
	return products
}

func (p *planned) productReads(acme scope.TenantID, grown []catalog.Product) {
	t, store := p.t, p.Catalog()
	p.within("a product", byKey, func() { get(store.Get(in(acme), grown[3].ID))(t) })
	p.within("a product by its SKU", byKey, func() { get(store.BySKU(in(acme), grown[3].SKU))(t) })
	for _, n := range []int{1, 3, grownMany} {
		var ids []catalog.ID
		var skus []string
		for _, made := range grown[:n] {
			ids, skus = append(ids, made.ID), append(skus, made.SKU)
		}
		p.within(fmt.Sprintf("%d products", n), ofMany, func() { get(store.Many(in(acme), ids))(t) })
		p.within(fmt.Sprintf("%d taken SKUs", n), ofMany, func() { get(store.Taken(in(acme), skus))(t) })
	}
}

func (p *planned) productLists(acme scope.TenantID, key catalog.ID) {
	t, store := p.t, p.Catalog()
	for what, m := range matches() {
		combinations([]func(*catalog.Query){
			func(q *catalog.Query) { q.Category = catalog.CategoryNetwork },
			func(q *catalog.Query) { q.Status = catalog.StatusArchived },
		}, func(q catalog.Query, chosen int) {
			l := limit{4 * m.rows, m.why}
			if chosen > 0 && m.ask != nil {
				l = limit{4 * ofMatches.rows, ofMatches.why}
			}
			if m.limit == ofPage && (chosen == 0 || m.ask == nil) {
				l = ofPage
			}
			for _, w := range windows(string(key)) {
				p.within(fmt.Sprintf("products by %s of %+v %+v", what, q, w), l, func() { get(store.List(in(acme), q, m.ask, w))(t) })
			}
		})
	}
	for _, q := range []catalog.Query{{Category: catalog.CategoryCompute}, {Status: catalog.StatusActive}} {
		p.within("products by what most are", ofPage, func() { get(store.List(in(acme), q, nil, page.Window{Limit: planPage}))(t) })
	}
}

func (p *planned) productWrites(acme scope.TenantID, grown catalog.Product) {
	t, store := p.t, p.Catalog()
	made := p.draftProduct(t, acme, "new")
	p.within("a creation of a product", byKey, func() {
		must(t, store.Create(in(acme), made, p.keyed(acme, "catalog", string(made.ID), 1, wordsOf(7)...)))
	})
	p.within("a receipt of the catalog", byKey, func() { get(store.Receipt(in(acme), "catalog.keyed", string(made.ID)))(t) })
	for _, n := range []int{1, 3} {
		all, commit := p.several(t, acme, fmt.Sprintf("many-%d", n), n)
		p.within(fmt.Sprintf("an import of %d products", n), byKey, func() { must(t, store.CreateMany(in(acme), all, commit)) })
	}
	bare := p.draftProduct(t, acme, "bare")
	bare.Regions, bare.Pricing = bare.Regions[:1], bare.Pricing[:1]
	p.within("a creation of a product with one of each", byKey, func() {
		must(t, store.Create(in(acme), bare, p.commitProduct(bare, "created", wordsOf(8)[:1]...)))
	})
	grown.Version = 2
	commit := p.commitProduct(grown, "updated", wordsOf(7)...)
	p.within("a save of a product", byKey, func() { must(t, store.Save(in(acme), grown, commit)) })
	grown.Version = 3
	commit = p.commitProduct(grown, "updated", wordsOf(8)...)
	commit.Former = wordsOf(7)
	p.within("a save of a product whose terms are known", byKey, func() { must(t, store.Save(in(acme), grown, commit)) })
}
