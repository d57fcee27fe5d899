// Package fault is the closed list of what can go wrong, and the one error
// type that says it.
//
// Every error that the library returns matches exactly one kind with
// errors.Is, and unwraps to an *Error that carries the operation, the entity,
// its id, every offending field and the cause:
//
//	_, err := p.Customers.Create(ctx, draft)
//	if errors.Is(err, fault.ErrInvalid) {
//		var e *fault.Error
//		errors.As(err, &e)
//		for _, f := range e.Fields { fmt.Println(f.Path, f.Rule) }
//	}
package fault

import (
	"errors"
	"strings"
)

// Kind is one of the ways in which an operation fails. Kinds are errors
// themselves, so that errors.Is(err, fault.ErrConflict) asks for one.
type Kind string

// The kinds. There are no others.
const (
	// ErrNotFound: no such entity in this tenant. Another tenant's entity
	// answers the same.
	ErrNotFound Kind = "not found"
	// ErrExists: a value that must be unique is taken.
	ErrExists Kind = "already exists"
	// ErrConflict: the entity changed since it was read. Read it again.
	ErrConflict Kind = "changed by somebody else"
	// ErrInvalid: the input breaks a rule; Error.Fields names each one.
	ErrInvalid Kind = "invalid"
	// ErrState: the entity's state does not allow the operation.
	ErrState Kind = "not possible in this state"
	// ErrForbidden: the actor lacks the permission.
	ErrForbidden Kind = "forbidden"
	// ErrSuspended: the tenant is suspended or archived.
	ErrSuspended Kind = "tenant suspended"
	// ErrExhausted: a limit, a capacity or an address pool is used up.
	ErrExhausted Kind = "exhausted"
	// ErrKeyReused: the idempotency key was used with another request.
	ErrKeyReused Kind = "idempotency key reused with another request"
	// ErrNoScope: the context says neither whose data is meant nor who acts.
	ErrNoScope Kind = "no scope in the context"
	// ErrUnavailable: the storage did not answer, or not in time. Nothing is
	// known of the outcome of a write; a keyed command can be repeated safely.
	ErrUnavailable Kind = "unavailable"
)

// Error makes a Kind an error.
func (k Kind) Error() string { return string(k) }

// Field is one offending field of an input.
type Field struct {
	// Path leads from the input's root to the field: "billing_address.country",
	// "items[2].quantity".
	Path string `json:"path"`
	// Rule is what the field should have been: "must not be negative".
	Rule string `json:"rule"`
}

// Error is the one typed error. It unwraps to its Kind and to its cause.
type Error struct {
	// Op is the operation, "service.action": "order.place".
	Op string
	// Entity is the kind of thing it was done to: "order".
	Entity string
	// ID is that entity's id, where one was known.
	ID string
	// Kind is what went wrong.
	Kind Kind
	// Fields names every offending field, in the input's order.
	Fields []Field
	// Err is the cause, or nil. A message for people, or an error below.
	Err error
}

// Error reads "order.place order ord_…: invalid: items[0].quantity must be …".
func (e *Error) Error() string {
	var b strings.Builder
	for _, part := range []string{e.Op, e.Entity, e.ID} {
		if part != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(part)
		}
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Kind.Error())
	for i, f := range e.Fields {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		if f.Path != "" {
			b.WriteString(f.Path)
			b.WriteByte(' ')
		}
		b.WriteString(f.Rule)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// New returns an error of a kind with a message for people.
func New(kind Kind, message string) *Error {
	return &Error{Kind: kind, Err: errors.New(message)}
}

// At says where an error happened: it fills in the operation, entity and id
// that an *Error below did not know, and wraps anything else as
// [ErrUnavailable]. At of nil is nil.
func At(err error, op, entity, id string) error {
	if err == nil {
		return nil
	}
	below, ok := errors.AsType[*Error](err)
	if !ok {
		return &Error{Op: op, Entity: entity, ID: id, Kind: KindOf(err), Err: cause(err)}
	}
	at := *below
	if at.Op == "" {
		at.Op = op
	}
	if at.Entity == "" {
		at.Entity = entity
	}
	if at.ID == "" && at.Entity == entity {
		at.ID = id
	}
	return &at
}

// cause drops an error that is nothing but its kind.
func cause(err error) error {
	if err == error(KindOf(err)) { //nolint:errorlint // the question is whether it is nothing more
		return nil
	}
	return err
}

// KindOf returns the kind of an error: [ErrUnavailable] where it has none, and
// "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if kind, ok := errors.AsType[Kind](err); ok {
		return kind
	}
	return ErrUnavailable
}
