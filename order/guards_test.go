package order_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

func TestACustomerIsKeptWhileItsOrdersAreProcessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := scope.System(t.Context(), acme)
	require.NoError(t, w.LiveOf(ctx, ada))
	first, second := w.place(t, draft(1)), w.place(t, draft(1))
	err := w.LiveOf(ctx, ada)
	require.ErrorIs(t, err, fault.ErrState)
	require.EqualError(t, err, "not possible in this state: orders of the customer are being processed: 2",
		"the deletion that asked says where")
	require.NoError(t, w.LiveOf(ctx, nobody))

	_, err = w.Cancel(host(), first.ID)
	require.NoError(t, err)
	_, err = w.Report(background(1), report(second, order.ItemProgress{Running: 1}))
	require.NoError(t, err)
	require.NoError(t, w.LiveOf(ctx, ada))

	w.hold()
	w.place(t, draft(1))
	require.NoError(t, w.LiveOf(ctx, ada), "what has not started is cancelled afterwards")
	require.ErrorIs(t, w.LiveOf(ctx, customer.ID(vmSmall)), fault.ErrInvalid)
	require.ErrorIs(t, w.LiveOf(t.Context(), ada), fault.ErrNoScope)
}

func TestAProductIsKeptWhileOrdersRunOnIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := scope.System(t.Context(), acme)
	require.NoError(t, w.RunningOn(ctx, vmSmall))
	processing := w.place(t, draft(1))
	w.hold()
	pending := w.place(t, draft(1))
	err := w.RunningOn(ctx, vmSmall)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "orders of the product are under way: 2")
	require.ErrorIs(t, w.RunningOn(ctx, setup), fault.ErrState, "also on what is done already")
	require.NoError(t, w.RunningOn(ctx, retired))

	_, err = w.Report(background(1), report(processing, order.ItemProgress{Running: 1}))
	require.NoError(t, err)
	require.ErrorContains(t, w.RunningOn(ctx, vmSmall), "under way: 1")
	_, err = w.Cancel(host(), pending.ID)
	require.NoError(t, err)
	require.NoError(t, w.RunningOn(ctx, vmSmall))
	require.ErrorIs(t, w.RunningOn(ctx, catalog.ID(ada)), fault.ErrInvalid)
}

func TestTheOrdersOfADeletedCustomerAreCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	processing, done := w.place(t, draft(1)), w.place(t, draft(1))
	done, err := w.Report(background(1), report(done, order.ItemProgress{Running: 1}))
	require.NoError(t, err)
	w.hold()
	pending := w.place(t, draft(1))
	w.store.happened()
	writes := w.store.writes

	require.NoError(t, w.CancelOf(background(2), ada))
	require.Equal(t, writes+1, w.store.writes, "in one write")
	require.Equal(t, "the customer was deleted", w.store.events[0].Reason)
	require.Equal(t, types("cancelled", "cancelled"), w.store.happened())
	require.True(t, w.store.handled["evt_2"])
	require.NoError(t, w.RunningOn(background(3), vmSmall), "they are found as open no more")
	for id, want := range map[order.ID]order.Order{
		pending.ID:    {Status: order.StatusCancelled, Phase: order.PhaseAtRest, Version: 2},
		processing.ID: {Status: order.StatusCancelled, Phase: order.PhaseTakingDown, Version: 2},
		done.ID:       {Status: order.StatusProvisioned, Phase: order.PhaseAtRest, Version: 2},
	} {
		o, err := w.Get(host(), id)
		require.NoError(t, err)
		require.Equal(t, want, order.Order{Status: o.Status, Phase: o.Phase, Version: o.Version})
	}

	require.NoError(t, w.CancelOf(background(2), ada), "delivered twice")
	require.Equal(t, writes+1, w.store.writes)
	require.ErrorIs(t, w.CancelOf(background(3), customer.ID(vmSmall)), fault.ErrInvalid)
}

func TestManyOrdersAreCancelledPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold()
	const many = 230
	for range many {
		w.place(t, draft(1))
	}
	writes := w.store.writes
	w.store.before = func() {
		require.False(t, w.store.handled["evt_1"], "not handled before the last page")
	}
	require.NoError(t, w.CancelOf(background(1), ada))
	require.Equal(t, writes+3, w.store.writes)
	require.True(t, w.store.handled["evt_1"])
	require.Len(t, w.store.happened(), many)
}

func TestCancellingGoesOnWhenAnOrderChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold()
	o := w.place(t, draft(1))
	w.store.before = func() {
		_, err := w.Approve(host(), o.ID)
		require.NoError(t, err)
	}
	require.NoError(t, w.CancelOf(background(1), ada))
	o, err := w.Get(host(), o.ID)
	require.NoError(t, err)
	require.Equal(t, order.StatusCancelled, o.Status)
	require.Equal(t, order.PhaseTakingDown, o.Phase)
}
