package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/tenant"
)

// engine prices a request. It does no I/O: it is given the products, the
// tenant's settings and the time.
type engine struct {
	products map[ID]Product
	settings tenant.Settings
	at       time.Time
}

// quote prices a request, or refuses it with every reason there is: a product
// that is not there is [fault.ErrNotFound], all else [fault.ErrInvalid].
func (e engine) quote(r QuoteRequest) (Quote, []Snapshot, error) {
	var f fault.Fields
	r.check(&f)
	q := Quote{Currency: r.Currency, At: e.at}
	if q.Currency == "" {
		q.Currency = e.settings.DefaultCurrency
	}
	if q.Currency == "" {
		f.Add("currency", "must be given: the tenant has no default currency")
	}
	var missing []ID
	var snapshots []Snapshot
	for i, item := range r.items() {
		in := f.At("items", i)
		product, found := e.products[item.Product]
		if !found && id.Valid(prefix, string(item.Product)) {
			in.Add("product", "must be one of the tenant's products")
			missing = append(missing, item.Product)
		}
		snapshot := e.item(in, product, item, q.Currency)
		snapshots = append(snapshots, snapshot)
		q.Lines = append(q.Lines, snapshot.Line)
	}
	if f.Empty() {
		q.total(&f)
	}
	switch {
	case f.Empty():
		return q, snapshots, nil
	case len(missing) > 0:
		return Quote{}, nil, &fault.Error{Entity: entity, ID: string(missing[0]), Kind: fault.ErrNotFound, Fields: f.All()}
	default:
		return Quote{}, nil, f.Err("", "", "")
	}
}

// item prices one item, or names why it cannot be sold. The zero product is
// one that is not there.
func (e engine) item(f *fault.Fields, p Product, item QuoteItem, c money.Currency) Snapshot {
	before := len(f.All())
	bounded := item.check(f)
	s := Snapshot{
		Line: Line{
			ProductID: p.ID, ProductVersion: p.Version, SKU: p.SKU, Name: p.Name,
			Quantity: item.Quantity, Region: item.Region,
		},
		Category: p.Category, ProvisioningTemplateID: p.ProvisioningTemplateID, At: e.at,
	}
	if p.ID == "" {
		if item.Region != "" {
			check.Word(f, "region", item.Region, maxWord)
		}
		return s
	}
	if p.Status != StatusActive {
		f.Add("product", "must be an active product: %s is %s", p.SKU, p.Status)
	}
	if e.sold(f, p, item.Region) && c.Valid() {
		s.Pricing = p.Pricing.in(item.Region, c)
		if len(s.Pricing) == 0 {
			f.Add("product", "must have a price in %s%s: %s has %s", c, inRegion(item.Region), p.SKU, pricedIn(p, item.Region))
		}
	}
	if bounded {
		s.Specs, s.Configuration = p.Specs.configure(f.In("configuration"), item.Configuration)
	}
	if len(f.All()) == before {
		s.rate(f, s.Pricing, s.Specs, c)
	}
	return s
}

// sold says whether a product is sold in a region that the tenant allows.
func (e engine) sold(f *fault.Fields, p Product, region string) bool {
	switch {
	case region == "" && len(p.Regions) == 0 && p.Category == CategoryService:
		return true
	case region == "":
		f.Add("region", "must be given: %s is sold by region", p.SKU)
		return false
	}
	before := len(f.All())
	check.Word(f, "region", region, maxWord)
	if len(f.All()) > before {
		return false
	}
	if !p.soldIn(region) {
		f.Add("region", "must be one that %s is sold in, %s is not", p.SKU, region)
	}
	if allowed := e.settings.AllowedRegions; len(allowed) > 0 && !slices.Contains(allowed, region) {
		f.Add("region", "must be one that the tenant allows, %s is not", region)
	}
	return len(f.All()) == before
}

func inRegion(region string) string {
	if region == "" {
		return ""
	}
	return " in " + region
}

func pricedIn(p Product, region string) string {
	var codes []string
	for _, c := range p.Pricing.currencies(region) {
		codes = append(codes, string(c))
	}
	if len(codes) == 0 {
		return "none"
	}
	return strings.Join(codes, ", ")
}

// rate computes a line's charges, their sum and its rounding: the one place
// that rounds.
func (l *Line) rate(f *fault.Fields, rules Pricing, specs ProductSpecs, c money.Currency) {
	l.Charges = make([]Charge, 0, len(rules))
	l.Exact = money.Zero(c).Exact()
	for _, rule := range rules {
		charge, err := rule.Model.charge(specs, l.Quantity)
		if err == nil {
			charge.Rule, charge.Period = rule.Name, rule.Period
			l.Charges = append(l.Charges, charge)
			l.Exact, err = l.Exact.Plus(charge.Exact)
		}
		if err != nil {
			f.Add("product", "must have a price that can be computed, its rule %s has none", rule.Name)
			return
		}
	}
	amount, err := l.Exact.Round()
	if err != nil {
		f.Add("quantity", "must have a price in the range of amounts, %s is not", l.Exact)
	}
	l.Amount = amount
}

// total adds up the lines, and the charges of each period.
func (q *Quote) total(f *fault.Fields) {
	amounts := make([]money.Amount, len(q.Lines))
	for i, line := range q.Lines {
		amounts[i] = line.Amount
	}
	var err error
	if q.Total, err = money.Sum(q.Currency, amounts...); err != nil {
		f.Add("items", "must have a total in the range of amounts")
		return
	}
	for _, period := range Periods() {
		exact, found := q.of(f, period)
		switch {
		case period == PeriodOnce:
			q.OneTime = exact
		case found:
			q.Recurring = append(q.Recurring, PeriodTotal{Period: period, Exact: exact})
		}
	}
}

// of adds up the charges of one period.
func (q *Quote) of(f *fault.Fields, period Period) (sum money.Exact, found bool) {
	sum = money.Zero(q.Currency).Exact()
	for _, line := range q.Lines {
		for _, charge := range line.Charges {
			if charge.Period != period {
				continue
			}
			found = true
			var err error
			if sum, err = sum.Plus(charge.Exact); err != nil {
				f.Add("items", "must have a total that can be computed")
				return sum, found
			}
		}
	}
	return sum, found
}
