package event

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
)

func TestASubscriptionWantsItsTypes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		types []string
		is    string
		want  bool
	}{
		{nil, "platforma.order.placed.v1", true},
		{[]string{"*"}, "platforma.order.placed.v1", true},
		{[]string{"platforma.order.*"}, "platforma.order.placed.v1", true},
		{[]string{"platforma.order.*"}, "platforma.orders.placed.v1", false},
		{[]string{"platforma.order.*"}, "platforma.order.", true},
		{[]string{"platforma.order.placed.v1"}, "platforma.order.placed.v1", true},
		{[]string{"platforma.order.placed.v1"}, "platforma.order.placed.v11", false},
		{[]string{"platforma.order.placed"}, "platforma.order.placed.v1", false},
		{[]string{"platforma.customer.*", "platforma.order.placed.v1"}, "platforma.order.placed.v1", true},
		{[]string{"platforma.customer.*", "platforma.order.placed.v1"}, "platforma.order.failed.v1", false},
		{[]string{"platforma.*.placed.v1"}, "platforma.order.placed.v1", false},
		{[]string{""}, "platforma.order.placed.v1", false},
	} {
		require.Equal(t, row.want, Subscription{Types: row.types}.wants(row.is), "%v of %s", row.types, row.is)
	}
}

func TestABadSubscriptionNamesItsFields(t *testing.T) {
	t.Parallel()
	handle := func(context.Context, Event) error { return nil }
	for _, row := range []struct {
		Subscription
		want []string
	}{
		{Subscription{Name: "a.b-c_d", Handle: handle}, nil},
		{Subscription{Name: "a", Services: []string{"order", "customer"}, Types: []string{"x*"}, Handle: handle}, nil},
		{Subscription{Handle: handle}, []string{"name"}},
		{Subscription{Name: "A", Handle: handle}, []string{"name"}},
		{Subscription{Name: "a", Services: []string{"order", "ordre"}, Handle: handle}, []string{"services[1]"}},
		{Subscription{Name: "a b", Services: []string{"", "order", "x"}}, []string{"name", "services[0]", "services[2]", "handle"}},
	} {
		err := NewRelay(nil, []string{"order", "customer"}, nil).Subscribe(row.Subscription)
		if row.want == nil {
			require.NoError(t, err)
			continue
		}
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, fault.ErrInvalid, e.Kind)
		require.Equal(t, "event.subscribe", e.Op)
		var paths []string
		for _, field := range e.Fields {
			paths = append(paths, field.Path)
		}
		require.Equal(t, row.want, paths)
	}
}

func TestSubscribeKeepsNothingOfTheCallers(t *testing.T) {
	t.Parallel()
	services, types := []string{"order"}, []string{"a"}
	known := []string{"order", "customer"}
	r := NewRelay(nil, known, nil)
	handle := func(context.Context, Event) error { return nil }
	require.NoError(t, r.Subscribe(Subscription{Name: "some", Services: services, Types: types, Handle: handle}))
	require.NoError(t, r.Subscribe(Subscription{Name: "all", Handle: handle}))
	services[0], types[0], known[0] = "x", "x", "x"
	err := r.Subscribe(Subscription{Name: "some", Handle: handle})
	require.ErrorIs(t, err, fault.ErrExists)
	require.ErrorContains(t, err, "some")

	all := r.listeners
	require.Len(t, all, 2)
	require.Equal(t, []string{"order"}, all[0].Services)
	require.Equal(t, []string{"a"}, all[0].Types)
	require.Equal(t, []string{"order", "customer"}, all[1].Services, "no services are all services")
}

func called(t *testing.T, handle Handler) error {
	t.Helper()
	l := listener{Subscription: Subscription{Handle: handle}, timeout: time.Minute}
	return l.call(t.Context(), "ten_00000000000000000000000000", Event{})
}

func TestAHandlersEnd(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for what, row := range map[string]struct {
		handle Handler
		want   error
	}{
		"success":        {func(context.Context, Event) error { return nil }, nil},
		"failure":        {func(context.Context, Event) error { return broken }, broken},
		"handled before": {func(context.Context, Event) error { return ErrDelivered }, nil},
		"handled before, deep": {func(context.Context, Event) error {
			return fmt.Errorf("deep: %w", &fault.Error{Kind: fault.ErrExists, Err: ErrDelivered})
		}, nil},
		"another repeat": {func(context.Context, Event) error { return ErrRepeated }, ErrRepeated},
		"panic":          {func(context.Context, Event) error { panic("at the disco") }, fault.ErrUnavailable},
		"nil map": {func(context.Context, Event) error {
			var m map[string]int
			m["a"] = 1 //nolint:staticcheck // the panic is the point
			return nil
		}, fault.ErrUnavailable},
	} {
		err := called(t, row.handle)
		require.ErrorIs(t, err, row.want, what)
	}
	err := called(t, func(context.Context, Event) error { panic("at the disco") })
	require.ErrorContains(t, err, "at the disco")
}

func TestThePauseBetweenAttemptsGrowsToALimit(t *testing.T) {
	t.Parallel()
	for attempts, most := range map[int]time.Duration{
		1: time.Second / 2, 2: time.Second, 3: 2 * time.Second, 9: 128 * time.Second, 10: 256 * time.Second,
		11: 5 * time.Minute, 12: 5 * time.Minute, 1000: 5 * time.Minute,
	} {
		seen := map[time.Duration]bool{}
		for range 50 {
			wait := exponential(attempts)
			require.LessOrEqual(t, wait, most, "after %d", attempts)
			require.GreaterOrEqual(t, wait, most/2, "after %d", attempts)
			seen[wait] = true
		}
		require.Greater(t, len(seen), 1, "many lanes do not come back together")
	}
}

func TestTheRelaysDefaults(t *testing.T) {
	t.Parallel()
	for _, o := range []*RelayOptions{nil, {}} {
		r := NewRelay(nil, nil, o)
		require.Equal(t, 5*time.Second, r.lease)
		require.Equal(t, 10, r.attempts)
		require.Equal(t, 4, r.lanes)
		require.Equal(t, 30*time.Second, r.timeout)
		require.NotNil(t, r.log)
		require.NotZero(t, r.backoff(1))
		require.NotZero(t, r.clock.Now())
	}
	rapid.Check(t, func(t *rapid.T) {
		require.Positive(t, exponential(rapid.IntRange(1, 1<<40).Draw(t, "attempts")))
	})
}
