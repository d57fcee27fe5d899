// Package scope says, in a context.Context, whose data an operation is about
// and who acts. It is explicit: nothing in the library acts without one.
//
// There are three kinds. A tenant's scope is the host's own ([Tenant]) or one
// of the tenant's users' ([User]). The operator's ([Operator], [OperatorOf])
// reaches across tenants: create, list, suspend. The system's ([System]) is
// background work for one tenant, which a suspension never stops from finishing
// or undoing what is under way.
package scope

import (
	"context"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
)

// TenantID names a tenant: "ten_" and 26 characters.
type TenantID string

// TenantPrefix begins every tenant id.
const TenantPrefix = "ten"

// ParseTenantID refuses what is not a tenant's id with [fault.ErrInvalid].
func ParseTenantID(text string) (TenantID, error) {
	return TenantID(text), id.Parse(TenantPrefix, text)
}

// UnmarshalText is [ParseTenantID] for decoders.
func (t *TenantID) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTenantID(string(text))
	return err
}

// Kind is whose scope it is.
type Kind uint8

// The kinds of scope. The zero Kind is none.
const (
	// KindTenant: the host or a user acts for one tenant.
	KindTenant Kind = iota + 1
	// KindOperator: who runs the installation acts.
	KindOperator
	// KindSystem: background work for one tenant.
	KindSystem
)

// Scope is whose data is meant and who acts. It is a value; make one with the
// functions of this package.
type Scope struct {
	// Kind is whose scope it is.
	Kind Kind
	// Tenant is whose data is meant; empty only for an operator across tenants.
	Tenant TenantID
	// User is the id of the tenant's user who acts, or empty.
	User string
	// Actor names who acts in events and audit: a user's id, "host",
	// "operator", "system", or what [WithActor] said.
	Actor string
	// Reason is why, in people's words; see [WithReason].
	Reason string
	// Correlation ties together all that came of one request; see
	// [WithCorrelation].
	Correlation string
	// Causation is the id of the event that caused this, in an event handler.
	Causation string
	// Delivery is the delivery that is being handled, in an event handler.
	Delivery *Delivery
}

type contextKey struct{}

// Tenant returns a context in which the host acts for a tenant. It is trusted:
// no permission is asked for.
func Tenant(ctx context.Context, tenant TenantID) context.Context {
	return with(ctx, Scope{Kind: KindTenant, Tenant: tenant, Actor: "host"})
}

// User returns a context in which a user of a tenant acts, with the
// permissions of the user's roles.
func User(ctx context.Context, tenant TenantID, user string) context.Context {
	if user == "" {
		user = "nobody" // who has no id is refused, and not taken for the host
	}
	return with(ctx, Scope{Kind: KindTenant, Tenant: tenant, User: user, Actor: user})
}

// Operator returns a context in which the operator acts across tenants.
func Operator(ctx context.Context) context.Context {
	return with(ctx, Scope{Kind: KindOperator, Actor: "operator"})
}

// OperatorOf returns a context in which the operator acts in one tenant, also
// an archived one.
func OperatorOf(ctx context.Context, tenant TenantID) context.Context {
	return with(ctx, Scope{Kind: KindOperator, Tenant: tenant, Actor: "operator"})
}

// System returns a context for background work in one tenant. Hosts need it
// only where they finish or undo work of their own in a suspended tenant.
func System(ctx context.Context, tenant TenantID) context.Context {
	return with(ctx, Scope{Kind: KindSystem, Tenant: tenant, Actor: "system"})
}

// None returns a context without a scope: what is done in it is done for nobody
// who asked, and carries none of a request's reasons.
func None(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, Scope{})
}

// of returns the context's scope, if it has one.
func of(ctx context.Context) (Scope, bool) {
	s, _ := ctx.Value(contextKey{}).(Scope) // none is the zero Scope
	return s, s.Kind != 0
}

// with keeps what was said about the request when the scope changes.
func with(ctx context.Context, s Scope) context.Context {
	if outer, ok := of(ctx); ok {
		s.Reason, s.Correlation, s.Causation = outer.Reason, outer.Correlation, outer.Causation
		if s.Tenant == outer.Tenant {
			s.Delivery = outer.Delivery
		}
	}
	return context.WithValue(ctx, contextKey{}, s)
}

// WithActor returns a context in which the scope's actor has another name. It
// changes what is recorded, not what is allowed. Without a scope it is ctx.
func WithActor(ctx context.Context, actor string) context.Context {
	return change(ctx, func(s *Scope) { s.Actor = actor })
}

// WithReason returns a context in which changes are recorded with a reason.
func WithReason(ctx context.Context, reason string) context.Context {
	return change(ctx, func(s *Scope) { s.Reason = reason })
}

// WithCorrelation returns a context in which all events carry a correlation
// id, such as the id of the host's own request.
func WithCorrelation(ctx context.Context, correlation string) context.Context {
	return change(ctx, func(s *Scope) { s.Correlation = correlation })
}

// Delivering returns the context of an event's handler: [System] in the event's
// tenant, with its correlation and its delivery.
func Delivering(ctx context.Context, tenant TenantID, correlation string, d *Delivery) context.Context {
	outer, _ := of(ctx)
	return context.WithValue(ctx, contextKey{}, Scope{
		Kind: KindSystem, Tenant: tenant, Actor: "system", Reason: outer.Reason, Correlation: correlation, Causation: d.Event, Delivery: d,
	})
}

// WithDelivery returns a context in which the next write of a service stores
// the receipt of a delivery.
func WithDelivery(ctx context.Context, d *Delivery) context.Context {
	return change(ctx, func(s *Scope) { s.Delivery, s.Causation = d, d.Event })
}

func change(ctx context.Context, edit func(*Scope)) context.Context {
	s, ok := of(ctx)
	if !ok {
		return ctx
	}
	edit(&s)
	return context.WithValue(ctx, contextKey{}, s)
}

// From returns the context's scope. It fails with [fault.ErrNoScope] where
// there is none, or where what was given as a tenant's id is none.
func From(ctx context.Context) (Scope, error) {
	s, ok := of(ctx)
	if !ok {
		return Scope{}, &fault.Error{Kind: fault.ErrNoScope}
	}
	across := s.Kind == KindOperator && s.Tenant == ""
	if !across && !id.Valid(TenantPrefix, string(s.Tenant)) {
		return Scope{}, fault.New(fault.ErrNoScope, "the scope's tenant is not a tenant's id")
	}
	if s.User != "" && !id.Valid("usr", s.User) || s.User == "" && s.Actor == "" {
		return Scope{}, fault.New(fault.ErrNoScope, "the scope's user is not a user's id")
	}
	return s, nil
}

// FromTenant is [From] for what is always about one tenant's data: an
// operator's scope across tenants is [fault.ErrNoScope].
func FromTenant(ctx context.Context) (Scope, error) {
	s, err := From(ctx)
	if err == nil && s.Tenant == "" {
		return Scope{}, fault.New(fault.ErrNoScope, "the operator's scope names no tenant")
	}
	return s, err
}
