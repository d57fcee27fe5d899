package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgresserver"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// texts looks at what the login's other sessions ran last.
func texts(t *testing.T, h *hostile) string {
	t.Helper()
	_, err := h.platform.Customers.Get(tenant.NewContext(t.Context(), h.b.Tenant), h.b.Customer.ID)
	require.NoError(t, err)
	rows, err := connect(t, h.database.App).Query(t.Context(), `SELECT query FROM pg_stat_activity
		WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() AND query LIKE '%$1%'`)
	require.NoError(t, err)
	seen, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, seen, "the adapter's connection was seen")
	with := 0
	for _, text := range seen {
		if strings.Contains(text, string(h.b.Tenant)) || strings.Contains(text, string(h.b.Customer.ID)) {
			with++
		}
	}
	return fmt.Sprintf("%d with values", with)
}

// guess has the planner guess the rows of a tenant that has many, and of one
// that has none.
func guess(t *testing.T, h *hostile) string {
	t.Helper()
	superuser := connect(t, h.database.Superuser)
	_, err := superuser.Exec(t.Context(), `INSERT INTO customer.terms (tenant_id, key, value, id)
		SELECT $1, 'many', n::text, n::text FROM generate_series(1, 3000) n`, h.b.Tenant)
	require.NoError(t, err)
	_, err = superuser.Exec(t.Context(), "ANALYZE customer.terms")
	require.NoError(t, err)
	of := func(id tenant.ID) string {
		plan := h.attempt(t, attack{as: "customer@a", do: []string{
			fmt.Sprintf("EXPLAIN (FORMAT JSON) SELECT FROM customer.terms WHERE tenant_id = '%s'", id),
		}})
		return strings.ReplaceAll(plan, string(id), "?")
	}
	if of(h.b.Tenant) != of(nobody) {
		return "a guess that differs"
	}
	return "the same guess"
}

func notification(t *testing.T, h *hostile) string {
	t.Helper()
	listener := connect(t, h.database.App)
	_, err := listener.Exec(t.Context(), "LISTEN whatever")
	require.NoError(t, err)
	h.attempt(t, attack{as: "order@a", do: []string{"SELECT pg_notify('whatever', 'from A')", "COMMIT"}})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := listener.WaitForNotification(ctx); err != nil {
		return err.Error()
	}
	return "heard"
}

func cancelling(t *testing.T, h *hostile) string {
	t.Helper()
	victim := connect(t, h.database.App)
	return h.attempt(t, attack{as: "session", do: []string{fmt.Sprintf("SELECT pg_cancel_backend(%d)::text", victim.PgConn().PID())}})
}

// replica connects as replicas do.
func replica(t *testing.T, h *hostile) string {
	t.Helper()
	config, err := pgconn.ParseConfig(h.database.App)
	require.NoError(t, err)
	config.RuntimeParams["replication"] = "database"
	_, err = pgconn.ConnectConfig(t.Context(), config)
	requireRefused(t, denied, err, "a replica")
	return denied
}

func removed(t *testing.T, h *hostile) string {
	t.Helper()
	plan := h.attempt(t, attack{as: "order@a", do: []string{
		"SET LOCAL enable_indexscan = off", "SET LOCAL enable_bitmapscan = off", "SET LOCAL enable_indexonlyscan = off",
		`EXPLAIN (ANALYZE) SELECT FROM "order".orders WHERE status <> ''`,
	}})
	if strings.Contains(plan, "Rows Removed by Filter: 1") {
		return "rows removed"
	}
	return plan
}

// opening opens the library with a DSN.
func opening(dsn func(*hostile) string) func(*testing.T, *hostile) string {
	return func(t *testing.T, h *hostile) string {
		db, err := postgres.Open(t.Context(), dsn(h), &postgres.Options{Prefix: postgrestest.Prefix})
		if errors.Is(err, fault.ErrUnavailable) {
			return "refused"
		}
		require.NoError(t, err)
		require.NoError(t, db.Close())
		return "opened"
	}
}

// dump is what pg_dump writes, and what it says when it fails.
func dump(t *testing.T, dsn string, args ...string) (written, failure string) {
	t.Helper()
	bin, err := postgresserver.Find(t.Context())
	require.NoError(t, err, "pg_dump is a part of it")
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin.Dir, "pg_dump"), append(args, dsn)...)
	var out, says bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &says
	if cmd.Run() != nil {
		return "", says.String()
	}
	return out.String(), ""
}

// dumping says whose rows a dump has, or which of the expected reasons it has
// for having none.
func dumping(dsn func(*hostile) string, args ...string) func(*testing.T, *hostile) string {
	return func(t *testing.T, h *hostile) string {
		written, failure := dump(t, dsn(h), args...)
		for _, reason := range []string{"permission denied", "row-level security"} {
			if strings.Contains(failure, reason) {
				return reason
			}
		}
		require.Empty(t, failure)
		a, b := strings.Contains(written, string(h.a.Tenant)), strings.Contains(written, string(h.b.Tenant))
		return map[[2]bool]string{{true, true}: "both tenants", {false, false}: "no tenant"}[[2]bool{a, b}]
	}
}

// forced looks for the policies in a dump of the schema.
func forced(t *testing.T, h *hostile) string {
	t.Helper()
	written, failure := dump(t, h.database.Superuser, "--schema-only")
	require.Empty(t, failure)
	for _, r := range readRelations(t, connect(t, h.database.Superuser)) {
		if r.tenant == "" {
			continue
		}
		for _, statement := range []string{
			"ALTER TABLE ONLY " + r.SQL + " FORCE ROW LEVEL SECURITY;", "ALTER TABLE " + r.SQL + " ENABLE ROW LEVEL SECURITY;",
			"CREATE POLICY tenant_isolation ON " + r.SQL + " AS RESTRICTIVE ",
		} {
			if !strings.Contains(written, statement) {
				return "not in the dump: " + statement
			}
		}
	}
	return "all tables forced and restricted"
}

// telling has a block read another tenant's rows and say in an error whose they
// are.
func telling(t *testing.T, h *hostile) string {
	t.Helper()
	e := h.refused(t, "order@a", h.replacer.Replace(`DO $$ BEGIN
		PERFORM set_config('app.tenant_id', '{b}', true);
		RAISE EXCEPTION '%', (SELECT tenant_id FROM "order".orders);
	END $$`))
	if e.Message == string(h.b.Tenant) {
		return "told"
	}
	return e.Code
}

// TestWhatWouldStopTheRest takes from everybody the functions that attacks need
// which a sealed database does not stop, as their rows advise, and makes the
// attacks again. The library works as before.
func TestWhatWouldStopTheRest(t *testing.T) {
	t.Parallel()
	h := newHostile(t, true)
	_, err := connect(t, h.database.Superuser).PgConn().Exec(t.Context(), `REVOKE EXECUTE ON FUNCTION
		pg_notify(text, text), lo_from_bytea(oid, bytea), pg_try_advisory_xact_lock(bigint) FROM PUBLIC`).ReadAll()
	require.NoError(t, err)
	stopped := 0
	for _, a := range injections {
		if strings.Contains(a.open, "REVOKE EXECUTE") && len(a.do) > 0 {
			require.Equal(t, denied, h.attempt(t, a), "%s: %s", a.number, a.what)
			stopped++
		}
	}
	require.Equal(t, 2, stopped)
	platformatest.Seed(t, h.platform, "third")
}
