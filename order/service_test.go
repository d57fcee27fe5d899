package order_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func TestApproving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold()
	o := w.place(t, draft(1))
	placed := w.now
	w.now = w.now.Add(time.Hour)
	o, err := w.Approve(scope.WithActor(host(), "chief"), o.ID)
	require.NoError(t, err)
	require.Equal(t, order.StatusProcessing, o.Status)
	require.Equal(t, "chief", o.ApprovedBy)
	require.Equal(t, w.now, *o.ApprovedAt)
	require.Equal(t, w.now, o.UpdatedAt)
	require.Equal(t, placed, o.CreatedAt)
	require.Equal(t, int64(2), o.Version)
	require.Equal(t, types("started"), w.store.happened())
	kept, err := w.Get(host(), o.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(o, kept))

	_, err = w.Approve(host(), o.ID)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "order.approve order "+string(o.ID))

	d := draft(1)
	d.Items = d.Items[1:]
	o, err = w.Approve(host(), w.place(t, d).ID)
	require.NoError(t, err)
	require.Equal(t, order.StatusProvisioned, o.Status)
	require.Equal(t, types("started", "provisioned"), w.store.happened())
}

func TestTheWayOfAnOrderThatFailsAndIsRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(t, draft(2))

	o, err := w.Report(background(1), report(o, order.ItemProgress{Running: 1, Failed: 1, Reason: "no room in nyc1"}))
	require.NoError(t, err)
	require.Equal(t, order.StatusFailed, o.Status)
	require.Equal(t, "vm-small: no room in nyc1", o.Failure)
	require.Equal(t, types("failed"), w.store.happened())

	_, err = w.Retry(host(), o.ID)
	require.ErrorIs(t, err, fault.ErrState, "one resource is still there")

	o, err = w.Report(background(2), report(o, order.ItemProgress{Terminated: 2}))
	require.NoError(t, err)
	require.Equal(t, order.PhaseAtRest, o.Phase)
	require.Equal(t, types("cleared"), w.store.happened())

	w.customers.gone = true
	_, err = w.Retry(host(), o.ID)
	require.ErrorIs(t, err, fault.ErrNotFound, "whose customer is gone, is not delivered")
	require.ErrorContains(t, err, "order.retry customer "+string(ada))
	w.customers.gone = false
	o, err = w.Retry(host(), o.ID)
	require.NoError(t, err)
	require.Equal(t, 2, o.Attempt)
	require.Equal(t, types("started"), w.store.happened())

	o, err = w.Report(background(3), report(o, order.ItemProgress{Running: 2}))
	require.NoError(t, err)
	require.Equal(t, order.StatusProvisioned, o.Status)
	require.Equal(t, types("provisioned"), w.store.happened())
	require.Equal(t, int64(5), o.Version)
}

func TestAReportThatSaysNothingNewWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(t, draft(2))
	writes := w.store.writes
	under, err := w.Report(background(1), report(o, order.ItemProgress{Running: 1, Provisioning: 1}))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(o, under))
	require.Equal(t, writes, w.store.writes)
	require.Empty(t, w.store.events)
}

func TestAReportStoresItsDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(t, draft(2))
	ctx := background(7)
	_, err := w.Report(ctx, report(o, order.ItemProgress{Running: 2}))
	require.NoError(t, err)
	require.True(t, w.store.handled["evt_7"])
	require.Equal(t, "evt_7", w.store.events[0].Causation)
	_, err = w.Cancel(ctx, w.place(t, draft(1)).ID)
	require.ErrorIs(t, err, fault.ErrState, "one handler makes one write")
	require.ErrorContains(t, err, "second")
}

func TestAReportThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(t, draft(2))
	p := report(o, order.ItemProgress{Running: -1})
	p.Attempt, p.Items[0].Item = -1, "item_01jqzv7h3vfey8mgd6g2p9x4ta"
	_, err := w.Report(background(1), p)
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"attempt", "live", "items[0].item", "items[0]"}, paths(err))
	_, err = w.Report(background(1), order.Progress{Order: "ord_01jqzv7h3vfey8mgd6g2p9x4ta"})
	require.ErrorIs(t, err, fault.ErrNotFound)
}

func TestChangesAtTheSameMomentBothCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(t, draft(2))
	w.store.before = func() {
		_, err := w.Cancel(host(), o.ID)
		require.NoError(t, err)
	}
	o, err := w.Report(background(1), report(o, order.ItemProgress{Running: 2}))
	require.NoError(t, err, "what the report says is judged anew")
	require.Equal(t, order.StatusCancelled, o.Status)
	require.Equal(t, types("cancelled"), w.store.happened())
}

func TestIDsThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, call := range map[string]func(context.Context, order.ID) (order.Order, error){
		"get": w.Get, "approve": w.Approve, "cancel": w.Cancel, "retry": w.Retry,
		"report": func(ctx context.Context, id order.ID) (order.Order, error) {
			return w.Report(ctx, order.Progress{Order: id})
		},
	} {
		_, err := call(host(), order.ID(ada))
		require.ErrorIs(t, err, fault.ErrInvalid, name)
		require.ErrorContains(t, err, "order."+name+" order "+string(ada), name)
		_, err = call(host(), "ord_01jqzv7h3vfey8mgd6g2p9x4ta")
		require.ErrorIs(t, err, fault.ErrNotFound, name)
		_, err = call(t.Context(), "ord_01jqzv7h3vfey8mgd6g2p9x4ta")
		require.ErrorIs(t, err, fault.ErrNoScope, name)
	}
}

func TestEveryOperationAsksForItsPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold()
	o := w.place(t, draft(1))
	calls := map[tenant.Permission]func(context.Context) error{
		"order.place":   func(ctx context.Context) error { _, err := w.Place(ctx, draft(1)); return err },
		"order.get":     func(ctx context.Context) error { _, err := w.Get(ctx, o.ID); return err },
		"order.list":    func(ctx context.Context) error { _, err := w.List(ctx, order.Query{}); return err },
		"order.approve": func(ctx context.Context) error { _, err := w.Approve(ctx, o.ID); return err },
		"order.cancel":  func(ctx context.Context) error { _, err := w.Cancel(ctx, o.ID); return err },
		"order.retry":   func(ctx context.Context) error { _, err := w.Retry(ctx, o.ID); return err },
		"order.report":  func(ctx context.Context) error { _, err := w.Report(ctx, order.Progress{Order: o.ID}); return err },
	}
	require.Len(t, calls, len(order.Permissions()))
	as := tenant.AsUser(t.Context(), acme, clerk)
	for _, asked := range order.Permissions() {
		w.tenants.clerk = []tenant.Permission{asked}
		w.now = w.now.Add(time.Second)
		for operation, call := range calls {
			if operation != asked {
				require.ErrorIs(t, call(as), fault.ErrForbidden, "%s with %s", operation, asked)
			}
		}
		require.NotErrorIs(t, calls[asked](as), fault.ErrForbidden, asked)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all []order.ID
	for range 3 {
		d := draft(1)
		d.Metadata = map[string]string{"n": w.now.Format("15")}
		all = append(all, w.place(t, d).ID)
		w.now = w.now.Add(time.Hour)
	}
	_, err := w.Cancel(host(), all[1])
	require.NoError(t, err)

	noon := w.now.Add(-3 * time.Hour)
	for name, c := range map[string]struct {
		query order.Query
		want  []order.ID
	}{
		"all":            {order.Query{}, all},
		"by status":      {order.Query{Status: order.StatusCancelled}, all[1:2]},
		"by customer":    {order.Query{Customer: ada}, all},
		"by no customer": {order.Query{Customer: nobody}, nil},
		"from":           {order.Query{From: noon.Add(time.Hour)}, all[1:]},
		"to":             {order.Query{To: noon.Add(time.Hour)}, all[:1]},
		"from to":        {order.Query{From: noon.Add(time.Minute), To: noon.Add(2*time.Hour + time.Minute)}, all[1:]},
		"by product":     {order.Query{Product: setup}, all},
		"by no product":  {order.Query{Product: retired}, nil},
		"by metadata":    {order.Query{Metadata: map[string]string{"n": "14"}}, all[2:]},
	} {
		c.query.Limit = 1
		var found []order.ID
		for o, err := range w.All(host(), c.query) {
			require.NoError(t, err, name)
			found = append(found, o.ID)
		}
		require.Equal(t, c.want, found, name)
	}

	first, err := w.List(host(), order.Query{Request: page.Request{Limit: 1}})
	require.NoError(t, err)
	_, err = w.List(host(), order.Query{Request: page.Request{After: first.Next}, Status: order.StatusFailed})
	require.ErrorIs(t, err, fault.ErrInvalid, "a cursor is good for its own query")
	q := order.Query{Request: page.Request{Limit: 1}, From: noon, To: w.now}
	first, err = w.List(host(), q)
	require.NoError(t, err)
	zone := time.FixedZone("", 3600)
	q.After, q.From, q.To = first.Next, q.From.In(zone), q.To.In(zone)
	_, err = w.List(host(), q)
	require.NoError(t, err, "whatever zone its times are in")
	_, err = w.List(host(), order.Query{Status: "lost"})
	require.ErrorIs(t, err, fault.ErrInvalid)
	for _, err := range w.All(host(), order.Query{Status: "lost"}) {
		require.ErrorIs(t, err, fault.ErrInvalid)
	}
}

func TestEveryChangeHasItsEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold()
	o := w.place(t, draft(2))
	steps := []func() (order.Order, error){
		func() (order.Order, error) { return w.Approve(host(), o.ID) },
		func() (order.Order, error) {
			return w.Report(background(1), report(o, order.ItemProgress{Failed: 1, Running: 1}))
		},
		func() (order.Order, error) { return w.Cancel(scope.WithReason(host(), "too late"), o.ID) },
		func() (order.Order, error) { return w.Report(background(2), report(o, order.ItemProgress{})) },
	}
	for _, step := range steps {
		after, err := step()
		require.NoError(t, err)
		require.NotEmpty(t, w.store.events)
		last := w.store.events[len(w.store.events)-1]
		require.Equal(t, after.Version, last.Version)
		var data order.Order
		require.NoError(t, json.Unmarshal(last.Data, &data))
		require.Empty(t, cmp.Diff(after, data))
	}
	at := slices.Index(w.store.happened(), types("cancelled")[0])
	require.Equal(t, 2, at)
}
