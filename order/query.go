package order

import (
	"maps"
	"slices"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/clock"
	"github.com/platforma/platforma/page"
)

// Query filters a list of orders. The zero value is all of the tenant's.
type Query struct {
	page.Request
	// Customer is who ordered; empty is any.
	Customer customer.ID `json:"customer,omitempty"`
	// Product is one that the order has an item of; empty is any.
	Product catalog.ID `json:"product,omitempty"`
	// Status is the status wanted; empty is any.
	Status Status `json:"status,omitempty"`
	// From and To bound when the order was created: not before From, and before
	// To. The zero times bound nothing.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Metadata are keys and values that the order must have.
	Metadata map[string]string `json:"metadata,omitempty"`
}

func (q Query) check() error {
	var f fault.Fields
	if q.Customer != "" {
		checkID(&f, "customer", q.Customer, customer.ParseID)
	}
	if q.Product != "" {
		checkID(&f, "product", q.Product, catalog.ParseID)
	}
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, Lifecycle().States...)
	}
	checkTime(&f, "from", q.From)
	checkTime(&f, "to", q.To)
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		f.Add("to", "must be after from")
	}
	check.Metadata(&f, "metadata", q.Metadata)
	return f.Err("", "", "")
}

// checkTime refuses years that a database cannot keep.
func checkTime(f *fault.Fields, path string, t time.Time) {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		f.Add(path, "must be in the years 1 to 9999")
	}
}

// bounds returns the query with its times as the databases compare them, so
// that one instant is one cursor in whatever time zone.
func (q Query) bounds() Query {
	q.From, q.To = roundUp(q.From), roundUp(q.To)
	return q
}

// roundUp rounds up to microseconds: a created_at is not before a time just when
// it is not before the next whole microsecond.
func roundUp(t time.Time) time.Time {
	whole := clock.Truncate(t)
	if whole.Before(t) {
		return whole.Add(time.Microsecond)
	}
	return whole
}

// The keys of an order's terms.
const (
	termProduct  = "product"
	termOpen     = "open"
	termMetadata = "metadata."
)

// matches are the terms that a query asks for.
func (q Query) matches() []page.Match {
	var matches []page.Match
	if q.Product != "" {
		matches = append(matches, match(termProduct, string(q.Product)))
	}
	for _, key := range slices.Sorted(maps.Keys(q.Metadata)) {
		matches = append(matches, match(termMetadata+key, q.Metadata[key]))
	}
	return matches
}

func match(key, value string) page.Match {
	return page.Match{Term: page.Term{Key: key, Value: value}}
}

// terms are what an order is found by: its products and its metadata, and,
// while it is pending or processing, its customer and products as open.
func (o Order) terms() []page.Term {
	var terms []page.Term
	products := make([]string, len(o.Items))
	for i, item := range o.Items {
		products[i] = string(item.ProductID)
	}
	slices.Sort(products)
	open := o.Status == StatusPending || o.Status == StatusProcessing
	if open {
		terms = append(terms, page.Term{Key: termOpen, Value: string(o.CustomerID)})
	}
	for _, product := range slices.Compact(products) {
		terms = append(terms, page.Term{Key: termProduct, Value: product})
		if open {
			terms = append(terms, page.Term{Key: termOpen, Value: product})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(o.Metadata)) {
		terms = append(terms, page.Term{Key: termMetadata + key, Value: o.Metadata[key]})
	}
	return terms
}
