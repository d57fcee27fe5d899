package sqlite_test

import (
	"cmp"
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
)

func migrate(ctx context.Context, path, to string) error {
	return sqlite.Migrate(ctx, path, &sqlite.MigrateOptions{To: to})
}

// file is a database file whose schema goes up and down.
type file string

func (f file) Versions() []string { return sqlite.Versions() }

func (f file) To(ctx context.Context, version string) error {
	return migrate(ctx, string(f), cmp.Or(version, sqlite.Nothing))
}

func (f file) Open(t *testing.T) storage.Driver {
	t.Helper()
	return open(t, string(f))
}

// raw opens a file behind the adapter's back.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// column reads a query's one column.
func column(t *testing.T, path, query string) []string {
	t.Helper()
	rows, err := raw(t, path).QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	var values []string
	for rows.Next() {
		var value string
		require.NoError(t, rows.Scan(&value))
		values = append(values, value)
	}
	require.NoError(t, rows.Err())
	return values
}

// schema is all that a file's schema consists of. SQLite's own tables are left
// out: the one that counts for others' keys comes with the first, and stays.
func schema(t *testing.T, path string) []string {
	t.Helper()
	return column(t, path, `SELECT type || ' ' || name || ' of ' || tbl_name || ': ' || coalesce(sql, '')
		FROM sqlite_schema WHERE tbl_name NOT LIKE 'sqlite_%' ORDER BY 1`)
}

func marks(t *testing.T, path string) []string {
	t.Helper()
	return column(t, path, "SELECT name FROM platforma_migrations ORDER BY name")
}

// TestEveryVersionIsTheSameFromAboveAndBelow goes up and down step by step, and
// up again in one go.
func TestEveryVersionIsTheSameFromAboveAndBelow(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cloud.db")
	versions := sqlite.Versions()
	path := append([]string{sqlite.Nothing}, versions...)
	below := map[string][]string{sqlite.Nothing: nil}
	for n, version := range versions {
		require.NoError(t, migrate(t.Context(), file, version))
		require.Equal(t, path[1:n+2], marks(t, file))
		below[version] = schema(t, file)
		require.NotEqual(t, below[path[n]], below[version])
	}
	for n, version := range slices.Backward(path) {
		require.NoError(t, migrate(t.Context(), file, version))
		require.Empty(t, diff.Diff(below[version], schema(t, file)), "down to %s", version)
		if n > 0 {
			require.Equal(t, path[1:n+1], marks(t, file))
		}
	}
	require.NoError(t, migrate(t.Context(), file, sqlite.Nothing), "what is nothing already")
	require.NoError(t, open(t, file).Close())
	require.Empty(t, diff.Diff(below[path[len(path)-1]], schema(t, file)), "up again")
	require.NoError(t, migrate(t.Context(), file, sqlite.Nothing))
	require.Empty(t, schema(t, file), "down in one go")
}

func TestMigrateRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "none.db")
	for _, version := range []string{"1", "9999", "0001_ledgers", " "} {
		err := migrate(t.Context(), file, version)
		require.ErrorIs(t, err, fault.ErrInvalid)
		require.ErrorContains(t, err, "sqlite.migrate: invalid: to must be empty or one of 0000, 0001")
		require.NoFileExists(t, file, "before anything happens")
	}
	for _, path := range []string{"", sqlite.Memory, filepath.Join(t.TempDir(), "none", "cloud.db")} {
		require.ErrorIs(t, sqlite.Migrate(t.Context(), path, nil), fault.ErrUnavailable, path)
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cloud.db")
	require.NoError(t, sqlite.Migrate(t.Context(), file, nil))
	_, err := raw(t, file).ExecContext(t.Context(), "INSERT INTO platforma_migrations (name, group_id) VALUES ('9999', 2)")
	require.NoError(t, err)
	before := schema(t, file)
	for _, to := range append(sqlite.Versions(), "", sqlite.Nothing) {
		err := migrate(t.Context(), file, to)
		require.ErrorIs(t, err, fault.ErrUnavailable)
		require.ErrorContains(t, err, "(9999): use a newer one")
	}
	_, err = sqlite.Open(t.Context(), file, nil)
	require.ErrorContains(t, err, "(9999): use a newer one")
	require.Empty(t, diff.Diff(before, schema(t, file)))
	require.Equal(t, append(sqlite.Versions(), "9999"), marks(t, file))
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

// TestAStarterThatDiesHalfWay has a starter die at many points of its way up,
// and of its way down: it leaves all of the schema or nothing, and the next one
// completes.
func TestAStarterThatDiesHalfWay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cloud.db")
	require.NoError(t, sqlite.Migrate(t.Context(), file, nil))
	whole := schema(t, file)
	newest := sqlite.Versions()[len(sqlite.Versions())-1]
	require.NoError(t, migrate(t.Context(), file, sqlite.Nothing))
	died := map[string]int{}
	for points, alive := 1, 0; alive < 2; points += 1 + points/2 {
		alive = 0
		for _, way := range []struct {
			to         string
			from, want []string
		}{{newest, nil, whole}, {sqlite.Nothing, whole, nil}} {
			if err := migrate(newFuse(t, points), file, way.to); err == nil {
				alive++
			} else {
				require.ErrorIs(t, err, context.Canceled, "%d points to %s", points, way.to)
				died[way.to]++
				if left := schema(t, file); !diff.Equal(left, way.want) { // it may have died of the last word
					require.Empty(t, diff.Diff(way.from, left), "after %d points to %s", points, way.to)
				}
			}
			require.NoError(t, migrate(t.Context(), file, way.to), "after %d points to %s", points, way.to)
			require.Empty(t, diff.Diff(way.want, schema(t, file)), "after %d points to %s", points, way.to)
		}
	}
	require.Greater(t, died[newest], 6)
	require.Greater(t, died[sqlite.Nothing], 6)
}

// TestDownSparesWhatIsNotTheLibrarys has a host keep a table in the same file.
func TestDownSparesWhatIsNotTheLibrarys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cloud.db")
	require.NoError(t, sqlite.Migrate(t.Context(), file, nil))
	_, err := raw(t, file).ExecContext(t.Context(), "CREATE TABLE report (day TEXT) STRICT")
	require.NoError(t, err)
	require.NoError(t, migrate(t.Context(), file, sqlite.Nothing))
	require.Equal(t, []string{"table report of report: CREATE TABLE report (day TEXT) STRICT"}, schema(t, file))
}
