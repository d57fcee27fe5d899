package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/platformatest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/tenant"
)

// The conditions that PostgreSQL, and the schema's own function, refuse with.
const (
	denied   = "42501"
	noTenant = "PF001"
)

// isolated is a database in which two tenants have gone the whole way, so that
// every table has rows of both.
type isolated struct {
	app    *pgx.Conn
	tables []scopedTable
	a, b   tenant.ID
}

// scopedTable is a table with a tenant's column.
type scopedTable struct{ schema, name, tenant string }

func (s scopedTable) String() string { return pgx.Identifier{s.schema, s.name}.Sanitize() }

// service says whether the service whose table it is may use a verb on it:
// events are appended and read, and their positions are the relay's.
func (s scopedTable) service(verb string) bool {
	return s.name != "streams" && (s.name != "outbox" || verb == "SELECT" || verb == "INSERT")
}

// role is the role whose schema the table is in.
func (s scopedTable) role() string { return postgrestest.Prefix + "_" + s.schema }

func isolate(t *testing.T) isolated {
	t.Helper()
	database := postgrestest.New(t)
	p, err := platforma.New(postgrestest.OpenAt(t, database, nil), platformatest.Options())
	require.NoError(t, err)
	i := isolated{a: platformatest.Seed(t, p, "acme").Tenant, b: platformatest.Seed(t, p, "other").Tenant}

	owner, err := pgx.Connect(t.Context(), database.Superuser)
	require.NoError(t, err)
	defer owner.Close(context.WithoutCancel(t.Context()))
	rows, err := owner.Query(t.Context(), `SELECT n.nspname, c.relname,
			CASE WHEN c.relname = 'tenants' THEN 'id' ELSE 'tenant_id' END
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1) ORDER BY 1, 2`, append(sqlstore.Services(), sqlstore.RoleEvent))
	require.NoError(t, err)
	i.tables, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (s scopedTable, err error) {
		return s, r.Scan(&s.schema, &s.name, &s.tenant)
	})
	require.NoError(t, err)
	require.Greater(t, len(i.tables), 30, "the catalog was read")
	i.app, err = pgx.Connect(t.Context(), database.App)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, i.app.Close(context.WithoutCancel(t.Context()))) })
	return i
}

// try runs a statement in a transaction of its own that is rolled back, under a
// role and a tenant, either of which may be none. It returns the rows affected.
func (i isolated) try(t *testing.T, role string, of tenant.ID, sql string, args ...any) (int64, error) {
	t.Helper()
	tx, err := i.app.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.WithoutCancel(t.Context())) //nolint:errcheck // it ends the test's own transaction
	if role != "" {
		_, err = tx.Exec(t.Context(), "SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true)", role, string(of))
		require.NoError(t, err)
	}
	tag, err := tx.Exec(t.Context(), sql, args...)
	return tag.RowsAffected(), err
}

// requireRefused fails unless PostgreSQL refused with a condition.
func requireRefused(t *testing.T, condition string, err error, what string) {
	t.Helper()
	var e *pgconn.PgError
	require.ErrorAsf(t, err, &e, "%s: was not refused", what)
	require.Equalf(t, condition, e.Code, "%s: %s", what, e.Message)
}

func TestLoginAloneIsRefused(t *testing.T) {
	t.Parallel()
	i := isolate(t)
	for _, table := range i.tables {
		for _, sql := range []string{"SELECT FROM %s", "DELETE FROM %s", "SELECT FROM %s FOR UPDATE", "TRUNCATE %s"} {
			_, err := i.try(t, "", "", fmt.Sprintf(sql, table))
			requireRefused(t, denied, err, fmt.Sprintf(sql, table))
		}
	}
}

func TestServiceWithoutTenantIsRefused(t *testing.T) {
	t.Parallel()
	i := isolate(t)
	for _, table := range i.tables {
		for _, sql := range []string{"SELECT FROM %s", "DELETE FROM %s", "UPDATE %s SET tenant_id = tenant_id"} {
			if table.tenant == "id" && sql[0] == 'U' {
				sql = "UPDATE %s SET id = id"
			}
			count, err := i.try(t, table.role(), "", fmt.Sprintf(sql, table))
			if verb, _, _ := strings.Cut(sql, " "); !table.service(verb) {
				requireRefused(t, denied, err, fmt.Sprintf(sql, table))
				continue
			}
			if i.empty(t, table) {
				require.Zero(t, count)
				continue
			}
			requireRefused(t, noTenant, err, fmt.Sprintf(sql, table))
		}
	}
}

// empty says whether a table holds no row of tenant A: a policy without rows
// to judge has nothing to raise over.
func (i isolated) empty(t *testing.T, table scopedTable) bool {
	t.Helper()
	count, err := i.try(t, table.role(), i.a, fmt.Sprintf("SELECT FROM %s", table))
	require.NoError(t, err)
	return count == 0
}

func TestTenantSeesAndTouchesItsOwnAlone(t *testing.T) {
	t.Parallel()
	i := isolate(t)
	filled := 0
	for _, table := range i.tables {
		if !table.service("SELECT") {
			continue
		}
		of := func(sql string) string { return fmt.Sprintf(sql, table, table.tenant) }
		own, err := i.try(t, table.role(), i.a, of("SELECT FROM %s WHERE %s = $1"), i.a)
		require.NoError(t, err)
		if own > 0 {
			filled++
		}
		all, err := i.try(t, table.role(), i.a, fmt.Sprintf("SELECT FROM %s", table))
		require.NoError(t, err)
		require.Equal(t, own, all, "%s shows another tenant's rows", table)

		if !table.service("UPDATE") {
			continue
		}
		count, err := i.try(t, table.role(), i.a, of("UPDATE %s SET %[2]s = %[2]s WHERE %[2]s = $1"), i.b)
		require.NoError(t, err)
		require.Zero(t, count, "%s: another tenant's row was changed", table)
		count, err = i.try(t, table.role(), i.a, of("DELETE FROM %s WHERE %s = $1"), i.b)
		require.NoError(t, err)
		require.Zero(t, count, "%s: another tenant's row was deleted", table)
		if own > 0 {
			_, err = i.try(t, table.role(), i.a, of("UPDATE %s SET %s = $1"), i.b)
			requireRefused(t, denied, err, of("a row of %s (%s) handed to another tenant"))
		}
	}
	t.Logf("%d tables, %d with rows", len(i.tables), filled)
	require.GreaterOrEqual(t, filled, len(i.tables)-len(sqlstore.Services())-8, "too many tables are empty for the test to say much")
}

func TestServiceIsHeldToItsSchema(t *testing.T) {
	t.Parallel()
	i := isolate(t)
	for _, table := range i.tables {
		for _, other := range append(sqlstore.Services(), sqlstore.RoleEvent) {
			if other == table.schema {
				continue
			}
			_, err := i.try(t, postgrestest.Prefix+"_"+other, i.a, fmt.Sprintf("SELECT FROM %s", table))
			requireRefused(t, denied, err, fmt.Sprintf("%s by the %s service", table, other))
		}
	}
}

func TestRolesAcrossTenantsAreNarrow(t *testing.T) {
	t.Parallel()
	i := isolate(t)
	allowed := map[string]map[string]bool{
		sqlstore.RoleRelay: {
			"outbox": true, "streams": true, "event.lanes": true, "resource.work": true,
		},
		sqlstore.RoleOperator: {
			"tenant.tenants": true, "tenant.commands": true, "tenant.users": true, "tenant.user_roles": true,
		},
	}
	for role, tables := range allowed {
		for _, table := range i.tables {
			_, err := i.try(t, postgrestest.Prefix+"_"+role, "", fmt.Sprintf("SELECT FROM %s", table))
			if tables[table.name] || tables[table.schema+"."+table.name] {
				require.NoError(t, err, "%s by the %s", table, role)
			} else {
				requireRefused(t, denied, err, fmt.Sprintf("%s by the %s", table, role))
			}
			_, err = i.try(t, postgrestest.Prefix+"_"+role, "", fmt.Sprintf("DELETE FROM %s", table))
			requireRefused(t, denied, err, fmt.Sprintf("deleting from %s by the %s", table, role))
		}
	}
}
