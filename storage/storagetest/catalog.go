package storagetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func catalogClauses() []clause {
	return []clause{
		{"catalog/round trip", "what is read back is what was stored, to the last decimal and microsecond", catalogRoundTrip},
		{"catalog/every status", "every status, category and period of the model can be stored", catalogWords},
		{"catalog/save replaces", "a save replaces regions, rules and terms, and leaves those of other products alone", catalogSave},
		{"catalog/save compares versions", "a save with a stale version is ErrConflict and leaves everything alone", catalogVersions},
		{"catalog/create many", "many products are created all or none, each with its own terms, with one commit", catalogCreateMany},
		{"catalog/many and taken", "a list of ids or SKUs answers with those that are there", catalogMany},
		{"catalog/list filters", "filters are equality and terms, together", catalogFilters},
		{"catalog/list pages", "the list neither skips nor repeats, in both directions, each with its own children", catalogPages},
	}
}

// draftProduct is an active product with two regions and three rules.
func (s *session) draftProduct(t *testing.T, of scope.TenantID, sku string) catalog.Product {
	t.Helper()
	hourly, yen := get(money.NewRate("0.07143", "USD"))(t), get(money.NewRate("11", "JPY"))(t)
	return catalog.Product{
		ID: catalog.ID(s.ids.New("prod")), TenantID: of, Name: "Small machine", SKU: sku, Category: catalog.CategoryCompute,
		Specs: catalog.ProductSpecs{
			ResourceType: catalog.TypeVirtualMachine, VCPUs: get(money.NewQuantity("2"))(t), MemoryGiB: get(money.NewQuantity("7.5"))(t),
		},
		Pricing: catalog.Pricing{
			{Name: "instance", Region: "tor1", Period: catalog.PeriodHour, Model: catalog.Flat{Rate: hourly}},
			{Name: "cpu", Period: catalog.PeriodMonth, Model: catalog.PerUnit{Unit: "vcpus", Rate: hourly}},
			{Name: "instance", Region: "tor1", Period: catalog.PeriodOnce, Model: catalog.Flat{Rate: yen}},
		},
		Regions: []string{"tor1", "nyc1"}, Status: catalog.StatusActive, ProvisioningTemplateID: "vm-small",
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

func (s *session) commitProduct(p catalog.Product, name string, terms ...page.Term) event.Commit {
	return s.commit(p.TenantID, "catalog", name, string(p.ID), p.Version, terms...)
}

func (s *session) addProduct(t *testing.T, p catalog.Product, terms ...page.Term) catalog.Product {
	t.Helper()
	must(t, s.Catalog().Create(in(p.TenantID), p, s.commitProduct(p, "created", terms...)))
	return p
}

func catalogRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	bare := s.addProduct(t, catalog.Product{
		ID: catalog.ID(s.ids.New("prod")), TenantID: acme.ID, Name: "x", SKU: "x", Category: catalog.CategoryService,
		Status: catalog.StatusDraft, Version: 1, CreatedAt: s.now, UpdatedAt: s.now.Add(time.Microsecond),
	})
	same(t, "a product with nothing in it", get(s.Catalog().Get(in(acme.ID), bare.ID))(t), bare)

	p := s.draftProduct(t, acme.ID, strings.Repeat("Vm.2_x-", 9)+"s")
	p.Name, p.ProvisioningTemplateID = strings.Repeat("Ω", 200), strings.Repeat("t", 64)
	quantity := get(money.NewQuantity("999999999.123456789012"))(t)
	values := make([]string, 100)
	for i := range values {
		values[i] = fmt.Sprintf("debian %d \"<&>\"", 100-i)
	}
	p.Specs = catalog.ProductSpecs{
		ResourceType: catalog.TypeContainer, VCPUs: quantity, MemoryGiB: quantity, DiskGiB: quantity, GPU: "H100 \\ $1 ?", GPUCount: 1e9,
		BandwidthMbps: 1e9, IOPS: 1e9, IPs: 1e9, TrafficGiB: 1e9, Ports: []int{65535, 1, 80},
		Attributes: map[string]string{"ключ": "значение 🦊", "empty": "", "lines": "a\n\tb"},
		Configurable: map[string]catalog.Option{
			"disk_gib": {Min: get(money.NewQuantity("0.000000000001"))(t), Max: quantity, Step: get(money.NewQuantity("0.5"))(t)},
			"image":    {Values: values},
		},
	}
	rate := get(money.NewRate("999999999999999999.999999999999", "KWD"))(t)
	p.Pricing, p.Regions = nil, nil
	for i := range 1000 {
		p.Pricing = append(p.Pricing, catalog.PricingRule{
			Name: fmt.Sprintf("%s%d", strings.Repeat("r", 60), 1000-i), Period: catalog.PeriodYear, Model: catalog.Flat{Rate: rate},
		})
	}
	for i := range 200 {
		p.Regions = append(p.Regions, fmt.Sprintf("r%d", 200-i))
	}
	p.Pricing[999].Region, p.Pricing[999].Model = "r7", catalog.PerUnit{Unit: "disk_gib", Rate: get(money.NewRate("0", "JPY"))(t)}
	s.addProduct(t, p)
	same(t, "the product", get(s.Catalog().Get(in(acme.ID), p.ID))(t), p)
	same(t, "the product by SKU", get(s.Catalog().BySKU(in(acme.ID), p.SKU))(t), p)
	same(t, "both of them", get(s.Catalog().Many(in(acme.ID), []catalog.ID{p.ID, bare.ID}))(t), []catalog.Product{bare, p})

	p.Version, p.Specs, p.Pricing, p.Regions, p.ProvisioningTemplateID = 2, catalog.ProductSpecs{}, nil, nil, ""
	p.Status, p.Category, p.SKU, p.UpdatedAt = catalog.StatusArchived, catalog.CategoryStorage, "other", s.now.Add(time.Hour)
	must(t, s.Catalog().Save(in(acme.ID), p, s.commitProduct(p, "updated")))
	same(t, "the saved product", get(s.Catalog().Get(in(acme.ID), p.ID))(t), p)
}

func catalogWords(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	n := 0
	stored := func(edit func(*catalog.Product)) error {
		n++
		p := s.draftProduct(t, acme.ID, fmt.Sprintf("sku-%d", n))
		edit(&p)
		err := s.Catalog().Create(in(acme.ID), p, s.commitProduct(p, "created"))
		if err == nil {
			same(t, "the product", get(s.Catalog().Get(in(acme.ID), p.ID))(t), p)
		}
		return err
	}
	for _, status := range catalog.Lifecycle().States {
		must(t, stored(func(p *catalog.Product) { p.Status = status }))
	}
	for _, category := range catalog.Categories() {
		must(t, stored(func(p *catalog.Product) { p.Category = category }))
	}
	for _, period := range catalog.Periods() {
		must(t, stored(func(p *catalog.Product) { p.Pricing[1].Period = period }))
	}
}

func name(v string) page.Term { return page.Term{Key: "name", Value: v} }

// listed are the products of a query with terms.
func (s *session) listed(t *testing.T, of scope.TenantID, q catalog.Query, matches ...page.Match) []catalog.Product {
	t.Helper()
	return get(s.Catalog().List(in(of), q, matches, page.Window{Limit: 99}))(t)
}

func catalogSave(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	p := s.addProduct(t, s.draftProduct(t, acme.ID, "vm"), name("small"), page.Term{Key: "region", Value: "nyc1"})
	untouched := s.addProduct(t, s.draftProduct(t, acme.ID, "other"), name("small"))
	p.Version, p.Name = 2, "Large"
	p.Regions = []string{"ams1", "tor1"}
	p.Pricing = catalog.Pricing{p.Pricing[2], p.Pricing[0]}
	must(t, s.Catalog().Save(in(acme.ID), p, s.commitProduct(p, "updated", name("large"))))
	same(t, "the saved product", get(s.Catalog().Get(in(acme.ID), p.ID))(t), p)
	same(t, "the other product", get(s.Catalog().Get(in(acme.ID), untouched.ID))(t), untouched)
	same(t, "the replaced term", s.listed(t, acme.ID, catalog.Query{}, page.Match{Term: name("small")}), []catalog.Product{untouched})
	same(t, "its replacement", s.listed(t, acme.ID, catalog.Query{}, page.Match{Term: name("large")}), []catalog.Product{p})
}

func catalogVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	p := s.addProduct(t, s.draftProduct(t, acme.ID, "vm"), name("small"))
	for _, version := range []int64{1, 3} {
		stale := p
		stale.Version, stale.Name, stale.Regions, stale.Pricing = version, "stale", nil, nil
		refused(t, s.Catalog().Save(in(acme.ID), stale, s.commitProduct(stale, "updated", name("stale"))), fault.ErrConflict, "")
	}
	nobody := s.draftProduct(t, acme.ID, "nobody")
	nobody.Version = 2
	refused(t, s.Catalog().Save(in(acme.ID), nobody, s.commitProduct(nobody, "updated")), fault.ErrConflict, "")
	same(t, "the product", s.listed(t, acme.ID, catalog.Query{}, page.Match{Term: name("small")}), []catalog.Product{p})
	same(t, "the stale term", len(s.listed(t, acme.ID, catalog.Query{}, page.Match{Term: name("stale")})), 0)
}

// several are new products with SKUs that begin with a word, which is their
// term too.
func (s *session) several(t *testing.T, of scope.TenantID, word string, count int) ([]catalog.New, event.Commit) {
	t.Helper()
	var all []catalog.New
	commit := event.Commit{At: s.now}
	for i := range count {
		p := s.draftProduct(t, of, fmt.Sprintf("%s-%d", word, i))
		all = append(all, catalog.New{Product: p, Terms: []page.Term{name(word), name(strconv.Itoa(i))}})
		commit.Events = append(commit.Events, s.commitProduct(p, "created").Events...)
	}
	return all, commit
}

func catalogCreateMany(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	all, commit := s.several(t, acme.ID, "vm", 500)
	must(t, s.Catalog().CreateMany(in(acme.ID), all, commit))
	same(t, "one of them", s.listed(t, acme.ID, catalog.Query{}, page.Match{Term: name("vm")}, page.Match{Term: name("77")}),
		[]catalog.Product{all[77].Product})

	half, commit := s.several(t, acme.ID, "new", 3)
	half[2].Product.SKU = "vm-9"
	refused(t, s.Catalog().CreateMany(in(acme.ID), half, commit), fault.ErrExists, "sku")
	same(t, "the products of a refused step", len(s.listed(t, acme.ID, catalog.Query{}, page.Match{Term: name("new")})), 0)
	twins, commit := s.several(t, acme.ID, "twin", 2)
	twins[1].Product.SKU = "twin-0"
	refused(t, s.Catalog().CreateMany(in(acme.ID), twins, commit), fault.ErrExists, "sku")
	_, err := s.Catalog().BySKU(in(acme.ID), "twin-0")
	refused(t, err, fault.ErrNotFound, "")
	all, commit = s.several(t, other.ID, "vm", 2)
	must(t, s.Catalog().CreateMany(in(other.ID), all, commit))
	same(t, "the other tenant's", s.listed(t, other.ID, catalog.Query{}), []catalog.Product{all[0].Product, all[1].Product})

	all, commit = s.several(t, other.ID, "handled", 1)
	commit.Delivery = &scope.Delivery{Subscription: "s", Event: s.ids.New("evt")}
	must(t, s.Catalog().CreateMany(in(other.ID), all, commit))
	all, again := s.several(t, other.ID, "again", 1)
	again.Delivery = commit.Delivery
	refusedAs(t, s.Catalog().CreateMany(in(other.ID), all, again), event.ErrDelivered)
	_, err = s.Catalog().BySKU(in(other.ID), "again-0")
	refused(t, err, fault.ErrNotFound, "")
}

func catalogMany(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	a, b := s.addProduct(t, s.draftProduct(t, acme.ID, "a")), s.addProduct(t, s.draftProduct(t, acme.ID, "b"))
	s.addProduct(t, s.draftProduct(t, acme.ID, "c"))
	b.Version, b.Regions, b.Pricing = 2, []string{"ams1"}, b.Pricing[:1]
	must(t, s.Catalog().Save(in(acme.ID), b, s.commitProduct(b, "updated")))
	theirs := s.addProduct(t, s.draftProduct(t, other.ID, "d"))
	ids := []catalog.ID{theirs.ID, b.ID, catalog.ID(s.ids.New("prod")), a.ID}
	same(t, "those that are there", get(s.Catalog().Many(in(acme.ID), ids))(t), []catalog.Product{a, b})
	same(t, "none of them", len(get(s.Catalog().Many(in(acme.ID), ids[:1]))(t)), 0)

	skus := get(s.Catalog().Taken(in(acme.ID), []string{"b", "B", "d", "a", "\"',\\{}"}))(t)
	slices.Sort(skus)
	same(t, "the SKUs taken", skus, []string{"a", "b"})
	same(t, "none taken", len(get(s.Catalog().Taken(in(other.ID), []string{"a"}))(t)), 0)
}

func catalogFilters(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	nyc := page.Term{Key: "region", Value: "nyc1"}
	var all []catalog.Product
	for i, c := range []struct {
		category catalog.Category
		status   catalog.Status
		terms    []page.Term
	}{
		{catalog.CategoryCompute, catalog.StatusActive, []page.Term{name("small"), nyc}},
		{catalog.CategoryCompute, catalog.StatusDraft, []page.Term{name("smaller"), nyc}},
		{catalog.CategoryStorage, catalog.StatusActive, []page.Term{name("smart")}},
		{catalog.CategoryStorage, catalog.StatusArchived, []page.Term{name("nyc1")}},
	} {
		for _, of := range []scope.TenantID{acme.ID, other.ID} {
			p := s.draftProduct(t, of, fmt.Sprintf("sku-%d", i))
			p.Category, p.Status = c.category, c.status
			s.addProduct(t, p, c.terms...)
			if of == acme.ID {
				all = append(all, p)
			}
		}
	}
	for what, c := range map[string]struct {
		query   catalog.Query
		matches []page.Match
		want    []catalog.Product
	}{
		"all":        {want: all},
		"a category": {query: catalog.Query{Category: catalog.CategoryStorage}, want: all[2:]},
		"a status":   {query: catalog.Query{Status: catalog.StatusActive}, want: []catalog.Product{all[0], all[2]}},
		"both":       {query: catalog.Query{Category: catalog.CategoryCompute, Status: catalog.StatusDraft}, want: all[1:2]},
		"a prefix":   {matches: []page.Match{{Term: name("small"), Prefix: true}}, want: all[:2]},
		"a region":   {matches: []page.Match{{Term: nyc}}, want: all[:2]},
		"everything": {
			query:   catalog.Query{Category: catalog.CategoryCompute, Status: catalog.StatusActive},
			matches: []page.Match{{Term: name("sm"), Prefix: true}, {Term: nyc}}, want: all[:1],
		},
		"nothing": {query: catalog.Query{Category: catalog.CategoryNetwork}, matches: []page.Match{{Term: nyc}}},
	} {
		same(t, what, s.listed(t, acme.ID, c.query, c.matches...), c.want)
	}
}

func catalogPages(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	var all []catalog.Product
	for i := range 5 {
		p := s.draftProduct(t, acme.ID, fmt.Sprintf("sku-%d", i))
		p.Regions, p.Pricing = p.Regions[:i%3], p.Pricing[:i%4]
		all = append(all, s.addProduct(t, p))
		s.addProduct(t, s.draftProduct(t, other.ID, p.SKU))
	}
	for _, newest := range []bool{false, true} {
		want := slices.Clone(all)
		if newest {
			slices.Reverse(want)
		}
		var got []catalog.Product
		for w := (page.Window{Limit: 2, Newest: newest}); ; w.After = string(got[len(got)-1].ID) {
			products := get(s.Catalog().List(in(acme.ID), catalog.Query{Category: catalog.CategoryCompute}, nil, w))(t)
			if len(products) == 0 {
				break
			}
			got = append(got, products...)
		}
		same(t, fmt.Sprintf("the pages, newest first: %t", newest), got, want)
	}
}
