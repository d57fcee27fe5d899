package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Commit is what a store keeps together with a change, in the same atomic step
// or not at all.
type Commit struct {
	// Events say what happened, in order.
	Events []Event
	// Receipt is the receipt of the keyed command that asked for the change, or
	// nil. A store that already has one under its tenant, operation and key
	// refuses the whole step with [fault.ErrExists] and [ErrRepeated], whatever
	// else would refuse it.
	Receipt *Receipt
	// Delivery is the delivered event that caused the change, or nil. A store
	// that already has it refuses the whole step with [fault.ErrExists] and
	// [ErrDelivered], whatever else would refuse it.
	Delivery *scope.Delivery
	// Terms are all that the aggregate is found by besides its own fields, each
	// once: they replace those stored before. Only customers, products and orders
	// are found by terms.
	Terms []page.Term
	// Former are the terms that are stored, where the service knows them: it read
	// the aggregate whose next version it stores. A store can then write what
	// differs alone. Nil says that they are not known.
	Former []page.Term
	// At is the time of the change.
	At time.Time
}

// Receipt remembers a keyed command, so that repeating it answers as the first
// time did.
type Receipt struct {
	// Operation is the command: "order.place".
	Operation string
	// Key is the caller's idempotency key.
	Key string
	// Hash is of the canonical request: the same key with another request is
	// [fault.ErrKeyReused].
	Hash string
	// Entity is the id of what the command created.
	Entity string
}

// RepeatError is why a store refused a step that it has taken before.
type RepeatError string

// Error makes a RepeatError an error.
func (e RepeatError) Error() string { return string(e) }

const (
	// ErrRepeated says that the command's idempotency key has a receipt.
	ErrRepeated RepeatError = "the idempotency key was used before"
	// ErrDelivered says that this subscription has handled the event.
	ErrDelivered RepeatError = "the event was handled before"
)

// NewReceipt returns the receipt of a command, or nil where it has no key. The
// request is hashed in its JSON form, which must leave the key out. One that has
// no JSON form breaks a rule, which the command itself says better: it counts
// as empty.
func NewReceipt(operation, key string, request any) *Receipt {
	if key == "" {
		return nil
	}
	text, err := json.Marshal(request)
	if err != nil {
		text = nil
	}
	sum := sha256.Sum256(text)
	return &Receipt{Operation: operation, Key: key, Hash: hex.EncodeToString(sum[:])}
}

// For returns the receipt with the id of what the command creates. For of nil
// is nil.
func (r *Receipt) For(entity string) *Receipt {
	if r == nil {
		return nil
	}
	c := *r
	c.Entity = entity
	return &c
}
