package platforma_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// lifecycleCosts are those of operations that need orders which wait, orders
// that failed, resources that stand still, and letters that came back, in a
// tenant of their own.
func lifecycleCosts(t *testing.T, p *platforma.Platform) []priced {
	t.Helper()
	mend := breaking(t, p)
	careful := platformatest.Seed(t, p, "careful")
	ctx := tenant.AsUser(t.Context(), careful.Tenant, careful.User.ID)
	place := func(int) (order.Order, error) {
		return p.Orders.Place(ctx, order.Draft{
			Customer: careful.Customer.ID, Items: []order.ItemDraft{{Product: careful.Product.ID, Quantity: 1, Region: "nyc1"}},
		})
	}
	_, err := p.Resources.DrainCluster(ctx, careful.Cluster.ID)
	require.NoError(t, err)
	failed := twice(t, place)
	_, err = p.Tenants.Update(ctx, careful.Tenant, tenant.Change{Settings: &tenant.Settings{
		DefaultCurrency: "USD", OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll},
	}})
	require.NoError(t, err)
	waiting := twice(t, place)

	made, err := p.Resources.List(ctx, resource.Query{Order: careful.Order.ID})
	require.NoError(t, err)
	resources := twice(t, func(n int) (resource.Resource, error) { return p.Resources.Stop(ctx, made.Items[n].ID) })
	for n := range 3 {
		_, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace", Email: fmt.Sprintf("grace-%d@example.com", n)})
		require.NoError(t, err)
	}
	require.NoError(t, p.Settle(t.Context()))
	mend()
	letters, err := p.Events.DeadLetters(ctx, page.Request{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(letters.Items), 4)

	operator := tenant.AsOperator(t.Context())
	empty := twice(t, func(n int) (tenant.Tenant, error) {
		return p.Tenants.Create(operator, tenant.Draft{Name: "Empty", Slug: fmt.Sprint("empty-", n)})
	})
	return []priced{
		{"an approved order", 2, func(run int) error { return done(p.Orders.Approve(ctx, waiting[run].ID)) }},
		{"a retried order: the customer is asked for", 3, func(run int) error { return done(p.Orders.Retry(ctx, failed[run].ID)) }},
		{"a started resource", 2, func(run int) error { return done(p.Resources.Start(ctx, resources[run].ID)) }},
		{"a terminated resource", 2, func(run int) error { return done(p.Resources.Terminate(ctx, resources[run].ID)) }},
		{"a letter that is delivered again", 2, func(run int) error { return p.Events.Redeliver(ctx, letters.Items[run]) }},
		{"a discarded letter", 1, func(run int) error { return p.Events.Discard(ctx, letters.Items[2+run]) }},
		{"an archived tenant, which has nothing: asked of the resources, whose gate asks for the tenant", 4, func(run int) error {
			return done(p.Tenants.Archive(operator, empty[run].ID))
		}},
	}
}
