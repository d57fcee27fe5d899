package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/pgbouncertest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// TestWhatOthersLeaveOnAPooledConnection has somebody set a role and a tenant
// for a session through PgBouncer, which hands the server's connection to the
// library afterwards, with all that is left on it.
func TestWhatOthersLeaveOnAPooledConnection(t *testing.T) {
	t.Parallel()
	database := postgrestest.New(t)
	database.App = pgbouncertest.Start(t, 1, database.App).DSN(database.App)
	p := platformAt(t, database, &postgres.Options{MaxConns: 1, Pooler: true})
	a, b := platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "other")
	other := connect(t, database.App).PgConn()
	left := func(sql string) {
		t.Helper()
		_, err := other.Exec(t.Context(), sql).ReadAll()
		require.NoError(t, err)
	}
	left("SET app.tenant_id = '" + string(b.Tenant) + "'")
	ctx := tenant.NewContext(t.Context(), a.Tenant)
	got, err := p.Customers.Get(ctx, a.Customer.ID)
	require.NoError(t, err)
	require.Equal(t, a.Tenant, got.TenantID)
	_, err = p.Customers.Get(ctx, b.Customer.ID)
	require.ErrorIs(t, err, platforma.ErrNotFound)

	// What is left does deceive who sets no tenant: nothing in the database
	// tells it from one that was set for the purpose. The library always sets one.
	results, err := other.Exec(t.Context(), "BEGIN; SET LOCAL ROLE "+postgrestest.Prefix+`_customer;
		SELECT tenant_id FROM customer.customers; ROLLBACK`).ReadAll()
	require.NoError(t, err)
	require.Equal(t, string(b.Tenant), string(results[2].Rows[0][0]))

	// Another service's role may not even name the table, and a statement that
	// is new to the library's connection is described before any scope is set:
	// it fails, and tells nothing. One that is known sets its own role first.
	left("SET ROLE " + postgrestest.Prefix + "_order")
	got, err = p.Customers.Get(ctx, a.Customer.ID)
	require.NoError(t, err)
	require.Equal(t, a.Tenant, got.TenantID)
	_, err = p.Customers.List(ctx, customer.Query{})
	require.ErrorIs(t, err, platforma.ErrUnavailable)
	left("RESET ROLE")
	_, err = p.Customers.List(ctx, customer.Query{})
	require.NoError(t, err)
}
