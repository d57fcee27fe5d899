package platforma_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// unchanging are the commands of the tables that, as they are asked there, find
// that all is as it should be.
func unchanging(o operation) bool {
	silent := []tenant.Permission{"order.report", "webhook.ping", "webhook.delivery.resend", "webhook.deliver"}
	return o.empty || slices.Contains(silent, o.permission)
}

// Whatever changes an entity says so, with the whole entity as it is then.
func TestEveryCommandHasItsEvent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		mend := breaking(t, p)
		on := furnish(t, p, "acme")
		mend()
		ctx, story := tenant.NewContext(t.Context(), on.Tenant), chronicle{of: on.Tenant, seen: map[event.ID]bool{}}
		story.next(t, p)
		for _, o := range slices.Concat(addressed(), unaddressed()) {
			if !o.writes || strings.HasPrefix(string(o.permission), "event.") {
				continue
			}
			_, err := o.run(ctx, p, on)
			require.NoError(t, err, o.permission)
			story.tellsOf(t, p, string(o.permission), !unchanging(o))
		}
		operator := tenant.AsOperator(t.Context())
		_, err := p.Tenants.Suspend(operator, on.Tenant, "unpaid")
		require.NoError(t, err)
		story.tellsOf(t, p, "tenant.suspend", true)
		_, err = p.Tenants.Reactivate(operator, on.Tenant, "unpaid")
		require.NoError(t, err)
		story.tellsOf(t, p, "tenant.reactivate", true)
	})
}

// tellsOf requires that what happened since the last time is told, as it is.
func (c chronicle) tellsOf(t *testing.T, p *platforma.Platform, what string, changed bool) {
	t.Helper()
	fresh := c.next(t, p)
	require.Equal(t, changed, len(fresh) > 0, "%s has %d events", what, len(fresh))
	for _, e := range fresh {
		var told struct {
			ID      string `json:"id"`
			Version int64  `json:"version"`
		}
		require.NoError(t, json.Unmarshal(e.Data, &told))
		require.Equal(t, e.Subject, told.ID, e.Type)
		require.Equal(t, e.Version, told.Version, e.Type)
		if strings.HasSuffix(e.Type, ".deleted.v1") {
			continue // nobody finds it any more
		}
		now, err := entityOf(scope.OperatorOf(t.Context(), c.of), p, e.Subject)
		require.NoError(t, err, "%s of %s", e.Type, e.Subject)
		text, err := json.Marshal(now)
		require.NoError(t, err)
		require.JSONEq(t, string(text), string(e.Data), "%s: %s", what, e.Type)
	}
}

// entityOf reads the entity of an id, of whatever kind, as events have it.
func entityOf(ctx context.Context, p *platforma.Platform, id string) (any, error) {
	prefix, _, _ := strings.Cut(id, "_")
	switch prefix {
	case "ten":
		entity, err := p.Tenants.Get(ctx, tenant.ID(id))
		entity.Users = nil
		return entity, err
	case "usr":
		return p.Tenants.User(ctx, tenant.UserID(id))
	case "role":
		roles, err := p.Tenants.Roles(ctx)
		i := slices.IndexFunc(roles, func(r tenant.Role) bool { return string(r.ID) == id })
		if err == nil && i < 0 {
			err = platforma.ErrNotFound
		}
		return roles[max(i, 0)], err
	case "cust":
		return p.Customers.Get(ctx, customer.ID(id))
	case "prod":
		return p.Catalog.Get(ctx, catalog.ID(id))
	case "ord":
		return p.Orders.Get(ctx, order.ID(id))
	case "res":
		return p.Resources.Get(ctx, resource.ID(id))
	case "clus":
		return p.Resources.Cluster(ctx, resource.ClusterID(id))
	case "net":
		return p.Resources.Network(ctx, resource.NetworkID(id))
	case "hook":
		return p.Webhooks.Get(ctx, webhook.ID(id))
	default:
		return nil, platforma.ErrInvalid
	}
}
