package main

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/platforma/platforma/catalog"
)

// catalog imports the price list, without what is there already.
func (s *story) catalog(ctx context.Context) error {
	drafts, err := priceList()
	if err != nil {
		return err
	}
	done, err := s.Catalog.Import(ctx, drafts, &catalog.ImportOptions{
		Activate: true, SkipExisting: true, Progress: s.screen.bar,
	})
	if err != nil {
		return err
	}
	s.screen.printf("%d products imported, %d already there", len(done.Created), len(done.Skipped))
	return s.showCatalog(ctx)
}

// showCatalog prints how much there is for sale.
func (s *story) showCatalog(ctx context.Context) error {
	type size struct{ products, rules int }
	sizes := map[string]size{}
	regions := map[string]map[string]bool{}
	for p, err := range s.Catalog.All(ctx, catalog.Query{Status: catalog.StatusActive}) {
		if err != nil {
			return err
		}
		by := p.Specs.Attributes["provider"]
		sizes[by] = size{sizes[by].products + 1, sizes[by].rules + len(p.Pricing)}
		if regions[by] == nil {
			regions[by] = map[string]bool{}
		}
		for _, name := range p.Regions {
			regions[by][name] = true
		}
	}
	rows := [][]string{{"PROVIDER", "PRODUCTS", "REGIONS", "PRICE RULES"}}
	var all size
	everywhere := map[string]bool{}
	for _, by := range slices.Sorted(maps.Keys(sizes)) {
		rows = append(rows, row(by, sizes[by].products, len(regions[by]), sizes[by].rules))
		all = size{all.products + sizes[by].products, all.rules + sizes[by].rules}
		maps.Copy(everywhere, regions[by])
	}
	s.products = all.products
	s.screen.table(append(rows, row("together", all.products, len(everywhere), all.rules))...)
	return nil
}

func row(name string, numbers ...int) []string {
	row := []string{name}
	for _, n := range numbers {
		row = append(row, strconv.Itoa(n))
	}
	return row
}
