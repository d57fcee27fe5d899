package event_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

func TestALanesEventsComeInOrder(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	m.add(acme, 1250)
	m.add(other, 30)
	var l log
	r := relay(t, m, event.RelayOptions{}, func(_ context.Context, e event.Event) error {
		l.note(e)
		return nil
	})
	require.Equal(t, 530, step(t, r, false), "one step reads so many of a lane")
	require.Equal(t, 500, step(t, r, false))
	require.Equal(t, 250, step(t, r, false))
	require.Equal(t, 0, step(t, r, false))
	require.Equal(t, upTo(1250), l.of(acme))
	require.Equal(t, upTo(30), l.of(other))
	require.Equal(t, lane{position: 1250}, m.at(acme))
}

func TestWhatIsDoneIsStoredWhileTheRestIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme)
		m.add(acme, 100)
		r := relay(t, m, event.RelayOptions{}, func(context.Context, event.Event) error {
			time.Sleep(100 * time.Millisecond) // the bubble's time
			return nil
		})
		require.Equal(t, 11, step(t, r, false), "what a second is enough for, and the one that it ends in")
		require.Equal(t, int64(11), m.at(acme).position)
		require.Equal(t, 11, step(t, r, false), "the rest is due at once")
	})
}

func TestWhatIsNotWantedIsDoneWith(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.add(acme, 9)
	var wanted, nothing log
	r := event.NewRelay(m, []string{"order", "customer"}, nil)
	require.NoError(t, r.Subscribe(event.Subscription{
		Name: "s", Services: []string{"order"}, Types: []string{"platforma.order.failed.v1"},
		Handle: func(_ context.Context, e event.Event) error { wanted.note(e); return nil },
	}))
	require.NoError(t, r.Subscribe(event.Subscription{
		Name: "nothing", Services: []string{"customer"},
		Handle: func(_ context.Context, e event.Event) error { nothing.note(e); return nil },
	}))
	require.Equal(t, 9, step(t, r, false))
	require.Equal(t, []int64{2, 5, 8}, wanted.of(acme))
	require.Equal(t, lane{position: 9}, m.at(acme))
	require.Empty(t, nothing.of(acme))
	require.Equal(t, 2, m.calls["Stamp"], "each service is stamped")
	require.Len(t, m.claims, 2, "lanes are claimed of the services that are wanted")
}

func TestTheHandlersContext(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.add(acme, 2)
	var got []scope.Scope
	r := relay(t, m, event.RelayOptions{}, func(ctx context.Context, e event.Event) error {
		by, err := scope.FromTenant(ctx)
		assert.NoError(t, err)
		taken, err := by.Delivery.Take()
		assert.NoError(t, err, "each event has a delivery of its own")
		assert.Equal(t, "s", taken.Subscription)
		assert.Equal(t, string(e.ID), taken.Event)
		by.Delivery = nil
		got = append(got, by)
		return nil
	})
	// Whoever calls has nothing to do with it.
	ctx := scope.WithCorrelation(scope.User(t.Context(), other, "usr_01h455vb4pex5vsknk084sn02q"), "the caller's")
	n, err := r.Step(ctx, false)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, []scope.Scope{
		{Kind: scope.KindSystem, Tenant: acme, Actor: "system", Correlation: "r1", Causation: string(m.events[acme][0].ID)},
		{Kind: scope.KindSystem, Tenant: acme, Actor: "system", Correlation: "r2", Causation: string(m.events[acme][1].ID)},
	}, got)
}

func TestStepStampsAllThereIs(t *testing.T) {
	t.Parallel()
	m := newMemory(acme)
	m.unstamped = 2500
	r := relay(t, m, event.RelayOptions{}, nothing)
	step(t, r, false)
	require.Zero(t, m.unstamped)
	require.Equal(t, 3, m.calls["Stamp"])
}

func nothing(context.Context, event.Event) error { return nil }

func TestStepClaimsWhatIsDue(t *testing.T) {
	t.Parallel()
	m, d := newMemory(acme), newDial()
	r := relay(t, m, event.RelayOptions{Clock: d.Now, Lease: time.Minute}, nothing)
	step(t, r, false)
	step(t, r, true)
	require.Equal(t, []event.Claim{
		{Subscription: "s", Service: "order", Due: d.now, Lease: time.Minute, Limit: 64},
		{Subscription: "s", Service: "order", Lease: time.Minute, Limit: 64},
	}, m.claims)
}

func TestStepTellsOfTheStoresErrors(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"Stamp", "Claim", "Read", "Move"} {
		m := newMemory(acme)
		m.add(acme, 1)
		m.fail[call] = errBroken
		r := relay(t, m, event.RelayOptions{}, nothing)
		_, err := r.Step(t.Context(), false)
		require.ErrorIs(t, err, errBroken, call)
		require.Zero(t, m.at(acme).position)
	}
}

func TestALaneThatCannotBeReadDelaysNoOther(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	m.add(acme, 3)
	m.add(other, 3)
	m.fail["Read "+string(acme)] = fault.ErrUnavailable
	r := relay(t, m, event.RelayOptions{Lanes: 1}, nothing)
	n, err := r.Step(t.Context(), false)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.Equal(t, 3, n)
	require.Equal(t, lane{position: 3}, m.at(other))
	require.Equal(t, lane{}, m.at(acme), "its lease is given back")
}

func TestSomeLanesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme, other)
		m.add(acme, 1)
		m.add(other, 1)
		meet := make(chan struct{})
		r := relay(t, m, event.RelayOptions{Lanes: 2}, func(context.Context, event.Event) error {
			select {
			case meet <- struct{}{}:
			case <-meet:
			case <-time.After(time.Minute): // in the bubble's time: nobody else is coming
				return errBroken
			}
			return nil
		})
		require.Equal(t, 2, step(t, r, false))
	})
}

func TestNoMoreLanesAtOnceThanAllowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme, other, acme[:29]+"x", acme[:29]+"y", acme[:29]+"z")
		for _, tenant := range m.tenants {
			m.add(tenant, 1)
		}
		r := relay(t, m, event.RelayOptions{Lanes: 2}, func(context.Context, event.Event) error {
			<-time.After(200 * time.Millisecond) // the bubble's time
			return nil
		})
		begin := time.Now()
		require.Equal(t, 5, step(t, r, false))
		require.Equal(t, 600*time.Millisecond, time.Since(begin), "two, two and one")
	})
}

func TestASlowLaneKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(acme, other, acme[:29]+"x")
		for _, tenant := range m.tenants {
			m.add(tenant, 2)
		}
		begin := time.Now()
		var served time.Duration
		r := relay(t, m, event.RelayOptions{Lanes: 1, Timeout: time.Hour}, func(_ context.Context, e event.Event) error {
			if e.Tenant != m.tenants[2] {
				<-time.After(time.Minute) // the bubble's time
			} else if served == 0 {
				served = time.Since(begin)
			}
			return nil
		})
		require.Equal(t, 4, step(t, r, false), "what is slow does one at a time")
		require.Equal(t, 500*time.Millisecond, served, "each of the slow ones had its quarter of a second")
		require.Equal(t, time.Minute+250*time.Millisecond, time.Since(begin))
	})
}

func TestTooManySlowLanesKeepOthersWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		for i := range 66 {
			m.tenants = append(m.tenants, acme[:27]+scope.TenantID(fmt.Sprintf("%03d", i)))
			m.add(m.tenants[i], 1)
		}
		begin := time.Now()
		var most, now atomic.Int64
		r := relay(t, m, event.RelayOptions{Lanes: 1, Timeout: time.Hour}, func(context.Context, event.Event) error {
			most.Store(max(most.Load(), now.Add(1)))
			<-time.After(time.Minute) // the bubble's time
			now.Add(-1)
			return nil
		})
		for done := 1; done > 0; {
			done = step(t, r, false)
		}
		require.Equal(t, int64(65), most.Load(), "so many have given their place away, and one has it")
		require.Greater(t, time.Since(begin), 2*time.Minute)
	})
}

func TestIdle(t *testing.T) {
	t.Parallel()
	m := newMemory(acme, other)
	r := relay(t, m, event.RelayOptions{}, nothing)
	idle := func() bool {
		t.Helper()
		yes, err := r.Idle(t.Context())
		require.NoError(t, err)
		return yes
	}
	require.True(t, idle())
	m.add(other, 1)
	require.False(t, idle())
	step(t, r, false)
	require.True(t, idle())
	require.NoError(t, r.Subscribe(event.Subscription{Name: "later", Handle: nothing}))
	require.False(t, idle(), "every subscription begins with the first event")

	m.fail["Backlog"] = fault.ErrUnavailable
	yes, err := r.Idle(t.Context())
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.False(t, yes)
}
