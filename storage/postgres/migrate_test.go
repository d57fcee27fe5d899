package postgres_test

import (
	"context"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/storage/postgres"
)

// TestEveryVersionIsTheSameFromAboveAndBelow goes up and down step by step, and
// up again in one go.
func TestEveryVersionIsTheSameFromAboveAndBelow(t *testing.T) {
	t.Parallel()
	i := install(t)
	versions := postgres.Versions()
	path := append([]string{postgres.Nothing}, versions...)
	below := map[string][]string{postgres.Nothing: i.schema(t)}
	for n, version := range versions {
		require.NoError(t, i.migrate(t.Context(), version))
		require.Equal(t, path[1:n+2], i.marks(t))
		below[version] = i.schema(t)
		require.NotEqual(t, below[path[n]], below[version])
	}
	for n, version := range slices.Backward(path) {
		require.NoError(t, i.migrate(t.Context(), version))
		require.Empty(t, cmp.Diff(below[version], i.schema(t)), "down to %s", version)
		if n > 0 {
			require.Equal(t, path[1:n+1], i.marks(t))
		}
	}
	require.NoError(t, i.migrate(t.Context(), postgres.Nothing), "what is nothing already")
	i.up(t)
	require.Empty(t, cmp.Diff(below[path[len(path)-1]], i.schema(t)), "up again")
	require.NoError(t, i.migrate(t.Context(), postgres.Nothing))
	require.Empty(t, cmp.Diff(below[postgres.Nothing], i.schema(t)), "down in one go")
}

func TestMigrateRefusesAnUnknownVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1", "9999", "0001_kernel", " "} {
		// There is no server: it is refused before anything happens.
		err := postgres.Migrate(t.Context(), "postgres://nobody@127.0.0.1:1/none", &postgres.MigrateOptions{To: version})
		require.ErrorIs(t, err, fault.ErrInvalid)
		require.ErrorContains(t, err, "postgres.migrate: invalid: to must be empty or one of 0000, 0001")
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.up(t)
	c := connect(t, i.Superuser)
	_, err := c.Exec(t.Context(), "INSERT INTO platforma.applied (name) VALUES ('9999')")
	require.NoError(t, err)
	before := i.schema(t)
	for _, to := range append(postgres.Versions(), "", postgres.Nothing) {
		err := i.migrate(t.Context(), to)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		require.ErrorContains(t, err, "(9999): use a newer one")
	}
	require.Empty(t, cmp.Diff(before, i.schema(t)))
	_, err = postgres.Open(t.Context(), i.login(t), &postgres.Options{Prefix: i.prefix})
	require.ErrorContains(t, err, "(9999): use a newer one")
	_, err = c.Exec(t.Context(), "DELETE FROM platforma.applied WHERE name = '9999'")
	require.NoError(t, err)
	i.opens(t)
}

// fuse is a context that ends when it has been asked so many times whether it
// has: whoever works under it dies at that point.
type fuse struct {
	context.Context //nolint:containedctx // it is one
	left            atomic.Int64
	burn            func()
}

func newFuse(t *testing.T, points int) *fuse {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	f := &fuse{Context: ctx, burn: cancel}
	f.left.Store(int64(points))
	return f
}

func (f *fuse) Done() <-chan struct{} {
	if f.left.Add(-1) <= 0 {
		f.burn()
	}
	return f.Context.Done()
}

// TestAStarterThatDiesHalfWay has starters die one after the other, each a few
// points later than the one before, until one completes: on the way up, and on
// the way down.
func TestAStarterThatDiesHalfWay(t *testing.T) {
	t.Parallel()
	i := install(t)
	nothing := i.schema(t)
	i.up(t)
	whole := i.schema(t)
	require.NoError(t, i.migrate(t.Context(), postgres.Nothing))
	for _, way := range []struct {
		to   string
		want []string
	}{{"", whole}, {postgres.Nothing, nothing}} {
		died := 0
		for points := 1; ; points += 13 {
			err := i.migrate(newFuse(t, points), way.to)
			if err == nil {
				break
			}
			died++
			require.ErrorIs(t, err, context.Canceled, "%d points to %q", points, way.to)
		}
		require.Greater(t, died, 10)
		require.Empty(t, cmp.Diff(way.want, i.schema(t)), "to %q", way.to)
	}
}

// TestASessionThatDiesHalfWay has the server end a starter's session in the
// middle of a migration. The starter does not go on without its lock.
func TestASessionThatDiesHalfWay(t *testing.T) {
	t.Parallel()
	i := install(t)
	require.NoError(t, i.migrate(t.Context(), "0004"))
	blocker, watcher := connect(t, i.Superuser), connect(t, i.Superuser)
	tx, err := blocker.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "CREATE TABLE resource.clusters ()") // the starter waits for its name
	require.NoError(t, err)
	starters := make(chan error, 2)
	start := func() { starters <- i.migrate(t.Context(), "") }
	sessions := func(sql string) (n int) {
		require.NoError(t, watcher.QueryRow(t.Context(), "SELECT count(*) FROM (SELECT "+sql+` FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
			AND (wait_event = 'advisory') = $1) _`, sql == "pid").Scan(&n))
		return n
	}
	waits := func(sql string) {
		require.Eventually(t, func() bool { return sessions(sql) == 1 }, 20*time.Second, 5*time.Millisecond)
	}
	go start()
	waits("query") // the first, for the table
	go start()
	waits("pid") // the second, for the first
	require.Equal(t, 1, sessions("pg_terminate_backend(pid)"))
	require.ErrorIs(t, <-starters, fault.ErrUnavailable)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, <-starters)
	i.opens(t)
}

// TestALostSessionIsNotReplaced has the server end the session that holds the
// lock while nothing is under way: another would go on without knowing what
// happened in between.
func TestALostSessionIsNotReplaced(t *testing.T) {
	t.Parallel()
	i := install(t)
	db, err := postgres.Session(i.Owner)
	require.NoError(t, err)
	defer db.Close()
	var session int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&session))
	var ended bool
	require.NoError(t, connect(t, i.Superuser).QueryRow(t.Context(), "SELECT pg_terminate_backend($1, 20000)", session).Scan(&ended))
	require.True(t, ended)
	for range 3 {
		_, err = db.ExecContext(t.Context(), "SELECT 1")
		require.Error(t, err)
	}
	require.ErrorContains(t, err, "the connection was lost")
}

// TestMarksAreAdopted has a process die between a migration and bun's mark of it.
func TestMarksAreAdopted(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.up(t)
	c := connect(t, i.Owner)
	_, err := c.Exec(t.Context(), "DELETE FROM platforma.migrations WHERE name >= '0005'")
	require.NoError(t, err)
	i.up(t)
	require.Equal(t, postgres.Versions(), i.marks(t))
	require.NoError(t, i.migrate(t.Context(), "0005"))
	_, err = c.Exec(t.Context(), "INSERT INTO platforma.migrations (name, group_id) VALUES ('0006', 1), ('0007', 1)")
	require.NoError(t, err)
	i.up(t)
	require.Equal(t, postgres.Versions(), i.marks(t))
	i.opens(t)
}

// TestDownSparesWhatIsNotTheLibrarys has a host's view hang on a table.
func TestDownSparesWhatIsNotTheLibrarys(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.up(t)
	c := connect(t, i.Superuser)
	_, err := c.Exec(t.Context(), "CREATE VIEW public.report AS SELECT count(*) FROM customer.customers")
	require.NoError(t, err)
	require.ErrorIs(t, i.migrate(t.Context(), postgres.Nothing), fault.ErrUnavailable)
	require.Equal(t, []string{"0001", "0002", "0003"}, i.marks(t))
	_, err = c.Exec(t.Context(), "SELECT FROM public.report; DROP VIEW public.report")
	require.NoError(t, err)
	require.NoError(t, i.migrate(t.Context(), postgres.Nothing))
}

// TestDownNeedsItsOwnRoles has the wrong prefix go down.
func TestDownNeedsItsOwnRoles(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.up(t)
	before := i.schema(t)
	for _, to := range []string{postgres.Nothing, "0007"} {
		err := postgres.Migrate(t.Context(), i.Owner, &postgres.MigrateOptions{Prefix: "platforma_test_nobodys", To: to})
		require.ErrorIs(t, err, fault.ErrUnavailable)
		require.ErrorContains(t, err, `"platforma_test_nobodys_host" does not exist`)
	}
	require.Empty(t, cmp.Diff(before, i.schema(t)))
	i.opens(t)
}

// TestRolesGoWhenNobodyNeedsThem has two databases share their roles.
func TestRolesGoWhenNobodyNeedsThem(t *testing.T) {
	t.Parallel()
	one, two := install(t), install(t)
	two.prefix = one.prefix
	one.up(t)
	two.up(t)
	require.NoError(t, one.migrate(t.Context(), postgres.Nothing))
	two.opens(t)
	_, err := pgx.Connect(t.Context(), one.login(t))
	require.ErrorContains(t, err, "permission denied", "the database is open to nobody, PUBLIC included")
	require.NoError(t, two.migrate(t.Context(), postgres.Nothing))
	require.Empty(t, two.schema(t))
}

// TestWhatGoingDownLosesIsDocumented wants a row for every version.
func TestWhatGoingDownLosesIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/postgres.md")
	require.NoError(t, err)
	versions := postgres.Versions()
	for _, version := range append([]string{postgres.Nothing}, versions[:len(versions)-1]...) {
		require.Contains(t, string(text), "\n| `"+version+"`")
	}
}
