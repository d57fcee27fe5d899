package platforma_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// requireNamed fails unless an error is ErrInvalid and names exactly those
// fields.
func requireNamed(t *testing.T, err error, paths ...string) {
	t.Helper()
	require.ErrorIs(t, err, platforma.ErrInvalid)
	var refused *platforma.Error
	require.ErrorAs(t, err, &refused)
	var named []string
	for _, f := range refused.Fields {
		named = append(named, f.Path)
	}
	require.ElementsMatch(t, paths, named, "%v", err)
}

// A keyed command is refused like one without a key: by its fields, and only
// after the scope was asked for.
func TestBadInputOfKeyedCommands(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		breaking(t, p)
		ctx := tenant.NewContext(t.Context(), furnish(t, p, "acme").Tenant)
		_, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{
			Settings: tenant.Settings{DefaultCurrency: "EURO"}, Key: "k",
		})
		requireNamed(t, err, "name", "settings.default_currency")
		_, err = p.Orders.Place(ctx, order.Draft{Currency: "EURO", Key: "k"})
		requireNamed(t, err, "customer", "items", "currency")
		_, err = p.Orders.Place(t.Context(), order.Draft{Currency: "EURO", Key: "k"})
		require.ErrorIs(t, err, platforma.ErrNoScope)
	})
}

// What is wrong beside a product that is not there is named all the same.
func TestBadInputBesideNoProduct(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		breaking(t, p)
		ctx := tenant.NewContext(t.Context(), furnish(t, p, "acme").Tenant)
		_, err := p.Catalog.Quote(ctx, catalog.QuoteRequest{
			Currency: "USD", Items: []catalog.QuoteItem{{Product: "vm", Quantity: 0, Region: withNUL}},
		})
		requireNamed(t, err, "items[0].product", "items[0].quantity", "items[0].region")
	})
}

// What a scope says of itself is recorded with every event.
func TestBadInputOfScopes(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		breaking(t, p)
		ctx := tenant.NewContext(t.Context(), furnish(t, p, "acme").Tenant)
		eve := customer.Draft{Name: "Eve", Email: "eve@example.com"}
		_, err := p.Customers.Create(scope.WithActor(ctx, withNUL), eve)
		requireNamed(t, err, "actor")
		_, err = p.Customers.Create(scope.WithReason(ctx, notUTF8), eve)
		requireNamed(t, err, "reason")
		_, err = p.Customers.Create(scope.WithCorrelation(ctx, withNUL), eve)
		requireNamed(t, err, "correlation")
	})
}

func TestRefusalsHandOutNothing(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		breaking(t, p)
		on := furnish(t, p, "acme")
		ctx := tenant.NewContext(t.Context(), on.Tenant)
		user, err := p.Tenants.AddUser(ctx, tenant.UserDraft{Email: on.UserEmail})
		require.ErrorIs(t, err, platforma.ErrExists)
		require.Empty(t, user, "a refused creation returns nothing")

		_, err = p.Customers.Update(ctx, on.Customer, customer.Change{
			Metadata: map[string]string{"a\nlevel=ERROR forged": withNUL},
		})
		require.ErrorIs(t, err, platforma.ErrInvalid)
		require.NotContains(t, err.Error(), "\n", "a key cannot forge a line of a log")
	})
}

func TestRolesAreBounded(t *testing.T) {
	t.Parallel()
	withBackEnd(t, func(t *testing.T, p *platforma.Platform, _ *backEnd) {
		breaking(t, p)
		ctx := tenant.NewContext(t.Context(), furnish(t, p, "acme").Tenant)
		roles, err := p.Tenants.Roles(ctx)
		require.NoError(t, err)
		for i := len(roles); i < tenant.MaxRoles; i++ {
			_, err := p.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: fmt.Sprintf("role-%d", i)})
			require.NoError(t, err)
		}
		_, err = p.Tenants.CreateRole(ctx, tenant.RoleDraft{Name: "one-more"})
		require.ErrorIs(t, err, platforma.ErrExhausted)
	})
}
