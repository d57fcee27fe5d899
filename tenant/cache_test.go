package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

// dial is a clock that a test turns.
type dial struct{ now time.Time }

func newDial() *dial { return &dial{now: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)} }

func (d *dial) Now() time.Time { return d.now }

func (d *dial) turn(by time.Duration) { d.now = d.now.Add(by) }

func TestTheGateRemembersForAWhile(t *testing.T) {
	t.Parallel()
	for _, ttl := range []time.Duration{0, 2 * time.Second, time.Minute} {
		store, clock := always(Standing{Status: Active}), newDial()
		gate := NewGate(store, &GateOptions{Clock: clock.Now, TTL: ttl})
		if ttl == 0 {
			ttl = 2 * time.Second
		}
		read := func() int {
			_, err := gate.Read(NewContext(t.Context(), acme), "order.get")
			require.NoError(t, err)
			return store.calls
		}
		require.Equal(t, 1, read())
		require.Equal(t, 1, read())
		clock.turn(ttl - time.Microsecond)
		require.Equal(t, 1, read())
		clock.turn(time.Microsecond)
		require.Equal(t, 2, read(), "after the TTL it asks again")
		clock.turn(ttl - time.Microsecond)
		require.Equal(t, 2, read(), "and remembers that")
		clock.turn(-time.Hour)
		require.Equal(t, 3, read(), "a clock that was set back makes nothing last longer")
	}
}

func TestTheGateTellsTenantsAndUsersApart(t *testing.T) {
	t.Parallel()
	store := &standings{answer: func(tenant ID, user UserID) (Standing, error) {
		s := Standing{Status: Active, UserStatus: UserActive}
		if tenant == other {
			s.Status = Suspended
		}
		if user == ada {
			s.Permissions = []Permission{"order.get"}
		}
		return s, nil
	}}
	gate := NewGate(store, &GateOptions{Clock: newDial().Now})
	for range 2 { // asked, and then remembered
		for ctx, want := range map[context.Context]fault.Kind{
			NewContext(t.Context(), acme): "", NewContext(t.Context(), other): fault.ErrSuspended,
			AsUser(t.Context(), acme, ada): "", AsUser(t.Context(), acme, bob): fault.ErrForbidden,
			AsUser(t.Context(), other, ada): fault.ErrSuspended,
		} {
			_, err := gate.Write(ctx, "order.get")
			require.Equal(t, want, fault.KindOf(err))
		}
		require.Equal(t, 5, store.calls)
	}
}

func TestForgetEmptiesOneTenantsCache(t *testing.T) {
	t.Parallel()
	store := always(Standing{Status: Active, UserStatus: UserActive, Permissions: []Permission{Everything}})
	gate := NewGate(store, &GateOptions{Clock: newDial().Now})
	all := []context.Context{NewContext(t.Context(), acme), AsUser(t.Context(), acme, ada), NewContext(t.Context(), other)}
	read := func() int {
		for _, ctx := range all {
			_, err := gate.Read(ctx, "order.get")
			require.NoError(t, err)
		}
		return store.calls
	}
	require.Equal(t, 3, read())
	gate.Forget(acme)
	require.Equal(t, 5, read(), "the tenant's own and its users', and no other's")
	gate.Forget(acme)
	gate.Forget(acme)
	gate.Forget("ten_00000000000000000000000000")
	require.Equal(t, 7, read())
	require.Equal(t, 3, gate.entries)
}

// An answer that was under way while the tenant changed may be of before the
// change; to remember it would undo the emptying.
func TestAnAnswerFromBeforeAForgetIsNotRemembered(t *testing.T) {
	t.Parallel()
	var gate *Gate
	store := &standings{}
	store.answer = func(ID, UserID) (Standing, error) {
		if store.calls == 1 {
			gate.Forget(acme)
		}
		return Standing{Status: Active}, nil
	}
	gate = NewGate(store, &GateOptions{Clock: newDial().Now})
	for _, want := range []int{1, 2, 2} {
		_, err := gate.Read(NewContext(t.Context(), acme), "order.get")
		require.NoError(t, err)
		require.Equal(t, want, store.calls)
	}
}

func TestAFailureIsNotRemembered(t *testing.T) {
	t.Parallel()
	store := &standings{}
	store.answer = func(ID, UserID) (Standing, error) {
		if store.calls == 1 {
			return Standing{}, errors.New("the network is down")
		}
		return Standing{Status: Active}, nil
	}
	gate := NewGate(store, &GateOptions{Clock: newDial().Now})
	_, err := gate.Read(NewContext(t.Context(), acme), "order.get")
	require.ErrorIs(t, err, fault.ErrUnavailable)
	_, err = gate.Read(NewContext(t.Context(), acme), "order.get")
	require.NoError(t, err)
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	store := always(Standing{Status: Active, UserStatus: UserActive, Permissions: []Permission{Everything}})
	gate := NewGate(store, &GateOptions{Clock: newDial().Now})
	most := 0
	for i := range 2*maxRemembered + 10 {
		tenant := ID(fmt.Sprintf("ten_%026d", i%7))
		_, err := gate.Read(AsUser(t.Context(), tenant, UserID(fmt.Sprintf("usr_%026d", i))), "order.get")
		require.NoError(t, err)
		count := 0
		if i%1000 == 0 || i > 2*maxRemembered {
			for _, users := range gate.cache {
				count += len(users)
			}
			require.Equal(t, count, gate.entries)
		}
		most = max(most, gate.entries)
	}
	require.Equal(t, maxRemembered, most)
	require.Equal(t, 10, gate.entries, "a full one begins anew")
}

func TestTheGateIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	status := Active
	gate := NewGate(&lockedStandings{answer: func() Standing {
		mu.Lock()
		defer mu.Unlock()
		return Standing{Status: status}
	}}, nil)
	ctx := NewContext(t.Context(), acme)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				_, err := gate.Read(ctx, "order.get")
				assert.NoError(t, err)
				gate.Forget(other)
			}
		})
	}
	group.Wait()
	mu.Lock()
	status = Suspended
	mu.Unlock()
	gate.Forget(acme)
	_, err := gate.Write(ctx, "order.get")
	require.ErrorIs(t, err, fault.ErrSuspended, "who forgets, sees the change at once")
}

// lockedStandings is a store that may be asked from many goroutines.
type lockedStandings struct {
	Store
	answer func() Standing
}

func (s *lockedStandings) Standing(context.Context, UserID) (Standing, error) { return s.answer(), nil }
