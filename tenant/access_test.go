package tenant

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/scope"
)

func newGate() *Gate {
	return NewGate(always(Standing{Status: Active}), &GateOptions{
		Clock: newDial().Now, Entropy: rand.NewPCG(1, 2), Permissions: []Permission{"order.place", "customer.get", "order.place"},
	})
}

func TestACommitTellsWhatHappened(t *testing.T) {
	t.Parallel()
	d := &scope.Delivery{Subscription: "s", Event: "evt_1"}
	ctx := scope.WithCorrelation(scope.WithReason(scope.WithActor(NewContext(t.Context(), acme), "billing"), "because"), "r1")
	access, err := newGate().Write(scope.WithDelivery(ctx, d), "order.place")
	require.NoError(t, err)
	require.Equal(t, Registry{"customer.get", "order.place"}, access.permissions(), "sorted, without doubles")

	receipt := &event.Receipt{Key: "k"}
	c, err := access.Commit(receipt,
		Fact{Service: "order", Name: "placed", Subject: "ord_1", Version: 1, Data: map[string]int{"version": 1}},
		Fact{Service: "order", Name: "item.added", Subject: "ord_2", Version: 7, Data: "x"})
	require.NoError(t, err)
	require.Same(t, receipt, c.Receipt)
	require.Same(t, d, c.Delivery)
	require.Equal(t, newDial().Now(), c.At)
	require.Len(t, c.Events, 2)
	for _, e := range c.Events {
		require.True(t, id.Valid(event.Prefix, string(e.ID)))
	}
	require.Less(t, c.Events[0].ID, c.Events[1].ID)
	c.Events[0].ID, c.Events[1].ID = "", ""
	want := event.Event{
		Service: "order", Tenant: acme, Type: "platforma.order.placed.v1", Subject: "ord_1", Version: 1, Time: newDial().Now(),
		Actor: "billing", Reason: "because", Correlation: "r1", Causation: "evt_1", Data: []byte(`{"version":1}`),
	}
	require.Equal(t, want, c.Events[0])
	want.Type, want.Subject, want.Version, want.Data = "platforma.order.item.added.v1", "ord_2", 7, []byte(`"x"`)
	require.Equal(t, want, c.Events[1])
	_, err = access.Commit(nil, Fact{Data: func() {}})
	require.ErrorIs(t, err, fault.ErrInvalid)
}

func TestAHandlerMakesOneWrite(t *testing.T) {
	t.Parallel()
	gate := newGate()
	d := &scope.Delivery{Subscription: "s", Event: "evt_1"}
	ctx := scope.WithDelivery(scope.System(t.Context(), acme), d)
	first, err := gate.Write(ctx, "order.place")
	require.NoError(t, err)
	second, err := gate.Write(ctx, "order.place")
	require.NoError(t, err)

	for range 2 { // an attempt that begins again is the same write
		c, err := first.Commit(nil)
		require.NoError(t, err)
		require.Same(t, d, c.Delivery)
	}
	_, err = second.Commit(nil)
	require.ErrorIs(t, err, fault.ErrState)
	second.End(&err, "order", "ord_2")
	_, again := second.Commit(nil)
	require.ErrorIs(t, again, fault.ErrState, "who has not taken it does not give it back")

	var none error
	first.End(&none, "order", "ord_1")
	require.NoError(t, none)
	_, err = second.Commit(nil)
	require.ErrorIs(t, err, fault.ErrState, "what is stored is stored")

	failed := error(fault.ErrConflict)
	first.End(&failed, "order", "ord_1")
	require.EqualError(t, failed, "order.place order ord_1: "+fault.ErrConflict.Error())
	c, err := second.Commit(nil)
	require.NoError(t, err, "a write that failed gives the delivery back")
	require.Same(t, d, c.Delivery)
}

func TestWithoutADeliveryAnyNumberIsWritten(t *testing.T) {
	t.Parallel()
	gate := newGate()
	for range 2 {
		access, err := gate.Write(NewContext(t.Context(), acme), "order.place")
		require.NoError(t, err)
		c, err := access.Commit(nil)
		require.NoError(t, err)
		require.Nil(t, c.Delivery)
		err = errors.New("broken")
		access.End(&err, "order", "")
		require.EqualError(t, err, "order.place order: unavailable: broken")
	}
}
