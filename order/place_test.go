package order_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

func TestPlacingStartsAnOrderThatNobodyHasToApprove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := draft(3)
	d.Metadata = map[string]string{"cart": "7f3a"}
	o, err := w.Place(host(), d)
	require.NoError(t, err)

	require.Equal(t, acme, o.TenantID)
	require.Equal(t, ada, o.CustomerID)
	require.Equal(t, order.StatusProcessing, o.Status)
	require.Equal(t, order.PhaseInProgress, o.Phase)
	require.Equal(t, 1, o.Attempt)
	require.Equal(t, int64(1), o.Version)
	require.Equal(t, w.now, o.CreatedAt)
	require.Equal(t, money.Currency("USD"), o.Currency, "the tenant's default")
	require.Equal(t, "30.02", o.Items[0].Amount, "3 × 10.005, rounded once")
	require.Equal(t, "10.00", o.Items[1].Amount, "10.005, half to even")
	require.Equal(t, "40.02 USD", o.Total().String())
	require.Equal(t, order.ItemProcessing, o.Items[0].Status)
	require.Equal(t, order.ItemProvisioned, o.Items[1].Status, "nothing is provisioned for it")
	require.Equal(t, "nyc1", o.Items[0].Region, "the order's")
	require.Equal(t, int64(3), o.Resources())
	require.NotEqual(t, o.Items[0].ID, o.Items[1].ID)
	for _, i := range o.Items {
		_, err := order.ParseItemID(string(i.ID))
		require.NoError(t, err)
		sold, err := i.Sold()
		require.NoError(t, err)
		again, err := sold.Rerate()
		require.NoError(t, err)
		require.Equal(t, i.Amount, again.Amount.Number(), "the snapshot explains the amount")
	}

	require.Equal(t, 1, w.store.writes)
	require.Len(t, w.store.events, 2)
	for _, e := range w.store.events {
		require.Equal(t, string(o.ID), e.Subject)
		require.Equal(t, int64(1), e.Version)
		var data order.Order
		require.NoError(t, json.Unmarshal(e.Data, &data))
		require.Empty(t, cmp.Diff(o, data), "an event holds the whole order")
	}
	require.Equal(t, types("placed", "started"), w.store.happened())

	d.Metadata["cart"] = "changed"
	d.Items[0].Quantity = 9
	kept, err := w.Get(host(), o.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(o, kept), "a draft is not kept")
	require.Equal(t, "7f3a", o.Metadata["cart"])
}

func TestPlacingWhatNeedsNoProvisioning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := draft(1)
	d.Items = d.Items[1:]
	o, err := w.Place(host(), d)
	require.NoError(t, err)
	require.Equal(t, order.StatusProvisioned, o.Status)
	require.Equal(t, w.now, *o.ProvisionedAt)
	require.Equal(t, types("placed", "started", "provisioned"), w.store.happened())
	require.Equal(t, 1, w.store.writes)
}

func TestOrdersThatWaitForAnApproval(t *testing.T) {
	t.Parallel()
	above := func(number string, c money.Currency) tenant.OrderApproval {
		amount, err := money.NewAmount(number, c)
		require.NoError(t, err)
		return tenant.OrderApproval{Mode: tenant.ApprovalAbove, Above: amount}
	}
	for name, c := range map[string]struct {
		policy tenant.OrderApproval
		waits  bool
	}{
		"none":             {tenant.OrderApproval{}, false},
		"all":              {tenant.OrderApproval{Mode: tenant.ApprovalAll}, true},
		"up to the total":  {above("40.02", "USD"), false},
		"above a total":    {above("40.01", "USD"), true},
		"another currency": {above("900.00", "EUR"), true},
	} {
		w := newWorld(t)
		w.tenants.standing.Settings.OrderApproval = c.policy
		o, err := w.Place(host(), draft(3))
		require.NoError(t, err, name)
		require.Equal(t, c.waits, o.Status == order.StatusPending, name)
		if !c.waits {
			continue
		}
		require.Equal(t, order.PhaseAwaitingApproval, o.Phase, name)
		require.Equal(t, order.ItemPending, o.Items[1].Status, name)
		require.Equal(t, types("placed"), w.store.happened(), name)
	}
}

func TestPlacingTwiceWithOneKeyIsPlacingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := draft(1)
	d.Key = "cart-7f3a"
	first := w.place(t, d)

	w.customers.gone = true
	delete(w.shelf.products, vmSmall)
	again, err := w.Place(host(), d)
	require.NoError(t, err, "whatever has changed since")
	require.Empty(t, cmp.Diff(first, again))
	require.Equal(t, 1, w.store.writes)

	d.Items[0].Quantity = 2
	_, err = w.Place(host(), d)
	require.ErrorIs(t, err, fault.ErrKeyReused)
}

func TestDraftsThatCannotBe(t *testing.T) {
	t.Parallel()
	many := make([]order.ItemDraft, catalog.MaxItems+1)
	for i := range many {
		many[i] = order.ItemDraft{Product: setup, Quantity: 1, Region: "nyc1"}
	}
	for path, change := range map[string]func(*order.Draft){
		"customer":          func(d *order.Draft) { d.Customer = customer.ID(vmSmall) },
		"items":             func(d *order.Draft) { d.Items = many },
		"items[0].product":  func(d *order.Draft) { d.Items[0].Product = catalog.ID(ada) },
		"items[1].product":  func(d *order.Draft) { d.Items[1].Product = retired },
		"items[0].quantity": func(d *order.Draft) { d.Items[0].Quantity = -1 },
		"items[0].region":   func(d *order.Draft) { d.Items[0].Region = "mars1" },
		"currency":          func(d *order.Draft) { d.Currency = "XXL" },
		"metadata.cart":     func(d *order.Draft) { d.Metadata = map[string]string{"cart": "a\x00b"} },
		"key":               func(d *order.Draft) { d.Key = strings.Repeat("k", 200) },
		"items[0].configuration.size": func(d *order.Draft) {
			d.Items[0].Configuration = map[string]string{"size": "9"}
		},
	} {
		w := newWorld(t)
		d := draft(1)
		change(&d)
		_, err := w.Place(host(), d)
		var refused *fault.Error
		require.ErrorAs(t, err, &refused, path)
		require.Equal(t, fault.ErrInvalid, refused.Kind, path)
		require.Equal(t, []string{path}, paths(err), "%s: %v", path, err)
		require.Equal(t, "order.place", refused.Op, path)
		require.Equal(t, "order", refused.Entity, path)
		require.Zero(t, w.store.writes, path)
	}
}

func paths(err error) []string {
	var all []string
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		for _, f := range refused.Fields {
			all = append(all, f.Path)
		}
	}
	return all
}

func TestARefusalNamesEveryFieldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Place(host(), order.Draft{
		Customer: "x", Metadata: map[string]string{"a": "\xff"}, Currency: "XXL",
		Items: []order.ItemDraft{{Product: vmSmall, Quantity: 0, Region: "nyc1"}, {Product: "y", Quantity: 1}},
	})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.ElementsMatch(t, []string{"customer", "metadata.a", "currency", "items[0].quantity", "items[1].product"}, paths(err))

	_, err = w.Place(host(), order.Draft{Metadata: map[string]string{"a": "\xff"}})
	require.ElementsMatch(t, []string{"customer", "metadata.a", "items"}, paths(err))
}

func TestWhatIsNotThereCannotBeOrdered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := draft(1)
	d.Customer = nobody
	_, err := w.Place(host(), d)
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.EqualError(t, err, "order.place customer "+string(nobody)+": not found: customer must be a customer of the tenant")

	d = draft(1)
	d.Items[1].Product = unknown
	_, err = w.Place(host(), d)
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.ErrorContains(t, err, "order.place product "+string(unknown))
	require.Equal(t, []string{"items[1].product"}, paths(err))

	w.customers.gone = true
	_, err = w.Place(host(), draft(1))
	require.ErrorIs(t, err, fault.ErrNotFound, "a deleted customer orders nothing")
	require.Zero(t, w.store.writes)
}

func TestMoreResourcesThanTheTenantAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenants.standing.Settings.Limits.ResourcesPerOrder = 3
	w.place(t, draft(3))
	_, err := w.Place(host(), draft(4))
	require.ErrorIs(t, err, fault.ErrExhausted)
	require.ErrorContains(t, err, "asks for 4 resources, the tenant allows 3")
}

func TestWhoMayPlaceOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenants.clerk = []tenant.Permission{"order.place"}
	as := tenant.AsUser(t.Context(), acme, clerk)
	o, err := w.Place(as, draft(1))
	require.NoError(t, err, "neither customer.get nor catalog.quote is asked for")
	require.Equal(t, string(clerk), w.store.events[0].Actor)
	_, err = w.Get(as, o.ID)
	require.ErrorIs(t, err, fault.ErrForbidden)

	w.tenants.clerk = []tenant.Permission{"order.get", "customer.get", "catalog.quote"}
	w.now = w.now.Add(time.Second)
	_, err = w.Place(as, draft(1))
	require.ErrorIs(t, err, fault.ErrForbidden)
	_, err = w.Place(t.Context(), draft(1))
	require.ErrorIs(t, err, fault.ErrNoScope)

	w.tenants.standing.Status = tenant.Suspended
	w.now = w.now.Add(time.Second)
	_, err = w.Place(host(), draft(1))
	require.ErrorIs(t, err, fault.ErrSuspended)
	_, err = w.Get(host(), o.ID)
	require.NoError(t, err, "a suspended tenant reads")
	require.Equal(t, 1, w.store.writes)
}
