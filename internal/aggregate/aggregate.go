// Package aggregate holds the two loops that every service runs: the keyed
// command, which happens once however often it is asked for, and the
// read–apply–save of an aggregate under optimistic concurrency.
package aggregate

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
)

// Command is a keyed command: what it creates, it creates once for a key.
type Command[T any] struct {
	// Operation is its name: "order.place".
	Operation string
	// Key is the caller's idempotency key; empty is none.
	Key string
	// Request is what was asked for, without the key, in a form whose JSON is
	// the same for the same request.
	Request any
	// Receipt finds the receipt of an earlier time.
	Receipt func(ctx context.Context, operation, key string) (event.Receipt, error)
	// Load reads what the command created then.
	Load func(ctx context.Context, id string) (T, error)
	// Do runs the command and stores the receipt with what it creates.
	Do func(ctx context.Context, receipt *event.Receipt) (T, error)
}

// Run runs the command. Where it is refused for whatever reason that might
// have come up since the first time, the receipt answers: a repeat returns what
// the first returned, whatever has changed since. Where nobody can say whether
// there is a receipt, nothing is known either: that is [fault.ErrUnavailable], and
// not the refusal.
func (c Command[T]) Run(ctx context.Context) (T, error) {
	var none T
	receipt := event.NewReceipt(c.Operation, c.Key, c.Request)
	created, err := c.Do(ctx, receipt)
	if err == nil {
		return created, nil
	}
	if receipt == nil || !repeatable(err) {
		return none, err
	}
	kept, lookup := c.Receipt(ctx, receipt.Operation, receipt.Key)
	switch {
	case errors.Is(lookup, fault.ErrUnavailable):
		return none, fault.At(lookup, c.Operation, "", "")
	case lookup != nil:
		return none, err
	case kept.Hash != receipt.Hash:
		return none, &fault.Error{Op: c.Operation, ID: kept.Entity, Kind: fault.ErrKeyReused}
	}
	made, err := c.Load(ctx, kept.Entity)
	return made, fault.At(err, c.Operation, "", "")
}

// repeatable says whether a refusal may hide that the command ran before. Who
// may not ask, learns nothing.
func repeatable(err error) bool {
	return !errors.Is(err, fault.ErrNoScope) && !errors.Is(err, fault.ErrForbidden)
}

// attempts bounds the loop of [Repeat]. Every round in which somebody else won
// is progress, so only a storm runs out of them.
const attempts = 16

// Repeat makes a step anew, from its reading on, while it is
// [fault.ErrConflict], because somebody else was faster.
func Repeat(step func() error) error {
	for attempt := 1; ; attempt++ {
		err := step()
		if err == nil || attempt == attempts || !errors.Is(err, fault.ErrConflict) {
			return err
		}
	}
}

// Edit is one change of an aggregate: read it, apply the change, save it if
// nobody else has saved it in between, else begin again.
type Edit[T any] struct {
	// Expected is the version that the caller saw and insists on; 0 is any.
	Expected int64
	// Version reads the aggregate's version.
	Version func(*T) int64
	// Load reads the aggregate.
	Load func(ctx context.Context) (T, error)
	// Terms are those that the aggregate is found by; nil where there are none.
	Terms func(T) []page.Term
	// Apply makes the change and names it; an empty name says that nothing
	// changed, and nothing is saved.
	Apply func(*T) (name string, err error)
	// Save stores the changed aggregate and the event of the change's name. It must
	// refuse a version that is not the stored one's successor with
	// [fault.ErrConflict].
	Save func(ctx context.Context, changed *T, what Applied) error
}

// Applied is a change that was made and is to be saved.
type Applied struct {
	// Name is what Apply called it.
	Name string
	// Former are the terms that the aggregate had before.
	Former []page.Term
}

// Run makes the change. It fails with [fault.ErrConflict] where the caller's
// expected version is not the stored one, or where others were faster many
// times over.
func (e Edit[T]) Run(ctx context.Context) (T, error) {
	var none, changed T
	var refusal error // ends the loop, also where it is a conflict
	err := Repeat(func() error {
		var what Applied
		changed, what, refusal = e.change(ctx)
		if refusal != nil || what.Name == "" {
			return nil //nolint:nilerr // a refusal ends the loop, and is returned behind it
		}
		return e.Save(ctx, &changed, what)
	})
	if err := cmp.Or(refusal, err); err != nil {
		return none, err
	}
	return changed, nil
}

// change reads the aggregate and makes the change, without saving it.
func (e Edit[T]) change(ctx context.Context) (current T, what Applied, err error) {
	current, err = e.Load(ctx)
	if err != nil {
		return current, what, err
	}
	if version := e.Version(&current); e.Expected != 0 && e.Expected != version {
		return current, what, &fault.Error{
			Kind: fault.ErrConflict, Err: fmt.Errorf("version %d was expected, %d is stored", e.Expected, version),
		}
	}
	if e.Terms != nil {
		what.Former = e.Terms(current)
	}
	what.Name, err = e.Apply(&current)
	return current, what, err
}
