package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// fixture is a pending order of two virtual machines, a volume and a service
// that nothing is provisioned for.
func fixture() Order {
	item := func(id ItemID, sku string, quantity int64, becomes catalog.ResourceType) Item {
		return Item{ID: id, SKU: sku, Quantity: quantity, ResourceType: becomes, Status: ItemPending}
	}
	return Order{
		Status: StatusPending, Phase: PhaseAwaitingApproval, Attempt: 1, Version: 1,
		Items: []Item{
			item("vm", "vm-small", 2, catalog.TypeVirtualMachine),
			item("disk", "disk-100", 1, catalog.TypeStorage),
			item("setup", "setup", 1, ""),
		},
	}
}

func started(t *testing.T) Order {
	t.Helper()
	o := fixture()
	names, err := o.begin("start", noon)
	require.NoError(t, err)
	require.Equal(t, []string{EventStarted}, names)
	return o
}

func statuses(o Order) []ItemStatus {
	all := make([]ItemStatus, len(o.Items))
	for i, item := range o.Items {
		all[i] = item.Status
	}
	return all
}

// up is a report of attempt n in which all units of some items run.
func running(attempt int, items ...ItemID) Progress {
	p := Progress{Attempt: attempt}
	for _, i := range fixture().Items {
		if i.ResourceType == "" {
			continue
		}
		units := ItemProgress{Item: i.ID, Provisioning: int(i.Quantity)}
		for _, name := range items {
			if name == i.ID {
				units = ItemProgress{Item: i.ID, Running: int(i.Quantity)}
			}
		}
		p.Items = append(p.Items, units)
		p.Live += int(i.Quantity)
	}
	return p
}

func failing(attempt int, item ItemID, reason string) Progress {
	p := running(attempt)
	for i := range p.Items {
		if p.Items[i].Item == item {
			p.Items[i].Provisioning--
			p.Items[i].Failed++
			p.Items[i].Reason = reason
		}
	}
	return p
}

func TestStartingAnOrder(t *testing.T) {
	t.Parallel()
	o := started(t)
	require.Equal(t, StatusProcessing, o.Status)
	require.Equal(t, PhaseInProgress, o.Phase)
	require.Equal(t, []ItemStatus{ItemProcessing, ItemProcessing, ItemProvisioned}, statuses(o),
		"an item that becomes no resource is done at once")
	require.Nil(t, o.ProvisionedAt)
}

func TestAnOrderWithNothingToProvisionIsDoneWhenItStarts(t *testing.T) {
	t.Parallel()
	o := fixture()
	o.Items = o.Items[2:]
	names, err := o.begin("start", noon)
	require.NoError(t, err)
	require.Equal(t, []string{EventStarted, EventProvisioned}, names)
	require.Equal(t, StatusProvisioned, o.Status)
	require.Equal(t, PhaseAtRest, o.Phase)
	require.Equal(t, noon, *o.ProvisionedAt)
}

func TestMovesLeaveTheItemsTheyWereGivenAlone(t *testing.T) {
	t.Parallel()
	before := fixture()
	after := before
	_, err := after.begin("start", noon)
	require.NoError(t, err)
	require.Equal(t, fixture(), before)
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	cancelled := []ItemStatus{ItemCancelled, ItemCancelled, ItemCancelled}
	cases := map[string]struct {
		order func(*testing.T) Order
		phase Phase
	}{
		"pending":                {func(*testing.T) Order { return fixture() }, PhaseAtRest},
		"processing":             {started, PhaseTakingDown},
		"failed, being cleared":  {func(t *testing.T) Order { return failed(t, 3) }, PhaseTakingDown},
		"failed, nothing's left": {func(t *testing.T) Order { return failed(t, 0) }, PhaseAtRest},
	}
	for name, c := range cases {
		o := c.order(t)
		names, err := o.cancel()
		require.NoError(t, err, name)
		require.Equal(t, []string{EventCancelled}, names, name)
		require.Equal(t, StatusCancelled, o.Status, name)
		require.Equal(t, c.phase, o.Phase, name)
		require.Equal(t, cancelled, statuses(o), name)
	}
	for _, s := range []Status{StatusProvisioned, StatusCancelled} {
		o := fixture()
		o.Status = s
		_, err := o.cancel()
		require.ErrorIs(t, err, fault.ErrState)
	}
}

// failed is an order that failed by its disk, with so many resources left.
func failed(t *testing.T, live int) Order {
	t.Helper()
	o := started(t)
	_, err := o.report(failing(1, "disk", "no room"), noon)
	require.NoError(t, err)
	_, err = o.report(Progress{Attempt: 1, Live: live}, noon)
	require.NoError(t, err)
	return o
}

func TestRetrying(t *testing.T) {
	t.Parallel()
	o := failed(t, 0)
	names, err := o.retry(noon)
	require.NoError(t, err)
	require.Equal(t, []string{EventStarted}, names)
	require.Equal(t, 2, o.Attempt)
	require.Empty(t, o.Failure)
	require.Equal(t, StatusProcessing, o.Status)
	require.Equal(t, PhaseInProgress, o.Phase)
	require.Equal(t, []ItemStatus{ItemProcessing, ItemProcessing, ItemProvisioned}, statuses(o),
		"whatever was taken down starts anew")

	o = failed(t, 1)
	_, err = o.retry(noon)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "still being taken down")

	for _, s := range []Status{StatusPending, StatusProcessing, StatusProvisioned, StatusCancelled} {
		o := fixture()
		o.Status = s
		_, err := o.retry(noon)
		require.ErrorIs(t, err, fault.ErrState)
		require.ErrorContains(t, err, "retry is not possible from "+string(s))
	}
}
