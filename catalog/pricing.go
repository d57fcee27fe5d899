package catalog

import (
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/money"
)

// PricingRule is one part of a product's price: the hourly price of the
// machine, the setup fee, the price of each GiB of disk. Its JSON form is
//
//	{"name":"instance","region":"nyc1","period":"hour","model":{"kind":"flat","rate":{"number":"0.09375","currency":"USD"}}}
type PricingRule struct {
	// Name names the part, on every quote: a machine name of at most 64
	// characters, once in the product, region and currency.
	Name string `json:"name"`
	// Region is where the rule applies. Empty: in every region that has no rule
	// of that name, in that currency, of its own.
	Region string `json:"region,omitempty"`
	// Period is what the price is for.
	Period Period `json:"period"`
	// Model computes the price.
	Model Model `json:"model"`
}

// Period is what a price is for: one time, or the time that one such price
// covers.
type Period string

// The periods.
const (
	PeriodOnce  Period = "once"
	PeriodHour  Period = "hour"
	PeriodDay   Period = "day"
	PeriodMonth Period = "month"
	PeriodYear  Period = "year"
)

// Periods are all there are, the shortest first.
func Periods() []Period {
	return []Period{PeriodOnce, PeriodHour, PeriodDay, PeriodMonth, PeriodYear}
}

// Pricing are the rules of a product's price, in the order in which a quote
// lists their charges.
type Pricing []PricingRule

// check names what is wrong with the rules of a product.
func (p Pricing) check(f *fault.Fields, of Product) {
	if len(p) > maxPricing {
		f.Add("pricing", "must have at most %d rules, has %d", maxPricing, len(p))
		return
	}
	type key struct {
		name, region string
		currency     money.Currency
	}
	seen := make(map[key]int, len(p))
	for i, rule := range p {
		in := f.At("pricing", i)
		rule.check(in, of)
		if !known(rule.Model) {
			continue
		}
		k := key{rule.Name, rule.Region, rule.Model.Currency()}
		if first, twice := seen[k]; twice {
			in.Add("name", "must be another than that of pricing[%d], which has the same region and currency", first)
			continue
		}
		seen[k] = i
	}
}

func (r PricingRule) check(f *fault.Fields, of Product) {
	check.Word(f, "name", r.Name, maxWord)
	switch {
	case r.Region == "":
	case !of.soldIn(r.Region):
		f.Add("region", "must be one of the product's regions")
	default:
		check.Word(f, "region", r.Region, maxWord)
	}
	check.OneOf(f, "period", r.Period, Periods()...)
	if !known(r.Model) {
		f.Add("model", "must be one of the package's models, as a value")
		return
	}
	r.Model.check(f.In("model"), of)
}

// known says whether a model is one of ours and not a pointer to one, which
// could be nil.
func known(m Model) bool {
	switch m.(type) {
	case Flat, PerUnit:
		return true
	default:
		return false
	}
}

// in returns the rules that apply in a region and a currency: its own, and
// those of every region whose name it has none of its own for.
func (p Pricing) in(region string, c money.Currency) Pricing {
	var own []string
	for _, rule := range p {
		if rule.Region == region && rule.Model.Currency() == c {
			own = append(own, rule.Name)
		}
	}
	var applying Pricing
	for _, rule := range p {
		if rule.Model.Currency() != c {
			continue
		}
		if rule.Region == region || rule.Region == "" && !slices.Contains(own, rule.Name) {
			applying = append(applying, rule)
		}
	}
	return applying
}

// prices says whether a region has a price, in whatever currency.
func (p Pricing) prices(region string) bool {
	return slices.ContainsFunc(p, func(r PricingRule) bool { return r.Region == "" || r.Region == region })
}

// currencies are those that a region has a price in, sorted.
func (p Pricing) currencies(region string) []money.Currency {
	var all []money.Currency
	for _, rule := range p {
		if rule.Region == "" || rule.Region == region {
			all = append(all, rule.Model.Currency())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
