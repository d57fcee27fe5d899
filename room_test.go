package platforma_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/tenant"
)

// What has no room is created all the same, placed nowhere: its events must
// reach the order like all others.
func TestAnOrderThatHasNoRoomFails(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		acme := platformatest.Seed(t, p, "acme")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		placed, err := p.Orders.Place(ctx, order.Draft{
			Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 40, Region: "nyc1"}},
		})
		require.NoError(t, err)
		require.NoError(t, p.Settle(t.Context()))

		placed, err = p.Orders.Get(ctx, placed.ID)
		require.NoError(t, err)
		require.Equal(t, order.StatusFailed, placed.Status)
		require.Equal(t, order.PhaseAtRest, placed.Phase)
		require.Contains(t, placed.Failure, "the best cluster has")
		dead, err := p.Events.DeadLetters(ctx, page.Request{})
		require.NoError(t, err)
		require.Empty(t, dead.Items)
	})
}
