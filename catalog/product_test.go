package catalog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
)

func TestAProductNamesEveryFieldThatBreaksARule(t *testing.T) {
	t.Parallel()
	many := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf("r%d", i)
		}
		return all
	}
	for name, c := range map[string]struct {
		edit func(*Product)
		want []string
	}{
		"no name":            {func(p *Product) { p.Name = "" }, []string{"name"}},
		"long name":          {func(p *Product) { p.Name = strings.Repeat("é", 201) }, []string{"name"}},
		"longest name":       {func(p *Product) { p.Name = strings.Repeat("é", 200) }, nil},
		"name of bad bytes":  {func(p *Product) { p.Name = "a\xff" }, []string{"name"}},
		"name with NUL":      {func(p *Product) { p.Name = "a\x00b" }, []string{"name"}},
		"no sku":             {func(p *Product) { p.SKU = "" }, []string{"sku"}},
		"upper case sku":     {func(p *Product) { p.SKU = "VM-SMALL.2_x" }, nil},
		"sku with a space":   {func(p *Product) { p.SKU = "vm small" }, []string{"sku"}},
		"sku with two dots":  {func(p *Product) { p.SKU = "vm..small" }, []string{"sku"}},
		"sku ends in hyphen": {func(p *Product) { p.SKU = "vm-" }, []string{"sku"}},
		"sku with newline":   {func(p *Product) { p.SKU = "vm\n" }, []string{"sku"}},
		"sku with accents":   {func(p *Product) { p.SKU = "vm-é" }, []string{"sku"}},
		"long sku":           {func(p *Product) { p.SKU = strings.Repeat("x", 65) }, []string{"sku"}},
		"longest sku":        {func(p *Product) { p.SKU = strings.Repeat("x", 64) }, nil},
		"unknown category":   {func(p *Product) { p.Category = "compote" }, []string{"category"}},
		"region":             {func(p *Product) { p.Regions[1] = "NYC 1"; p.Pricing = p.Pricing[:2] }, []string{"regions[1]"}},
		"region twice":       {func(p *Product) { p.Regions = []string{"nyc1", "tor1", "nyc1"} }, []string{"regions[2]"}},
		"too many regions":   {func(p *Product) { p.Regions, p.Pricing = many(201), nil }, []string{"regions"}},
		"most regions":       {func(p *Product) { p.Regions, p.Pricing = many(200), nil }, nil},
		"template":           {func(p *Product) { p.ProvisioningTemplateID = "a b" }, []string{"provisioning_template_id"}},
		"all at once": {func(p *Product) {
			*p = Product{Category: "x", Specs: ProductSpecs{GPUCount: -1}, Regions: []string{""}, ProvisioningTemplateID: "-"}
		}, []string{"name", "sku", "category", "specs.gpu_count", "regions[0]", "provisioning_template_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := machine()
			c.edit(&p)
			require.ElementsMatch(t, c.want, checked(p))
		})
	}
}

func TestAChangeReplacesWhatItNamesAndKeepsNothingOfTheCallers(t *testing.T) {
	t.Parallel()
	p := machine()
	p.apply(Change{})
	require.Equal(t, machine(), p)

	name, sku, category, template := "Big", "vm-big", CategoryStorage, "big"
	specs := ProductSpecs{
		Ports: []int{80}, Attributes: map[string]string{"a": "b"}, Configurable: map[string]Option{"x": {Values: []string{"y"}}},
	}
	pricing := Pricing{flat("a", "", PeriodHour, "1", "USD")}
	regions := []string{"ams1"}
	p.apply(Change{
		Name: &name, SKU: &sku, Category: &category, Specs: &specs, Pricing: pricing, Regions: regions,
		ProvisioningTemplateID: &template,
	})
	kept := p
	kept.Specs = specs.clone()
	specs.Ports[0], specs.Attributes["a"], specs.Configurable["x"].Values[0] = 1, "z", "z"
	pricing[0].Name, regions[0] = "z", "z"
	require.Empty(t, cmp.Diff(kept, p))
	require.Equal(t, "a", p.Pricing[0].Name)
	require.Equal(t, []string{"ams1"}, p.Regions)
	require.Equal(t, "Big vm-big storage big", strings.Join([]string{p.Name, p.SKU, string(p.Category), p.ProvisioningTemplateID}, " "))

	p.apply(Change{Pricing: Pricing{}, Regions: []string{}, Specs: &ProductSpecs{Ports: []int{}, Attributes: map[string]string{}}})
	require.Nil(t, p.Pricing, "an empty list removes all")
	require.Nil(t, p.Regions)
	require.Equal(t, ProductSpecs{}, p.Specs, "what is empty is nothing")
}

func TestAProductIsFoundByItsWordsAndRegions(t *testing.T) {
	t.Parallel()
	p := Product{Name: "Größe M, Crème", SKU: "VM-M.8gb", Regions: []string{"tor1", "nyc1"}}
	require.Equal(t, []page.Term{
		{Key: "name", Value: "8gb"}, {Key: "name", Value: "creme"}, {Key: "name", Value: "große"}, {Key: "name", Value: "m"},
		{Key: "name", Value: "vm"}, {Key: "region", Value: "nyc1"}, {Key: "region", Value: "tor1"},
	}, p.terms())
	require.Equal(t, []page.Match{
		{Term: page.Term{Key: "name", Value: "cre"}, Prefix: true}, {Term: page.Term{Key: "name", Value: "vm"}, Prefix: true},
		{Term: page.Term{Key: "region", Value: "nyc1"}},
	}, Query{Text: "VM crè", Region: "nyc1"}.matches())
}

func TestAQueryNamesEveryFieldThatBreaksARule(t *testing.T) {
	t.Parallel()
	require.NoError(t, Query{}.check())
	require.NoError(t, Query{Category: CategoryNetwork, Region: "nyc1", Status: StatusArchived, Text: "x"}.check())
	err := Query{Category: "x", Region: "NYC", Status: "x", Text: "\xff"}.check()
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"category", "region", "status", "text"}, faults(t, err))
}

func TestAProductSurvivesJSON(t *testing.T) {
	t.Parallel()
	for _, p := range []Product{machine(), support(), {ID: productID, TenantID: tenantID}} {
		text, err := json.Marshal(p)
		require.NoError(t, err)
		var back Product
		require.NoError(t, json.Unmarshal(text, &back))
		require.Empty(t, cmp.Diff(p, back))
		again, err := json.Marshal(back)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
	}
}

func TestIDsRefuseAnotherEntitys(t *testing.T) {
	t.Parallel()
	id, err := ParseID(string(productID))
	require.NoError(t, err)
	require.Equal(t, productID, id)
	for _, text := range []string{"", "prod_", string(tenantID), "prod_01jc000000000000000000000u", "cust_01jc0000000000000000000001"} {
		_, err := ParseID(text)
		require.ErrorIs(t, err, fault.ErrInvalid, text)
	}
	require.ErrorIs(t, json.Unmarshal([]byte(`"res_01jc0000000000000000000001"`), &id), fault.ErrInvalid)
}

func TestEveryStatusAndEvent(t *testing.T) {
	t.Parallel()
	table := map[Status]map[string]Status{
		StatusDraft:    {"activate": StatusActive, "archive": StatusArchived},
		StatusActive:   {"archive": StatusArchived},
		StatusArchived: {"activate": StatusActive},
	}
	machine := Lifecycle()
	require.Equal(t, StatusDraft, machine.Initial)
	require.Len(t, machine.States, len(table))
	require.Equal(t, []string{"activate", "archive"}, machine.Events())
	for _, from := range machine.States {
		for _, event := range append(machine.Events(), "explode") {
			to, err := machine.Next(from, event)
			if want, legal := table[from][event]; legal {
				require.NoError(t, err, "%s %s", from, event)
				require.Equal(t, want, to)
				continue
			}
			require.ErrorIs(t, err, fault.ErrState, "%s %s", from, event)
			require.Equal(t, from, to)
			require.ErrorContains(t, err, string(from))
		}
	}
}
