package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/sqlite"
)

const (
	acme  scope.TenantID = "ten_01arz3ndektsv4rrffq69g5fav"
	other scope.TenantID = "ten_01arz3ndektsv4rrffq69g5faw"
)

// hosted is a database with a host's tables.
func hosted(t *testing.T, o *postgres.Options) (postgrestest.Database, storage.Driver) {
	t.Helper()
	d := postgrestest.New(t)
	_, err := connect(t, d.Owner).Exec(t.Context(), shop)
	require.NoError(t, err)
	return d, postgrestest.OpenAt(t, d, o)
}

// inTenant runs one statement of the host's.
func inTenant(ctx context.Context, db storage.Driver, sql string, args ...any) error {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...)
	return postgres.InTenant(ctx, db, batch)
}

// totals are the totals of the invoices that a tenant sees.
func totals(ctx context.Context, t *testing.T, db storage.Driver) []int64 {
	t.Helper()
	var all []int64
	batch := &pgx.Batch{}
	batch.Queue("SELECT total FROM shop.invoices ORDER BY id").Query(func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	require.NoError(t, postgres.InTenant(ctx, db, batch))
	return all
}

const invoice = "INSERT INTO shop.invoices (tenant_id, id, total) VALUES ($1, $2, $3)"

func TestHostsTablesAreHeld(t *testing.T) {
	t.Parallel()
	for name, pooler := range map[string]bool{"prepared": false, "pooler": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, db := hosted(t, &postgres.Options{MaxConns: 1, Pooler: pooler})
			ours, theirs := scope.Tenant(t.Context(), acme), scope.Tenant(t.Context(), other)
			require.NoError(t, inTenant(ours, db, invoice, acme, "1", 10))
			require.NoError(t, inTenant(theirs, db, invoice, other, "1", 20))
			require.Equal(t, []int64{10}, totals(ours, t, db))
			require.Equal(t, []int64{20}, totals(theirs, t, db))
			require.NoError(t, inTenant(theirs, db, "UPDATE shop.invoices SET total = 0"))
			require.NoError(t, inTenant(theirs, db, "DELETE FROM shop.invoices WHERE tenant_id = $1", acme))
			require.Equal(t, []int64{10}, totals(ours, t, db))

			requireRefused(t, denied, inTenant(theirs, db, invoice, acme, "2", 30), "another tenant's row")
			requireRefused(t, denied, inTenant(theirs, db, "UPDATE shop.invoices SET tenant_id = $1", acme), "a row that is handed over")
			requireRefused(t, denied, inTenant(ours, db, "SELECT FROM customer.customers"), "the library's tables")
			requireRefused(t, denied, inTenant(ours, db, "TRUNCATE shop.invoices"), "what asks no policy")
		})
	}
}

func TestHostsStatementsAreOneTransactionAndOneTrip(t *testing.T) {
	t.Parallel()
	var trips postgrestest.Trips
	_, db := hosted(t, &postgres.Options{MaxConns: 1, Dial: trips.Dial})
	ctx := scope.Tenant(t.Context(), acme)
	several := func(last int64) error {
		batch := &pgx.Batch{}
		batch.Queue("DELETE FROM shop.invoices")
		batch.Queue(invoice, acme, "1", 10)
		batch.Queue(invoice, acme, "2", 20)
		batch.Queue("SELECT platforma.expect_one($1)", last)
		return postgres.InTenant(ctx, db, batch)
	}
	require.NoError(t, several(1))
	before := trips.Count()
	require.NoError(t, several(1))
	require.EqualValues(t, 1, trips.Count()-before)
	require.NoError(t, inTenant(ctx, db, "UPDATE shop.invoices SET total = total + 1"))
	require.ErrorIs(t, several(0), fault.ErrConflict)
	require.Equal(t, []int64{11, 21}, totals(ctx, t, db), "all or none")
}

func TestHostsNeedAScope(t *testing.T) {
	t.Parallel()
	_, db := hosted(t, nil)
	for name, ctx := range map[string]context.Context{
		"none": t.Context(), "the operator's": scope.Operator(t.Context()), "no tenant's id": scope.Tenant(t.Context(), "ten_1"),
	} {
		require.ErrorIs(t, inTenant(ctx, db, "SELECT 1"), fault.ErrNoScope, name)
	}
	another, err := sqlite.Open(t.Context(), sqlite.Memory, nil)
	require.NoError(t, err)
	defer another.Close()
	require.ErrorIs(t, inTenant(scope.Tenant(t.Context(), acme), another, "SELECT 1"), fault.ErrInvalid)
}

func TestHostsErrorsHaveKinds(t *testing.T) {
	t.Parallel()
	_, db := hosted(t, &postgres.Options{MaxConns: 1})
	ctx := scope.Tenant(t.Context(), acme)
	require.NoError(t, inTenant(ctx, db, invoice, acme, "1", 10))
	for sql, kind := range map[string]fault.Kind{
		"INSERT INTO shop.invoices VALUES ('" + string(acme) + "', '1', 0)":                fault.ErrExists,
		"INSERT INTO shop.invoices VALUES ('" + string(acme) + "', '2', NULL)":             fault.ErrInvalid,
		"INSERT INTO shop.invoices VALUES ('" + string(acme) + "', '2', 1 / (length('')))": fault.ErrInvalid,
		"SELECT FROM shop.nothing": fault.ErrUnavailable,
		"SELECT":                   "",
	} {
		err := inTenant(ctx, db, sql)
		if kind == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, kind, sql)
		var e *pgconn.PgError
		require.ErrorAs(t, err, &e, sql)
		require.NotContains(t, err.Error(), e.Message)
	}
	batch := &pgx.Batch{}
	batch.Queue("SELECT total FROM shop.invoices WHERE id = '9'").QueryRow(func(row pgx.Row) error { return row.Scan(new(int64)) })
	require.ErrorIs(t, postgres.InTenant(ctx, db, batch), fault.ErrNotFound)
	mine := errors.New("mine")
	batch = &pgx.Batch{}
	batch.Queue("DELETE FROM shop.invoices").Exec(func(pgconn.CommandTag) error { return mine })
	require.Equal(t, mine, postgres.InTenant(ctx, db, batch), "a callback's error is the host's")
	require.Empty(t, totals(ctx, t, db))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, inTenant(ended, db, "SELECT 1"), fault.ErrUnavailable)
}

// TestNothingOfAHostIsLeftOnAConnection has a host set what it can for the
// session, on the one connection of the pool.
func TestNothingOfAHostIsLeftOnAConnection(t *testing.T) {
	t.Parallel()
	_, db := hosted(t, &postgres.Options{MaxConns: 1})
	ours, theirs := scope.Tenant(t.Context(), acme), scope.Tenant(t.Context(), other)
	require.NoError(t, inTenant(ours, db, invoice, acme, "1", 10))
	for _, statement := range []string{
		"SET SESSION ROLE " + postgrestest.Prefix + "_host", "SET SESSION app.tenant_id = '" + string(acme) + "'", "SET search_path = shop",
		"BEGIN", "COMMIT", "ROLLBACK",
	} {
		_ = inTenant(ours, db, statement) // refused or not
		require.Empty(t, totals(theirs, t, db), statement)
		batch := &pgx.Batch{}
		batch.Queue("SELECT current_setting('search_path')").QueryRow(func(row pgx.Row) error {
			var path string
			err := row.Scan(&path)
			require.Equal(t, `"$user", public`, path, statement)
			return err
		})
		require.NoError(t, postgres.InTenant(theirs, db, batch))
	}
}

func TestIsolateRefusesWhatThePolicyCannotHold(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	c := connect(t, d.Owner)
	_, err := c.Exec(t.Context(), "CREATE SCHEMA shop")
	require.NoError(t, err)
	for sql, condition := range map[string]string{
		`CREATE VIEW shop.v AS SELECT '' AS tenant_id; CALL platforma.isolate('shop.v')`:                                "42809",
		`CREATE TABLE shop.a (id text); CALL platforma.isolate('shop.a')`:                                               "42703",
		`CREATE TABLE shop.b (tenant_id uuid); CALL platforma.isolate('shop.b')`:                                        "42703",
		`CREATE TABLE shop.c (id text PRIMARY KEY, tenant_id text); CALL platforma.isolate('shop.c')`:                   "42P17",
		`CREATE TABLE shop.d (tenant_id text); INSERT INTO shop.d VALUES (''); CALL platforma.isolate('shop.d')`:        "23514",
		`CREATE TABLE shop.e (tenant_id text); INSERT INTO shop.e VALUES (NULL); CALL platforma.isolate('shop.e')`:      "23502",
		`CALL platforma.isolate('customer.customers')`:                                                                  denied,
		`CREATE TABLE shop.f (tenant_id text, id text); CALL platforma.isolate('shop.f', 'id''; DROP SCHEMA shop; --')`: "42703",
	} {
		_, err := c.Exec(t.Context(), sql)
		requireRefused(t, condition, err, sql)
	}
	_, err = connect(t, d.App).Exec(t.Context(), "CALL platforma.isolate('customer.customers')")
	requireRefused(t, denied, err, "the application's login")
}

// TestIsolateMendsATableThatWasChanged calls it again.
func TestIsolateMendsATableThatWasChanged(t *testing.T) {
	t.Parallel()
	d, _ := hosted(t, nil)
	c := connect(t, d.Owner)
	_, err := c.Exec(t.Context(), `ALTER TABLE shop.notes ALTER account DROP NOT NULL, DROP CONSTRAINT notes_account_check;
		ALTER TABLE shop.notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
		DROP POLICY service ON shop.notes; ALTER POLICY tenant_isolation ON shop.notes USING (true)`)
	require.NoError(t, err)
	inspect := func() []string {
		report, err := postgres.Inspect(t.Context(), d.App, &postgres.InspectOptions{Prefix: postgrestest.Prefix})
		require.NoError(t, err)
		return rulesOf(report.Findings)
	}
	require.Equal(t, []string{
		"policy-expression", "policy-of-access-missing", "table-not-forced", "table-without-security",
		"tenant-column-nullable", "tenant-column-unchecked",
	}, inspect())
	for range 2 {
		_, err = c.Exec(t.Context(), "CALL platforma.isolate('shop.notes', 'account')")
		require.NoError(t, err)
		require.Empty(t, inspect())
	}
}

// TestAHostsPartitionIsHeld has a partition named in a statement itself.
func TestAHostsPartitionIsHeld(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	c := connect(t, d.Owner)
	_, err := c.Exec(t.Context(), `CREATE SCHEMA shop;
		CREATE TABLE shop.visits (tenant_id text NOT NULL, id bigint NOT NULL, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
		CREATE TABLE shop.visits_0 PARTITION OF shop.visits FOR VALUES WITH (MODULUS 1, REMAINDER 0);
		CALL platforma.isolate('shop.visits')`)
	require.NoError(t, err)
	report, err := postgres.Inspect(t.Context(), d.App, &postgres.InspectOptions{Prefix: postgrestest.Prefix})
	require.NoError(t, err)
	require.Equal(t, []string{"child-without-policy"}, rulesOf(report.Findings))
	_, err = c.Exec(t.Context(), report.Findings[0].Mend)
	require.NoError(t, err)
	db := postgrestest.OpenAt(t, d, nil)
	ctx := scope.Tenant(t.Context(), acme)
	require.NoError(t, inTenant(ctx, db, "INSERT INTO shop.visits VALUES ($1, 1)", acme))
	requireRefused(t, denied, inTenant(ctx, db, "SELECT FROM shop.visits_0"), "a partition")
}

// TestAHostsPlanThatIsKept has a type change under it.
func TestAHostsPlanThatIsKept(t *testing.T) {
	t.Parallel()
	d, db := hosted(t, &postgres.Options{MaxConns: 1})
	ctx := scope.Tenant(t.Context(), acme)
	require.NoError(t, inTenant(ctx, db, invoice, acme, "1", 10))
	read := func() error {
		batch := &pgx.Batch{}
		batch.Queue("SELECT total FROM shop.invoices")
		return postgres.InTenant(ctx, db, batch)
	}
	require.NoError(t, read())
	_, err := connect(t, d.Owner).Exec(t.Context(), "ALTER TABLE shop.invoices ALTER total TYPE numeric")
	require.NoError(t, err)
	requireRefused(t, "0A000", read(), "the plan that was kept")
	require.NoError(t, read())
}
