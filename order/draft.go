package order

import (
	"errors"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/money"
)

// Draft is an order to be placed.
type Draft struct {
	// Customer is who orders.
	Customer customer.ID `json:"customer"`
	// Items are what is ordered: 1 to [catalog.MaxItems], with at most
	// [catalog.MaxQuantity] units in all.
	Items []ItemDraft `json:"items"`
	// Currency is what the order is in; empty is the tenant's default.
	Currency money.Currency `json:"currency,omitempty"`
	// Region is where items are wanted that name no region.
	Region string `json:"region,omitempty"`
	// Metadata are the host's own keys: at most 64, of at most 64 characters,
	// with values of at most 512.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Key is the optional idempotency key: placing twice with one key is placing
	// once.
	Key string `json:"-"`
}

// ItemDraft is a line of an order to be placed.
type ItemDraft struct {
	// Product is what is ordered; it must be active.
	Product catalog.ID `json:"product"`
	// Quantity is how many units; each becomes one resource.
	Quantity int64 `json:"quantity"`
	// Region is where the units are wanted, one that the product is sold in;
	// empty is the order's.
	Region string `json:"region,omitempty"`
	// Configuration chooses what the product leaves open, such as "disk_gib".
	Configuration map[string]string `json:"configuration,omitempty"`
}

// check names every field that breaks a rule of this package. What items,
// currency and region break of the catalog's, the catalog says.
func (d Draft) check(f *fault.Fields) {
	checkID(f, "customer", d.Customer, customer.ParseID)
	check.Metadata(f, "metadata", d.Metadata)
	check.IdempotencyKey(f, d.Key)
}

// checkID names the field that should have been an id.
func checkID[T ~string](f *fault.Fields, path string, value T, parse func(string) (T, error)) {
	_, err := parse(string(value))
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		for _, field := range refused.Fields {
			f.Add(path, "%s", field.Rule)
		}
	}
}

// request asks the catalog for the price of the draft.
func (d Draft) request() catalog.QuoteRequest {
	r := catalog.QuoteRequest{Items: make([]catalog.QuoteItem, len(d.Items)), Currency: d.Currency, Region: d.Region}
	for i, item := range d.Items {
		r.Items[i] = catalog.QuoteItem(item)
	}
	return r
}
