package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/storage/storagetest"
)

func open(t *testing.T, path string) storage.Driver {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestContractInAFile(t *testing.T) {
	t.Parallel()
	var paths, explainers sync.Map // of storage.Driver to its file, and to its explainer
	explained(t, &explainers)
	openAt := func(t *testing.T, path string) storage.Driver {
		db := open(t, path)
		paths.Store(db, path)
		explainers.Store(db, newExplainer(t, db, path))
		return db
	}
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		return openAt(t, filepath.Join(t.TempDir(), "cloud ?#%.db"))
	}, &storagetest.Options{
		Reopen: func(t *testing.T, d storage.Driver) storage.Driver {
			require.NoError(t, d.Close())
			path, _ := paths.Load(d)
			return openAt(t, path.(string))
		},
		Plans: func(t *testing.T, d storage.Driver, operation func()) []storagetest.Plan {
			e, _ := explainers.Load(d)
			return e.(*explainer).run(t, operation)
		},
		Migrations: func(t *testing.T) storagetest.Migrations { return file(filepath.Join(t.TempDir(), "cloud.db")) },
	})
}

func TestContractInMemory(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Driver { return open(t, sqlite.Memory) }, nil)
}

// TestOpenByManyAtOnce opens a file that is not there yet several times over:
// one migrates it, the others wait.
func TestOpenByManyAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cloud.db")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			db, err := sqlite.Open(context.Background(), path, nil)
			if err != nil {
				t.Errorf("a starter: %v", err)
				return
			}
			if err := db.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		})
	}
	group.Wait()
	require.Equal(t, sqlite.Versions(), marks(t, path))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	require.NoError(t, os.WriteFile(garbage, []byte(strings.Repeat("no database ", 500)), 0o600))
	for name, path := range map[string]string{
		"no path": "", "no folder": filepath.Join(t.TempDir(), "none", "cloud.db"), "no database": garbage,
	} {
		_, err := sqlite.Open(t.Context(), path, nil)
		require.ErrorIs(t, err, fault.ErrUnavailable, name)
	}
}
