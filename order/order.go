// Package order holds the orders of a tenant's customers: what was ordered at
// which price, and how far its delivery is.
//
// An order is placed, approved where the tenant's settings ask for it, and
// started. What it needs is then provisioned by the resource service, which
// hears of it by events and reports back with [Service.Report].
package order

import (
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/tenant"
)

// ID names an order: "ord_" and 26 characters.
type ID string

const prefix = "ord"

// ParseID refuses what is not an order's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return ID(text), id.Parse(prefix, text) }

// UnmarshalText is [ParseID] for decoders.
func (i *ID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseID(string(text))
	return err
}

// Order is what a customer ordered, in one currency, at the prices of that
// day.
type Order struct {
	ID         ID          `json:"id"`
	TenantID   tenant.ID   `json:"tenant_id"`
	CustomerID customer.ID `json:"customer_id"`
	Status     Status      `json:"status"`
	// Phase is the status in finer steps.
	Phase Phase `json:"phase"`
	// Attempt counts the tries to deliver the order, from 1; each retry is one
	// more.
	Attempt int    `json:"attempt"`
	Items   []Item `json:"items"`
	// TotalAmount is the number of [Order.Total]: all one-time charges plus one
	// full period of every recurring one.
	TotalAmount string         `json:"total_amount"`
	Currency    money.Currency `json:"currency"`
	// Metadata are the host's own keys.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Failure says, for people, why the latest attempt failed; a retry empties
	// it.
	Failure string `json:"failure,omitempty"`
	// ApprovedBy is the actor who approved the order, ApprovedAt when; both are
	// empty where no approval was asked for.
	ApprovedBy string     `json:"approved_by,omitempty"`
	ApprovedAt *time.Time `json:"approved_at,omitempty"`
	Version    int64      `json:"version"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	// ProvisionedAt is when the last item was provisioned; nil until then.
	ProvisionedAt *time.Time `json:"provisioned_at"`
}

// Total is TotalAmount in the order's currency. Of an order that this package
// did not make, with a number that is none, it is the zero amount.
func (o Order) Total() money.Amount {
	total, err := money.NewAmount(o.TotalAmount, o.Currency)
	if err != nil {
		return money.Amount{}
	}
	return total
}

// Resources is how many resources the order asks for: one for each unit of
// the items that become some.
func (o Order) Resources() int64 {
	var count int64
	for _, i := range o.Items {
		if i.ResourceType != "" {
			count += i.Quantity
		}
	}
	return count
}
