// Package customer holds the customers of a tenant: who orders, where the bill
// goes, and how it is paid.
package customer

import (
	"maps"
	"slices"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/words"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// ID names a customer: "cust_" and 26 characters.
type ID string

const prefix = "cust"

// ParseID refuses what is not a customer's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return ID(text), id.Parse(prefix, text) }

// UnmarshalText is [ParseID] for decoders.
func (i *ID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseID(string(text))
	return err
}

// Customer is a person or a company that orders from a tenant.
type Customer struct {
	ID       ID        `json:"id"`
	TenantID tenant.ID `json:"tenant_id"`
	Name     string    `json:"name"`
	// Email is as it was written; unique in the tenant, whatever its case.
	Email          string            `json:"email"`
	Company        string            `json:"company"`
	BillingAddress Address           `json:"billing_address"`
	PaymentMethod  PaymentMethod     `json:"payment_method"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	Version        int64             `json:"version"`
	CreatedAt      time.Time         `json:"created_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
	// DeletedAt is set in the event of a deletion; a deleted customer is not
	// found any more.
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
}

// EmailKey is what the uniqueness of the customer's email is decided by: the
// address in its normalised form.
func (c Customer) EmailKey() string { return check.EmailKey(c.Email) }

// Draft is a customer to be created.
type Draft struct {
	// Name is required, at most 200 characters.
	Name string `json:"name"`
	// Email is required and unique in the tenant, whatever its case.
	Email string `json:"email"`
	// Company is at most 200 characters.
	Company string `json:"company,omitempty"`
	// BillingAddress is checked by the rules of its country; empty is none.
	BillingAddress Address `json:"billing_address"`
	// PaymentMethod is a reference to one; empty is none.
	PaymentMethod PaymentMethod `json:"payment_method"`
	// Metadata are the host's own keys: at most 64, of at most 64 characters,
	// with values of at most 512.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// Change is what to change of a customer; a nil field stays as it is.
type Change struct {
	Name           *string
	Email          *string
	Company        *string
	BillingAddress *Address
	PaymentMethod  *PaymentMethod
	// Metadata replaces all of it; an empty map removes all.
	Metadata map[string]string
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// Query filters a list of customers. The zero value is all of the tenant's.
type Query struct {
	page.Request
	// Name is how a word of the name or the company begins, whatever its case
	// and accents; several words must each be found. Empty is any.
	Name string `json:"name,omitempty"`
	// Metadata are keys and values that the customer must have.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// check names every field that breaks a rule.
func (c Customer) check(f *fault.Fields) {
	check.Required(f, "name", c.Name, 200)
	check.Email(f, "email", c.Email)
	check.Text(f, "company", c.Company, 200)
	c.BillingAddress.check(f.In("billing_address"))
	c.PaymentMethod.check(f.In("payment_method"))
	check.Metadata(f, "metadata", c.Metadata)
}

// apply makes a change.
func (c *Customer) apply(change Change) {
	set(&c.Name, change.Name)
	set(&c.Email, change.Email)
	set(&c.Company, change.Company)
	set(&c.BillingAddress, change.BillingAddress)
	set(&c.PaymentMethod, change.PaymentMethod)
	if change.Metadata != nil {
		c.Metadata = maps.Clone(change.Metadata)
	}
	if len(c.Metadata) == 0 {
		c.Metadata = nil
	}
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// terms are what a customer is found by: the words of its names, its metadata.
// A deleted one is not found.
func (c Customer) terms() []page.Term {
	if c.DeletedAt != nil {
		return nil
	}
	var terms []page.Term
	for _, word := range words.Of(c.Name, c.Company) {
		terms = append(terms, page.Term{Key: "name", Value: word})
	}
	for _, key := range slices.Sorted(maps.Keys(c.Metadata)) {
		terms = append(terms, page.Term{Key: "metadata." + key, Value: c.Metadata[key]})
	}
	return terms
}

func (q Query) check() error {
	var f fault.Fields
	check.Text(&f, "name", q.Name, 200)
	check.Metadata(&f, "metadata", q.Metadata)
	return f.Err("", "", "")
}

// matches are the terms that a query asks for.
func (q Query) matches() []page.Match {
	var matches []page.Match
	for _, word := range words.Of(q.Name) {
		matches = append(matches, page.Match{Term: page.Term{Key: "name", Value: word}, Prefix: true})
	}
	for _, key := range slices.Sorted(maps.Keys(q.Metadata)) {
		matches = append(matches, page.Match{Term: page.Term{Key: "metadata." + key, Value: q.Metadata[key]}})
	}
	return matches
}
