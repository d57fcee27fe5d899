package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/postgrestest"
)

// guard is something of the database's that keeps tenants or services apart.
type guard struct {
	what string
	// table is what it guards, away takes it away, and back gives it back.
	table, away, back string
}

// tenantFunction stands for what platforma.tenant() was.
const tenantFunction = "{the function}"

// named puts the names of the tests' roles into a statement.
func named(sql string) string { return strings.ReplaceAll(sql, "{prefix}", postgrestest.Prefix) }

// guards are those that the matrix must miss, whichever is taken away.
func guards() []guard {
	const (
		own      = "(tenant_id = (SELECT platforma.tenant()))"
		isolated = `CREATE POLICY tenant_isolation ON "order".orders AS RESTRICTIVE USING ` + own + " WITH CHECK " + own
		drop     = `DROP POLICY tenant_isolation ON "order".orders; `
	)
	return []guard{
		{
			"row-level security", `"order".orders`,
			`ALTER TABLE "order".orders DISABLE ROW LEVEL SECURITY`, `ALTER TABLE "order".orders ENABLE ROW LEVEL SECURITY`,
		},
		{
			"FORCE", `"order".orders`,
			`ALTER TABLE "order".orders NO FORCE ROW LEVEL SECURITY`, `ALTER TABLE "order".orders FORCE ROW LEVEL SECURITY`,
		},
		{"the policy", `"order".orders`, drop, isolated},
		{
			"RESTRICTIVE", `"order".orders`,
			drop + `CREATE POLICY tenant_isolation ON "order".orders USING ` + own + " WITH CHECK " + own, drop + isolated,
		},
		{
			"WITH CHECK", `"order".orders`,
			drop + `CREATE POLICY tenant_isolation ON "order".orders AS RESTRICTIVE USING ` + own + " WITH CHECK (true)", drop + isolated,
		},
		{
			"USING", `"order".orders`,
			drop + `CREATE POLICY tenant_isolation ON "order".orders AS RESTRICTIVE USING (true) WITH CHECK ` + own, drop + isolated,
		},
		{
			"the error without a tenant", `"order".orders`,
			`CREATE OR REPLACE FUNCTION platforma.tenant() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.tenant_id', true) $$`, tenantFunction,
		},
		{
			"the service's policy", `"order".orders`,
			`DROP POLICY service ON "order".orders`, `CREATE POLICY service ON "order".orders TO {prefix}_order USING (true) WITH CHECK (true)`,
		},
		{
			"the schema's privacy", `"order".orders`,
			`GRANT USAGE ON SCHEMA "order" TO {prefix}_customer; GRANT SELECT ON "order".orders TO {prefix}_customer`,
			`REVOKE SELECT ON "order".orders FROM {prefix}_customer; REVOKE USAGE ON SCHEMA "order" FROM {prefix}_customer`,
		},
		{
			"the login's poverty", "customer.customers",
			"GRANT SELECT ON customer.customers TO {prefix}_app", "REVOKE SELECT ON customer.customers FROM {prefix}_app",
		},
		{
			"no TRUNCATE", "customer.customers",
			"GRANT TRUNCATE ON customer.customers TO {prefix}_customer", "REVOKE TRUNCATE ON customer.customers FROM {prefix}_customer",
		},
		{
			"events that stay", `"order".outbox`,
			`GRANT DELETE ON "order".outbox TO {prefix}_order`, `REVOKE DELETE ON "order".outbox FROM {prefix}_order`,
		},
		{
			"a relay that changes no event", `"order".outbox`,
			`GRANT UPDATE ON "order".outbox TO {prefix}_relay`,
			`REVOKE UPDATE ON "order".outbox FROM {prefix}_relay; GRANT UPDATE (position) ON "order".outbox TO {prefix}_relay`,
		},
		{
			"an operator who only looks", "tenant.tenants",
			"GRANT UPDATE ON tenant.tenants TO {prefix}_operator", "REVOKE UPDATE ON tenant.tenants FROM {prefix}_operator",
		},
		{
			"a host's policy", "host.notes",
			"DROP POLICY tenant_isolation ON host.notes",
			"CREATE POLICY tenant_isolation ON host.notes AS RESTRICTIVE USING " + own + " WITH CHECK " + own,
		},
	}
}

// TestMatrixNotices takes one guard away at a time, and expects that the matrix
// has something to say about the table that it guarded.
func TestMatrixNotices(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	superuser := connect(t, m.database.Superuser)
	change := func(sql string) {
		t.Helper()
		_, err := superuser.PgConn().Exec(t.Context(), named(sql)).ReadAll()
		require.NoError(t, err, sql)
	}
	var original string
	require.NoError(t, superuser.QueryRow(t.Context(), "SELECT pg_get_functiondef('platforma.tenant()'::regprocedure)").Scan(&original))
	clients, taken := m.enter(t, direct), 1 // with that of the plans below
	for _, g := range guards() {
		one := slices.DeleteFunc(slices.Clone(m.tables), func(r *relation) bool { return r.SQL != g.table })
		require.Len(t, one, 1, g.table)
		taken++
		change(g.away)
		require.NotEmpty(t, m.run(t.Context(), clients, one...).faults, "nobody misses %s", g.what)
		change(strings.ReplaceAll(g.back, tenantFunction, original))
		require.Empty(t, m.run(t.Context(), clients, one...).faults, "%s was given back", g.what)
	}
	// Plans that keep the tenant that they were made in.
	one := slices.DeleteFunc(slices.Clone(m.tables), func(r *relation) bool { return r.SQL != "customer.customers" })
	session := connect(t, m.database.App).PgConn()
	change("ALTER FUNCTION platforma.tenant() IMMUTABLE")
	require.Positive(t, m.runCached(t, session, one...).leaks)
	change("ALTER FUNCTION platforma.tenant() STABLE")
	require.Empty(t, m.runCached(t, session, one...).faults)
	counttest.Logf(t, "%d guards taken away, %[1]d noticed: 100 %%", taken)
}
