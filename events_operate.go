package platforma

import (
	"context"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// Replay has a subscription of this process begin again with the events that
// are not older than a time; the zero time is all that are still there. It is for
// the tenant of the scope, or, in the operator's scope without one, for all. What
// a handler writes through a service it does not write twice: of that, events that
// were handled before change nothing.
//
// It is [ErrNotFound] where this process has no such subscription.
func (s *Events) Replay(ctx context.Context, subscription string, since time.Time) (err error) {
	const operation = "event.replay"
	by, err := scope.From(ctx)
	if err != nil {
		return fault.At(err, operation, "subscription", subscription)
	}
	enter := s.gate.Write
	if by.Kind == scope.KindOperator && by.Tenant == "" {
		enter = s.gate.Operator
	}
	access, err := enter(ctx, operation)
	if err != nil {
		return err
	}
	defer access.End(&err, "subscription", subscription)
	return s.relay.Replay(ctx, subscription, access.Scope.Tenant, since)
}

// Subscriptions tells how each subscription of this process is doing. Only the
// operator may.
func (s *Events) Subscriptions(ctx context.Context) (all []event.Status, err error) {
	access, err := s.gate.Operator(ctx, "event.subscriptions")
	if err != nil {
		return nil, err
	}
	defer access.End(&err, "subscription", "")
	return s.relay.Status(ctx)
}

// Unsubscribe ends a subscription for good: its place in every tenant and its
// dead letters are gone, and it holds no old events back any more. No process may
// have it: of this one it is [ErrState]. One that nobody ever had is
// [ErrNotFound]. Only the operator may.
func (s *Events) Unsubscribe(ctx context.Context, subscription string) (err error) {
	access, err := s.gate.Operator(ctx, "event.unsubscribe")
	if err != nil {
		return err
	}
	defer access.End(&err, "subscription", subscription)
	return s.relay.Forget(ctx, subscription)
}

// Trim deletes the events of all tenants that are older than a time, and says how
// many, as [event.RelayOptions].Retention does by itself. Those stay that a
// subscription is not done with, and those of dead letters. Only the operator
// may.
func (s *Events) Trim(ctx context.Context, before time.Time) (events int64, err error) {
	access, err := s.gate.Operator(ctx, "event.trim")
	if err != nil {
		return 0, err
	}
	defer access.End(&err, "event", "")
	return s.relay.Trim(ctx, before)
}
