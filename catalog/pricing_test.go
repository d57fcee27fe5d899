package catalog

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

func TestRulesNameEveryFieldThatBreaksARule(t *testing.T) {
	t.Parallel()
	many := func(n int) Pricing {
		all := make(Pricing, n)
		for i := range all {
			all[i] = flat(fmt.Sprintf("r%d", i), "", PeriodHour, "1", "USD")
		}
		return all
	}
	var nothing *Flat
	for name, c := range map[string]struct {
		rules Pricing
		want  []string
	}{
		"none":          {nil, nil},
		"free":          {Pricing{flat("a", "", PeriodOnce, "0", "USD")}, nil},
		"twelve places": {Pricing{flat("a", "", PeriodOnce, "999999999999999999.000000000001", "USD")}, nil},
		"zero":          {Pricing{{}}, []string{"pricing[0].name", "pricing[0].period", "pricing[0].model"}},
		"name":          {Pricing{flat("An Hour", "", PeriodHour, "1", "USD")}, []string{"pricing[0].name"}},
		"period":        {Pricing{flat("a", "", "week", "1", "USD")}, []string{"pricing[0].period"}},
		"another region": {
			Pricing{flat("a", "", PeriodHour, "1", "USD"), flat("a", "ams1", PeriodHour, "1", "USD")}, []string{"pricing[1].region"},
		},
		"no word":     {Pricing{flat("a", "NYC", PeriodHour, "1", "USD")}, []string{"pricing[0].region"}},
		"negative":    {Pricing{flat("a", "", PeriodHour, "-0.000000000001", "USD")}, []string{"pricing[0].model.rate"}},
		"no currency": {Pricing{{Name: "a", Period: PeriodHour, Model: Flat{}}}, []string{"pricing[0].model.rate"}},
		"pointer":     {Pricing{{Name: "a", Period: PeriodHour, Model: &Flat{}}}, []string{"pricing[0].model"}},
		"nil pointer": {Pricing{{Name: "a", Period: PeriodHour, Model: nothing}}, []string{"pricing[0].model"}},
		"unit":        {Pricing{perUnit("a", "", PeriodHour, "vcpus", "1", "USD")}, nil},
		"own unit":    {Pricing{perUnit("a", "", PeriodHour, "seats", "1", "USD")}, nil},
		"no unit":     {Pricing{perUnit("a", "", PeriodHour, "", "1", "USD")}, []string{"pricing[0].model.unit"}},
		"unknown unit": {
			Pricing{perUnit("a", "", PeriodHour, "cores", "-1", "USD")}, []string{"pricing[0].model.unit", "pricing[0].model.rate"},
		},
		"an attribute": {Pricing{perUnit("a", "", PeriodHour, "family", "1", "USD")}, []string{"pricing[0].model.unit"}},
		"a choice":     {Pricing{perUnit("a", "", PeriodHour, "image", "1", "USD")}, []string{"pricing[0].model.unit"}},
		"twice": {
			Pricing{
				flat("a", "nyc1", PeriodHour, "1", "USD"), flat("b", "nyc1", PeriodHour, "1", "USD"),
				flat("a", "nyc1", PeriodOnce, "2", "USD"),
			},
			[]string{"pricing[2].name"},
		},
		"another name": {
			Pricing{
				flat("a", "nyc1", PeriodHour, "1", "USD"), flat("a", "tor1", PeriodHour, "1", "USD"),
				flat("a", "", PeriodHour, "1", "USD"), flat("a", "", PeriodHour, "1", "EUR"),
			},
			nil,
		},
		"as many":  {many(1000), nil},
		"too many": {many(1001), []string{"pricing"}},
		"every rule": {
			Pricing{flat("a", "", "x", "1", "USD"), flat("b", "", PeriodDay, "1", "USD"), flat("c", "", "x", "1", "USD")},
			[]string{"pricing[0].period", "pricing[2].period"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := machine()
			p.Pricing = c.rules
			require.ElementsMatch(t, c.want, checked(p))
		})
	}
}

func TestAUnitBelongsToTheCategory(t *testing.T) {
	t.Parallel()
	p := support()
	p.Pricing = Pricing{perUnit("a", "", PeriodMonth, "vcpus", "1", "USD")}
	require.Equal(t, []string{"pricing[0].model.unit"}, checked(p))
	p.Specs.Configurable = map[string]Option{"seats": {Min: quantity("1"), Max: quantity("5")}}
	p.Pricing = Pricing{perUnit("a", "nowhere1", PeriodMonth, "seats", "1", "USD")}
	require.Empty(t, checked(p), "a service that is sold everywhere has a price anywhere")
	p.Pricing = Pricing{perUnit("a", "No Where", PeriodMonth, "seats", "1", "USD")}
	require.Equal(t, []string{"pricing[0].region"}, checked(p))
}

func TestARegionsOwnRuleComesBeforeTheOneForAll(t *testing.T) {
	t.Parallel()
	rules := Pricing{
		flat("instance", "", PeriodHour, "1", "USD"), flat("instance", "tor1", PeriodHour, "2", "USD"),
		flat("setup", "", PeriodOnce, "3", "USD"), flat("instance", "tor1", PeriodHour, "4", "EUR"),
		flat("tax", "tor1", PeriodOnce, "5", "USD"), flat("setup", "nyc1", PeriodOnce, "6", "EUR"),
	}
	rates := func(region string, c money.Currency) (all []string) {
		for _, rule := range rules.in(region, c) {
			all = append(all, rule.Model.(Flat).Rate.Number())
		}
		return all
	}
	require.Equal(t, []string{"1", "3"}, rates("nyc1", "USD"), "the other currency's own rule is none of this one's")
	require.Equal(t, []string{"2", "3", "5"}, rates("tor1", "USD"))
	require.Equal(t, []string{"1", "3"}, rates("", "USD"))
	require.Equal(t, []string{"4"}, rates("tor1", "EUR"), "no currency stands in for another")
	require.Equal(t, []string{"6"}, rates("nyc1", "EUR"))
	require.Empty(t, rates("", "EUR"))
	require.Empty(t, rates("nyc1", "JPY"))
	require.Equal(t, []money.Currency{"EUR", "USD"}, rules.currencies("tor1"))
	require.Equal(t, []money.Currency{"USD"}, rules.currencies("ams1"))
}

func TestARuleHasOneFormInJSON(t *testing.T) {
	t.Parallel()
	for text, rule := range map[string]PricingRule{
		`{"name":"cpu","region":"nyc1","period":"hour",` +
			`"model":{"kind":"per_unit","unit":"vcpus","rate":{"number":"0.07143","currency":"USD"}}}`: perUnit(
			"cpu", "nyc1", PeriodHour, "vcpus", "0.07143", "USD"),
		`{"name":"setup","period":"once",` +
			`"model":{"kind":"flat","rate":{"number":"5","currency":"KWD"}}}`: flat("setup", "", PeriodOnce, "5.000", "KWD"),
		`{"name":"","period":"","model":null}`: {},
	} {
		got, err := json.Marshal(rule)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
		var back PricingRule
		require.NoError(t, json.Unmarshal([]byte(text), &back))
		require.Empty(t, cmp.Diff(rule, back))
	}
	var nothing *PerUnit
	text, err := json.Marshal(PricingRule{Model: nothing})
	require.NoError(t, err, "a draft is told what is wrong with it, and breaks nothing before")
	require.JSONEq(t, `{"name":"","period":"","model":null}`, string(text))
}

func TestARuleThatIsHalfUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	rule := func(model string) string {
		return `{"name":"a","period":"hour","model":` + model + `}`
	}
	for text, want := range map[string][]string{
		rule(`{"kind":"tiered","rate":{"number":"1","currency":"USD"}}`): {"pricing[0].model.kind"},
		rule(`{"rate":{"number":"1","currency":"USD"}}`):                 {"pricing[0].model.kind"},
		rule(`{"kind":7}`):               {"pricing[0].model"},
		rule(`"flat"`):                   {"pricing[0].model"},
		rule(`[]`):                       {"pricing[0].model"},
		rule(`{"kind":"flat","rate":7}`): {"pricing[0].model.rate"},
		rule(`{"kind":"flat","rate":{"number":"1.0000000000001","currency":"USD"}}`):                 {"pricing[0].model.rate.number"},
		rule(`{"kind":"flat","rate":{"number":"1","currency":"XXX"}}`):                               {"pricing[0].model.rate.currency"},
		rule(`{"kind":"flat","rate":{"number":"1e5","currency":"USD"}}`):                             {"pricing[0].model.rate.number"},
		rule(`{"kind":"flat","unit":"vcpus","rate":{"number":"1","currency":"USD"}}`):                {"pricing[0].model"},
		rule(`{"kind":"per_unit","unit":"vcpus","tiers":[],"rate":{"number":"1","currency":"USD"}}`): {"pricing[0].model"},
		rule(`{"kind":"per_unit","unit":3}`):                                                         {"pricing[0].model"},
		`{"name":"a","period":"hour","effective_from":"2026-01-01","model":null}`:                    {"pricing[0]"},
		`7`: {"pricing[0]"},
		rule(`{"kind":"x"}`) + `,` + rule(`null`) + `,` + rule(`{"kind":"y"}`): {"pricing[0].model.kind", "pricing[2].model.kind"},
	} {
		var d Draft
		err := json.Unmarshal([]byte(`{"pricing":[`+text+`]}`), &d)
		require.ErrorIs(t, err, fault.ErrInvalid, text)
		require.Equal(t, want, faults(t, err), text)
		require.Nil(t, d.Pricing)
	}
	var rules Pricing
	require.ErrorIs(t, json.Unmarshal([]byte(`{}`), &rules), fault.ErrInvalid)
	require.NoError(t, json.Unmarshal([]byte(`null`), &rules))
	require.NoError(t, json.Unmarshal([]byte(`[]`), &rules))
	require.Nil(t, rules)
}

func FuzzPricing(f *testing.F) {
	for _, p := range []Product{machine(), support()} {
		text, err := json.Marshal(p.Pricing)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Add(`[{"name":"a","name":"b","period":"hour","model":{"kind":"flat","kind":"per_unit","unit":"\u0000"}},null]`)
	f.Add(`[{"MODEL":{"Kind":"flat","RATE":null}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var rules Pricing
		err := json.Unmarshal([]byte(text), &rules)
		if !json.Valid([]byte(text)) {
			require.Error(t, err)
			return
		}
		if err != nil {
			require.ErrorIs(t, err, fault.ErrInvalid)
			require.NotEmpty(t, faults(t, err))
			return
		}
		p := machine()
		p.Pricing = rules
		checked(p)
		unsellable(p)
		first, err := json.Marshal(rules)
		require.NoError(t, err)
		var back Pricing
		require.NoError(t, json.Unmarshal(first, &back))
		second, err := json.Marshal(back)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}
