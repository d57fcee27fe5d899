package catalog

import (
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/money"
)

// The limits of a request.
const (
	// MaxItems is how many items a request may have.
	MaxItems = 100
	// MaxQuantity is how many things all items of a request may ask for
	// together.
	MaxQuantity = 1000
)

// QuoteRequest is what a quote is wanted for.
type QuoteRequest struct {
	// Items are 1 to [MaxItems].
	Items []QuoteItem `json:"items"`
	// Currency is what to price in; empty is the tenant's default currency.
	Currency money.Currency `json:"currency,omitempty"`
	// Region is that of the items which name none.
	Region string `json:"region,omitempty"`
}

// QuoteItem is one product in a number.
type QuoteItem struct {
	// Product is the id of an active product.
	Product ID `json:"product"`
	// Quantity is how many, from 1; all items have at most [MaxQuantity].
	Quantity int64 `json:"quantity"`
	// Region is one that the product is sold in and the tenant allows. A
	// service that is sold everywhere needs none.
	Region string `json:"region,omitempty"`
	// Configuration is what was chosen of the product's configurable
	// attributes, numbers in plain decimals.
	Configuration map[string]string `json:"configuration,omitempty"`
}

// Quote is what items cost. Amounts are rounded once a line, half to even.
type Quote struct {
	Currency money.Currency `json:"currency"`
	// At is the time that the prices are of.
	At time.Time `json:"at"`
	// Lines are the items', in their order.
	Lines []Line `json:"lines"`
	// Total is the sum of the lines' amounts: everything that is charged once,
	// and one full period of everything that recurs.
	Total money.Amount `json:"total"`
	// OneTime is what is charged once, before rounding.
	OneTime money.Exact `json:"one_time"`
	// Recurring is what each period costs, before rounding, the shortest period
	// first; with OneTime it adds up to the lines' exact sums.
	Recurring []PeriodTotal `json:"recurring,omitempty"`
}

// PeriodTotal is what one full period costs, before rounding.
type PeriodTotal struct {
	Period Period      `json:"period"`
	Exact  money.Exact `json:"exact"`
}

// Line is what one item costs, and why.
type Line struct {
	ProductID ID `json:"product_id"`
	// ProductVersion is the version of the product that was priced.
	ProductVersion int64  `json:"product_version"`
	SKU            string `json:"sku"`
	Name           string `json:"name"`
	Quantity       int64  `json:"quantity"`
	Region         string `json:"region,omitempty"`
	// Configuration is what was chosen, numbers in their shortest form.
	Configuration map[string]string `json:"configuration,omitempty"`
	// Charges are the parts of the price, in the order of the product's rules.
	Charges []Charge `json:"charges"`
	// Exact is the sum of the charges, Amount the same, rounded.
	Exact  money.Exact  `json:"exact"`
	Amount money.Amount `json:"amount"`
}

// Charge is what one rule adds to a line: Exact is Rate × Units × Quantity,
// without Units where the rule counts none.
type Charge struct {
	// Rule is the name of the rule, Kind its model.
	Rule   string `json:"rule"`
	Kind   Kind   `json:"kind"`
	Period Period `json:"period"`
	// Unit is the attribute that was counted, Units how much of it one thing
	// has.
	Unit     string         `json:"unit,omitempty"`
	Units    money.Quantity `json:"units,omitzero"`
	Quantity int64          `json:"quantity"`
	Rate     money.Rate     `json:"rate"`
	Exact    money.Exact    `json:"exact"`
}

// check names what is wrong with a request as a whole.
func (r QuoteRequest) check(f *fault.Fields) {
	switch {
	case len(r.Items) == 0:
		f.Add("items", "must not be empty")
	case len(r.Items) > MaxItems:
		f.Add("items", "must have at most %d entries, has %d", MaxItems, len(r.Items))
	}
	if r.Currency != "" && !r.Currency.Valid() {
		f.Add("currency", "must be an ISO 4217 code")
	}
	var together int64
	for _, item := range r.items() {
		together += max(0, min(item.Quantity, MaxQuantity))
	}
	if together > MaxQuantity {
		f.Add("items", "must ask for at most %d together, ask for %d", MaxQuantity, together)
	}
}

// items are those of the request, each with its region; none of too many.
func (r QuoteRequest) items() []QuoteItem {
	if len(r.Items) > MaxItems {
		return nil
	}
	items := slices.Clone(r.Items)
	for i := range items {
		if items[i].Region == "" {
			items[i].Region = r.Region
		}
	}
	return items
}

// products are the distinct ids that a request names, sorted.
func (r QuoteRequest) products() []ID {
	var ids []ID
	for _, item := range r.items() {
		if id.Valid(prefix, string(item.Product)) {
			ids = append(ids, item.Product)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// check names what is wrong with an item whatever its product is; bounded says
// whether its configuration can be looked at further.
func (i QuoteItem) check(f *fault.Fields) (bounded bool) {
	id.Check(f, "product", prefix, string(i.Product))
	if i.Quantity < 1 || i.Quantity > MaxQuantity {
		f.Add("quantity", "must be between 1 and %d, is %d", MaxQuantity, i.Quantity)
	}
	before := len(f.All())
	check.Metadata(f, "configuration", i.Configuration)
	return len(f.All()) == before
}
