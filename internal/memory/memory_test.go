package memory_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/storagetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(*testing.T) storage.Driver { return memory.New() }, &storagetest.Options{
		Reopen: func(t *testing.T, d storage.Driver) storage.Driver {
			t.Helper()
			require.NoError(t, d.Close())
			return d // closing ends nothing: it is the database as it was left
		},
	})
}

// A stranger's adapter has what is exported, and nothing else.
func TestOnlyWhatIsExportedIsKnown(t *testing.T) {
	t.Parallel()
	const module = "github.com/platforma/platforma/"
	ours := map[string]bool{}
	for _, file := range sources(t) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range tree.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			require.NotContains(t, path, "internal", "imported by %s", file)
			if strings.Contains(path, ".") {
				require.True(t, strings.HasPrefix(path, module), "%s imports %s", file, path)
				ours[strings.TrimPrefix(path, module)] = true
			}
		}
	}
	require.True(t, ours["storage"], "these are the adapter's files")
}

// Whoever learns from it how to write one should read it in one sitting.
func TestItIsShort(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, file := range sources(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		lines += strings.Count(string(text), "\n")
	}
	require.Less(t, lines, mostLines)
}

const mostLines = 1600

func sources(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var sources []string
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			sources = append(sources, file)
		}
	}
	require.NotEmpty(t, sources)
	return sources
}

func errorOf(_ int, err error) error { return err }

// Leases are in the database's time, which a test can turn.
func TestLeasesEndInTheGivenTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	db := memory.NewAt(func() time.Time { return now })
	p, err := platforma.New(db, platformatest.Options())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	platformatest.Seed(t, p, "acme")

	operator := scope.Operator(t.Context())
	require.NoError(t, db.Events().Register(operator, event.Registration{Subscription: "late", Services: []string{"order"}}))
	require.NoError(t, errorOf(db.Events().Stamp(operator, event.Stamping{Service: "order", Limit: 9})))
	claim := func() []event.Lane {
		lanes, err := db.Events().Claim(operator, event.Claim{
			Subscription: "late", Service: "order", Lease: time.Minute, Limit: 9,
		})
		require.NoError(t, err)
		return lanes
	}
	require.Len(t, claim(), 1)
	now = now.Add(time.Minute - time.Nanosecond)
	require.Empty(t, claim(), "it is leased")
	now = now.Add(time.Nanosecond)
	again := claim()
	require.Len(t, again, 1, "the lease is over")
	require.Equal(t, int64(2), again[0].Epoch)
}
