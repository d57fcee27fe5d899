package platforma_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func TestEventsAreReplayedAndTrimmed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		var mu sync.Mutex // lanes of several tenants are handled at once
		seen := map[scope.TenantID]int{}
		require.NoError(t, p.Events.Subscribe(event.Subscription{
			Name: "mirror", Services: []string{"customer"}, Handle: func(_ context.Context, e event.Event) error {
				mu.Lock()
				defer mu.Unlock()
				seen[e.Tenant]++
				return nil
			},
		}))
		ids := newTenants(t, p, 2, 3)
		operator, acme := tenant.AsOperator(t.Context()), tenant.NewContext(t.Context(), ids[0])
		status := func() event.Status {
			all, err := p.Events.Subscriptions(operator)
			require.NoError(t, err)
			require.Equal(t, "mirror", all[len(all)-1].Subscription)
			return all[len(all)-1]
		}
		require.False(t, status().Backlog["customer"].None())
		require.NoError(t, p.Settle(t.Context()))
		require.Equal(t, map[scope.TenantID]int{ids[0]: 3, ids[1]: 3}, seen)
		require.True(t, status().Backlog["customer"].None())
		require.Equal(t, int64(6), status().Delivered)

		require.NoError(t, p.Events.Replay(acme, "mirror", time.Time{}))
		require.NoError(t, p.Settle(t.Context()))
		require.Equal(t, map[scope.TenantID]int{ids[0]: 6, ids[1]: 3}, seen, "one tenant's again")
		require.NoError(t, p.Events.Replay(operator, "mirror", time.Time{}))
		require.NoError(t, p.Settle(t.Context()))
		require.Equal(t, map[scope.TenantID]int{ids[0]: 9, ids[1]: 6}, seen, "everybody's again")
		require.ErrorIs(t, p.Events.Replay(operator, "nobody", time.Time{}), platforma.ErrNotFound)

		// Only the operator looks after all tenants.
		_, err := p.Events.Trim(acme, time.Now())
		require.ErrorIs(t, err, platforma.ErrForbidden)
		require.ErrorIs(t, p.Events.Unsubscribe(acme, "mirror"), platforma.ErrForbidden)
		_, err = p.Events.Subscriptions(acme)
		require.ErrorIs(t, err, platforma.ErrForbidden)
		require.ErrorIs(t, p.Events.Unsubscribe(operator, "mirror"), platforma.ErrState)
		require.ErrorIs(t, p.Events.Unsubscribe(operator, "nobody"), platforma.ErrNotFound)

		trimmed, err := p.Events.Trim(operator, time.Now().Add(1000*time.Hour))
		require.NoError(t, err)
		require.GreaterOrEqual(t, trimmed, int64(6))
		left, err := p.Events.List(acme, platforma.EventQuery{Service: "customer"})
		require.NoError(t, err)
		require.Empty(t, left.Items)
		require.NoError(t, p.Events.Replay(operator, "mirror", time.Time{}))
		require.NoError(t, p.Settle(t.Context()))
		require.Equal(t, map[scope.TenantID]int{ids[0]: 9, ids[1]: 6}, seen, "what is deleted is not delivered")
	})
}
