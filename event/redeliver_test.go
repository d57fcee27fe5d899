package event_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

func TestRedeliver(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	m.add(acme, 2)
	answer := errBroken
	var got scope.Scope
	var l log
	r := relay(t, m, event.RelayOptions{Attempts: 1}, func(ctx context.Context, e event.Event) (err error) {
		l.note(e)
		got, err = scope.FromTenant(ctx)
		return errors.Join(err, answer)
	})
	step(t, r, true)
	step(t, r, true)
	require.Len(t, m.dead, 2)
	letter := m.dead[0]

	require.ErrorIs(t, r.Redeliver(t.Context(), letter), fault.ErrNoScope)
	require.ErrorIs(t, r.Redeliver(scope.Operator(t.Context()), letter), fault.ErrNoScope)
	require.ErrorIs(t, r.Redeliver(scope.Tenant(t.Context(), other), letter), fault.ErrNotFound, "another tenant's")
	ctx := scope.Tenant(t.Context(), acme)
	unknown := letter
	unknown.Subscription = "gone"
	require.ErrorIs(t, r.Redeliver(ctx, unknown), fault.ErrNotFound)
	require.ErrorIs(t, r.Redeliver(ctx, letter), errBroken)
	require.Len(t, m.dead, 2, "the letter stays while it fails")

	answer = nil
	require.NoError(t, r.Redeliver(ctx, letter))
	require.Equal(t, []event.DeadLetter{m.dead[0]}, m.dead)
	require.NotEqual(t, letter, m.dead[0])
	require.Equal(t, scope.Delivery{Subscription: "s", Event: string(letter.Event)}, scope.Delivery{
		Subscription: got.Delivery.Subscription, Event: got.Delivery.Event,
	})
	require.Equal(t, scope.KindSystem, got.Kind)
	require.Equal(t, []string{"r1", string(letter.Event)}, []string{got.Correlation, got.Causation})

	answer = event.ErrDelivered
	require.NoError(t, r.Redeliver(ctx, m.dead[0]), "what was handled in the meantime is done")
	require.Empty(t, m.dead)
	require.Equal(t, []int64{1, 2, 1, 1, 2}, l.of(acme))
	require.ErrorIs(t, r.Redeliver(ctx, letter), fault.ErrNotFound, "a letter that is gone")
}

func TestADeadLettersKeyIsOfItsEventAndSubscription(t *testing.T) {
	t.Parallel()
	d := event.DeadLetter{Event: "evt_1", Subscription: "s"}
	require.Equal(t, "evt_1/s", d.Key())
}
