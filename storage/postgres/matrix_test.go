package postgres_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/pgbouncertest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// The conditions that PostgreSQL, and the schema's own function, refuse with.
const (
	denied   = "42501"
	noTenant = "PF001"
)

// TestMatrix has everybody try everything with every table: each on a connection
// of its own, on those that PgBouncer has, and all on one with the same plans.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for name, run := range map[string]func(*testing.T) *tally{
		"direct": func(t *testing.T) *tally {
			return m.run(t.Context(), m.enter(t, direct), m.tables...)
		},
		"PgBouncer": func(t *testing.T) *tally {
			pooler := pgbouncertest.Start(t, 2, m.database.App, m.database.Owner)
			return m.run(t.Context(), m.enter(t, pooler.DSN), m.tables...)
		},
		"cached plans": func(t *testing.T) *tally {
			return m.runCached(t, connect(t, m.database.App).PgConn(), m.tables...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sum := run(t)
			counttest.Logf(t, "%d tables, %d kinds of statements, %d actors: %s", len(m.tables), len(kinds), len(actors(m.a, m.b, m.schemas)), sum)
			require.Greater(t, sum.cases, 10_000)
			sum.check(t)
		})
	}
}

func direct(dsn string) string { return dsn }

// matrix is a database with two tenants in which every table has rows of both.
type matrix struct {
	database postgrestest.Database
	a, b     tenant.ID
	tables   []*relation // those with a tenant, by name
	schemas  []string
}

// hostsTable is a table of a host's that it put under the library's policy.
const hostsTable = `CREATE SCHEMA host;
CREATE TABLE host.notes (
  tenant_id text COLLATE "C",
  id text COLLATE "C" NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CALL platforma.isolate('host.notes')`

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{database: postgrestest.New(t)}
	p, err := platforma.New(postgrestest.OpenAt(t, m.database, nil), platformatest.Options())
	require.NoError(t, err)
	m.a, m.b = platformatest.Seed(t, p, "acme").Tenant, platformatest.Seed(t, p, "other").Tenant
	for _, of := range []tenant.ID{m.a, m.b} {
		ctx := tenant.NewContext(t.Context(), of)
		endpoint, err := p.Webhooks.Create(ctx, webhook.Draft{URL: "https://hooks.example.com"})
		require.NoError(t, err)
		_, err = p.Webhooks.Ping(ctx, endpoint.ID)
		require.NoError(t, err)
		require.NoError(t, p.Settle(ctx))
	}

	superuser := connect(t, m.database.Superuser)
	owner := connect(t, m.database.Owner)
	_, err = owner.Exec(t.Context(), hostsTable, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	all := readRelations(t, superuser)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := all[name]
		require.NoError(t, r.classify())
		if r.rule == nil {
			continue
		}
		m.tables = append(m.tables, r)
		if !slices.Contains(m.schemas, r.Schema) {
			m.schemas = append(m.schemas, r.Schema)
		}
	}
	// What is explained must not change its plan in between.
	for _, r := range m.tables {
		_, err := superuser.Exec(t.Context(), "ALTER TABLE "+r.SQL+" SET (autovacuum_enabled = off)")
		require.NoError(t, err)
	}
	(&estate{conn: superuser, tables: all, a: m.a, b: m.b}).prepare(t)
	return m
}

// TestNewTablesNeedARule has the matrix meet tables that it does not know.
func TestNewTablesNeedARule(t *testing.T) {
	t.Parallel()
	for says, r := range map[string]*relation{
		"who may do what with it": {Schema: "order", Name: "new", SQL: "new", tenant: "tenant_id"},
		"has no tenant":           {Schema: "order", Name: "orders", SQL: "orders"},
		"has rows of tenants":     {Schema: "platforma", Name: "applied", SQL: "applied", tenant: "tenant_id"},
	} {
		require.ErrorContains(t, r.classify(), says)
	}
	require.NoError(t, (&relation{Schema: "order", Name: "orders", tenant: "tenant_id"}).classify())
}
