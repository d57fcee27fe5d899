package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

func TestAStartedOrderBecomesResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.cluster(t, "c1", "nyc1", "8")
	n := w.network(t, c, "10.1.0.0/24")
	o := w.order(t, 2)
	o.Items = append(o.Items, w.item(t, "setup", "", 1, catalog.ProductSpecs{}), w.item(t, "disk", "nyc1", 1, catalog.ProductSpecs{
		ResourceType: catalog.TypeStorage, DiskGiB: quantity(t, "100.5"), Attributes: map[string]string{"tier": "fast"},
	}))
	require.NoError(t, w.Follow(background(), o, order.EventStarted))
	made := w.of(t, o)
	require.Len(t, made, 3, "what becomes nothing has no resource")
	first := made[0]
	require.Equal(t, Resource{
		ID: first.ID, TenantID: acme, CustomerID: ada, OrderID: o.ID, OrderItemID: o.Items[0].ID, Unit: 1, Attempt: 1,
		ClusterID: c.ID, Type: catalog.TypeVirtualMachine, Name: first.Name, Region: "nyc1", Template: "vm",
		Status: StatusProvisioning, Desired: DesiredRunning, Phase: PhaseRequested,
		Specs:   Specs{VCPUs: quantity(t, "2"), MemoryGiB: quantity(t, "4")},
		Network: NetworkInfo{NetworkID: n.ID, PrivateIPs: first.Network.PrivateIPs}, DueAt: &w.now,
		Version: 1, CreatedAt: w.now, UpdatedAt: w.now, Origin: first.Origin,
	}, first)
	require.Regexp(t, `^evt_`, first.Origin.Event)
	require.Regexp(t, `^vm-small-[a-z0-9]{6}-1$`, first.Name)
	require.Equal(t, 2, made[1].Unit)
	require.Equal(t, Specs{DiskGiB: quantity(t, "100.5"), Attributes: map[string]string{"tier": "fast"}}, made[2].Specs)
	require.Empty(t, made[2].Network, "a volume has no address")
	require.Equal(t, "c1:4/2 [10.1.0.2-10.1.0.3] live:3", w.held())
	require.Equal(t, "100.5", w.store.clusters[c.ID].Used.DiskGiB.String())
	require.Equal(t, []string{"requested", "requested", "requested", "cluster.updated", "network.updated"}, w.store.happened())

	writes := w.store.writes
	require.NoError(t, w.Follow(background(), o, order.EventStarted), "a second time nothing happens")
	require.Equal(t, writes, w.store.writes)
	require.NoError(t, w.Follow(background(), o, order.EventPlaced))
	require.Equal(t, writes, w.store.writes)
}

func TestResourcesSpread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "small", "nyc1", "8")
	w.cluster(t, "big", "nyc1", "12")
	w.cluster(t, "elsewhere", "fra1", "100")
	drained := w.cluster(t, "drained", "nyc1", "100")
	_, err := w.DrainCluster(host(), drained.ID)
	require.NoError(t, err)
	w.started(t, 4)
	require.Equal(t, "small:2/1 big:6/3 elsewhere:0/0 drained:0/0 live:4", w.held())
	w.started(t, 6)
	require.Equal(t, "small:8/4 big:12/6 elsewhere:0/0 drained:0/0 live:10", w.held(), "to the last vCPU")
}

// TestAnOrderWithoutRoom fails as a whole and with the numbers, and takes
// nothing.
func TestAnOrderWithoutRoom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		world  func(*testing.T, *world)
		order  func(*order.Order)
	}{
		{"needs a cluster in nyc1, there is none", func(t *testing.T, w *world) { t.Helper(); w.cluster(t, "c1", "fra1", "8") }, nil},
		{"needs a cluster in nyc1, none of 1 is active", func(t *testing.T, w *world) {
			t.Helper()
			_, err := w.TakeClusterOffline(host(), w.cluster(t, "c1", "nyc1", "8").ID)
			require.NoError(t, err)
		}, nil},
		{"needs 2 vcpus in nyc1, the best cluster has 1.5 left", func(t *testing.T, w *world) {
			t.Helper()
			w.cluster(t, "c1", "nyc1", "5.5")
			w.cluster(t, "c2", "nyc1", "1")
		}, nil},
		{"needs 4 GiB of memory and 1 instances in nyc1, the best cluster has 0 and 0 left", func(t *testing.T, w *world) {
			t.Helper()
			_, err := w.CreateCluster(host(), ClusterDraft{Name: "c1", Region: "nyc1", Capacity: capacity(t, "100", "0", "0", 0)})
			require.NoError(t, err)
		}, nil},
		{"needs an address in nyc1, all 1 of cluster c1 are in use", func(t *testing.T, w *world) {
			t.Helper()
			w.network(t, w.cluster(t, "c1", "nyc1", "100"), "10.1.0.0/30")
		}, nil},
		{"needs 3 resources, the tenant has 0 of at most 2", func(t *testing.T, w *world) {
			t.Helper()
			w.cluster(t, "c1", "nyc1", "100")
			w.limit(2)
		}, nil},
		{`no provisioner is known for the template "vm"`, func(t *testing.T, w *world) {
			t.Helper()
			w.cluster(t, "c1", "nyc1", "100")
			w.Service = NewService(w.store, w.gate, &Options{Templates: []string{"other"}})
		}, nil},
	} {
		w := newWorld(t)
		c.world(t, w)
		w.store.happened()
		empty := w.held()
		o, made := w.started(t, 3)
		require.Len(t, made, 3)
		for _, r := range made {
			require.Equal(t, StatusError, r.Status)
			require.Equal(t, PhaseFailed, r.Phase)
			require.Equal(t, c.reason, r.Reason)
			require.Empty(t, r.ClusterID)
			require.Empty(t, r.Network)
			require.Nil(t, r.DueAt)
		}
		require.Equal(t, empty, w.held(), c.reason)
		require.Zero(t, w.step(t))
		p, err := w.Progress(host(), o.ID)
		require.NoError(t, err)
		require.Equal(t, order.Progress{
			Order: o.ID, Attempt: 1, Live: 3,
			Items: []order.ItemProgress{{Item: o.Items[0].ID, Failed: 3, Reason: c.reason}},
		}, p)
		require.Equal(t, slices.Repeat([]string{"requested", "failed"}, 3), w.store.happened())

		require.NoError(t, w.Follow(background(), o, order.EventFailed))
		require.Equal(t, empty, w.held(), "what took nothing gives nothing back")
		require.Equal(t, slices.Repeat([]string{"terminated"}, 3), w.store.happened())
		p, err = w.Progress(host(), o.ID)
		require.NoError(t, err)
		require.Zero(t, p.Live)
		require.Empty(t, w.backend.called())
	}
}

func TestItemsTellWhichOfThemHadNoRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "4")
	o := w.order(t, 1)
	o.Items = append(o.Items, w.item(t, "vm-big", "nyc1", 1, catalog.ProductSpecs{
		ResourceType: catalog.TypeVirtualMachine, VCPUs: quantity(t, "64"),
	}))
	require.NoError(t, w.Follow(background(), o, order.EventStarted))
	made := w.of(t, o)
	require.Equal(t, "needs 64 vcpus in nyc1, the best cluster has 2 left", made[1].Reason)
	require.Equal(t, "not placed, because another item of the order could not be: "+made[1].Reason, made[0].Reason)
	require.Equal(t, "c1:0/0 live:0", w.held())
}

func TestAFullNetworkLeadsToTheNextCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network(t, w.cluster(t, "big", "nyc1", "100"), "10.1.0.0/30")
	w.cluster(t, "small", "nyc1", "10")
	_, made := w.started(t, 2)
	require.Equal(t, "big:2/1 small:2/1 [10.1.0.2] live:2", w.held())
	require.Empty(t, made[1].Network, "a cluster without networks has its addresses elsewhere")
	closed := w.network(t, w.store.clusters[made[0].ClusterID], "10.2.0.0/24")
	_, err := w.CloseNetwork(host(), closed.ID)
	require.NoError(t, err)
	w.started(t, 1)
	require.Equal(t, "big:2/1 small:4/2 [10.1.0.2] [] live:3", w.held())
	open := w.store.networks[made[0].Network.NetworkID]
	_, err = w.CloseNetwork(host(), open.ID)
	require.NoError(t, err)
	_, made = w.started(t, 1)
	require.Equal(t, "big:4/2 small:4/2 [10.1.0.2] [] live:4", w.held())
	require.Empty(t, made[0].Network, "one whose networks are all closed is as one without")
}

func TestAcceptGoesOnWhenOthersWereFaster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "4")
	o := w.order(t, 2)
	w.store.before = func() { w.started(t, 1) }
	require.NoError(t, w.Follow(background(), o, order.EventStarted))
	require.Equal(t, "c1:2/1 live:1", w.held(), "the room was gone when it came to writing")
	require.Equal(t, "needs 2 vcpus in nyc1, the best cluster has 0 left", w.of(t, o)[0].Reason)

	again := w.order(t, 1)
	w.store.before = func() { require.NoError(t, w.Follow(background(), again, order.EventStarted)) }
	require.NoError(t, w.Follow(background(), again, order.EventStarted))
	require.Len(t, w.of(t, again), 1, "two that make the same make it once")

	hopeless := w.order(t, 9)
	w.store.before = func() { require.NoError(t, w.Follow(background(), hopeless, order.EventStarted)) }
	require.NoError(t, w.Follow(background(), hopeless, order.EventStarted))
	require.Len(t, w.of(t, hopeless), 9, "also where nothing is taken of what there is")
}

func TestWhatHoldsNothingGivesNothingBack(t *testing.T) {
	t.Parallel()
	l := newLedger(Supply{Usage: Usage{Live: 3}})
	l.release(Resource{Status: StatusError})
	require.Equal(t, int64(3), l.usage.Live)
	require.False(t, l.counted)
}

func TestFollowStoresItsDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "100")
	o := w.order(t, 2)
	delivered := func() context.Context {
		return scope.WithDelivery(background(), &scope.Delivery{Subscription: "resources", Event: "evt_1"})
	}
	w.store.before = func() { w.started(t, 1) }
	require.NoError(t, w.Follow(delivered(), o, order.EventStarted), "also when it has to write twice")
	require.True(t, w.store.handled["evt_1"])
	err := w.Follow(delivered(), w.order(t, 1), order.EventStarted)
	require.ErrorIs(t, err, event.ErrDelivered)

	lost := scope.WithDelivery(background(), &scope.Delivery{Subscription: "resources", Event: "evt_2"})
	w.store.broken = errors.New("the disk is full")
	require.ErrorIs(t, w.Follow(lost, w.order(t, 1), order.EventStarted), fault.ErrUnavailable)
	w.store.broken = nil
	require.NoError(t, w.Follow(lost, w.order(t, 1), order.EventStarted), "a refused write gives the delivery back")
}

func TestAFailedOrderLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network(t, w.cluster(t, "c1", "nyc1", "100"), "10.1.0.0/24")
	o, made := w.started(t, 3)
	w.backend.apply = func(_ context.Context, r Request) (Outcome, error) {
		if r.Desired.Unit == 2 && r.Action == ActionCreate {
			return Outcome{Result: Failed, Reason: "no image"}, nil
		}
		return w.backend.done(r), nil
	}
	w.step(t)
	p, err := w.Progress(host(), o.ID)
	require.NoError(t, err)
	require.Equal(t, []order.ItemProgress{{Item: o.Items[0].ID, Running: 2, Failed: 1, Reason: "no image"}}, p.Items)
	require.Equal(t, "c1:6/3 [10.1.0.2-10.1.0.4] live:3", w.held())

	o.Status = order.StatusFailed
	require.NoError(t, w.Follow(background(), o, order.EventFailed))
	w.backend.called()
	w.step(t)
	require.ElementsMatch(t, []string{"terminate 1", "terminate 1", "terminate 1"}, w.backend.called(),
		"what was tried once is terminated, whatever came of it")
	require.Equal(t, "c1:0/0 [] live:0", w.held())
	require.Empty(t, w.backend.objects)
	for _, r := range made {
		r = w.get(t, r.ID)
		require.Equal(t, StatusTerminated, r.Status)
		require.Equal(t, w.now, *r.TerminatedAt)
		require.NotEmpty(t, r.ClusterID, "where it was stays known")
	}
	writes := w.store.writes
	require.NoError(t, w.Follow(background(), o, order.EventFailed))
	require.Equal(t, writes, w.store.writes)
}

func TestACancelledOrderThatNobodyHasBegun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network(t, w.cluster(t, "c1", "nyc1", "100"), "10.1.0.0/24")
	o, _ := w.started(t, 2)
	w.store.happened()
	require.NoError(t, w.Follow(background(), o, order.EventCancelled))
	require.Equal(t, "c1:0/0 [] live:0", w.held())
	require.Equal(t, []string{"terminated", "terminated", "cluster.updated", "network.updated"}, w.store.happened())
	require.Zero(t, w.step(t))
	require.Empty(t, w.backend.called())
}

func TestANewAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "100")
	o, _ := w.started(t, 2)
	w.step(t)
	old := o
	retried := o
	retried.Attempt = 2
	err := w.Follow(background(), retried, order.EventStarted)
	require.ErrorIs(t, err, fault.ErrState, "the first attempt's are still there")
	require.NoError(t, w.Follow(background(), o, order.EventFailed))
	w.step(t)
	require.NoError(t, w.Follow(background(), retried, order.EventStarted))
	w.step(t)
	require.Equal(t, "c1:4/2 live:2", w.held())
	require.Len(t, w.of(t, o), 4)

	require.NoError(t, w.Follow(background(), old, order.EventStarted), "events of the first attempt come late")
	require.NoError(t, w.Follow(background(), old, order.EventFailed))
	w.step(t)
	require.Equal(t, "c1:4/2 live:2", w.held())
	p, err := w.Progress(host(), o.ID)
	require.NoError(t, err)
	require.Equal(t, order.Progress{
		Order: o.ID, Attempt: 2, Live: 2, Items: []order.ItemProgress{{Item: o.Items[0].ID, Running: 2}},
	}, p)
}

// orders answers with what is so now.
type orders map[order.ID]order.Order

func (o orders) Get(_ context.Context, id order.ID) (order.Order, error) { return o[id], nil }

func TestALateEventMakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "100")
	o := w.order(t, 1)
	for name, present := range map[string]order.Order{
		"cancelled": {Status: order.StatusCancelled, Attempt: 1},
		"failed":    {Status: order.StatusFailed, Attempt: 1},
		"retried":   {Status: order.StatusProcessing, Attempt: 2},
	} {
		w.Service = NewService(w.store, w.gate, &Options{Orders: orders{o.ID: present}})
		require.NoError(t, w.Follow(background(), o, order.EventStarted))
		require.Empty(t, w.of(t, o), name)
	}
	w.Service = NewService(w.store, w.gate, &Options{Orders: orders{o.ID: o}})
	require.NoError(t, w.Follow(background(), o, order.EventStarted))
	require.Len(t, w.of(t, o), 1)
}

func TestProgressOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.order(t, 1).ID
	p, err := w.Progress(host(), id)
	require.NoError(t, err)
	require.Equal(t, order.Progress{Order: id}, p)
	_, err = w.Progress(host(), "ord_1")
	require.ErrorIs(t, err, fault.ErrInvalid)
}

func TestALimitCanBeReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "100")
	w.limit(3)
	w.started(t, 2)
	w.started(t, 1)
	require.Equal(t, "c1:6/3 live:3", w.held())
	_, made := w.started(t, 1)
	require.Equal(t, "needs 1 resources, the tenant has 3 of at most 3", made[0].Reason)
}

func TestGuards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster(t, "c1", "nyc1", "100")
	require.NoError(t, w.LiveOf(host(), ada))
	require.NoError(t, w.LiveAll(host()))
	o, _ := w.started(t, 2)
	err := w.LiveOf(host(), ada)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "2 resources")
	require.ErrorIs(t, w.LiveAll(host()), fault.ErrState)
	require.NoError(t, w.LiveOf(host(), "cust_01jqzv7h3vfey8mgd6g2p9x4tz"))
	require.ErrorIs(t, w.LiveOf(host(), "ada"), fault.ErrInvalid)
	require.NoError(t, w.Follow(background(), o, order.EventCancelled))
	require.NoError(t, w.LiveAll(host()))
}

func TestABigOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		w.network(t, w.cluster(t, fmt.Sprint("c", i), "nyc1", "200"), "10.1.0.0/24")
	}
	_, made := w.started(t, 1000)
	require.Len(t, made, 1000)
	for _, c := range w.store.clusters {
		require.Equal(t, int64(50), c.Used.Instances)
	}
	require.Equal(t, int64(1000), w.store.usage.Live)
}
