package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/storage/storagetest"
	"github.com/platforma/platforma/tenant"
)

func open(t *testing.T, path string) storage.Driver {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestContract(t *testing.T) {
	t.Parallel()
	var explainers sync.Map
	explained(t, &explainers)
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		path := filepath.Join(t.TempDir(), "cloud ?#%.db")
		db := open(t, path)
		explainers.Store(db, newExplainer(t, db, path))
		return db
	}, &storagetest.Options{Plans: func(t *testing.T, d storage.Driver, operation func()) []storagetest.Plan {
		e, _ := explainers.Load(d)
		return e.(*explainer).run(t, operation)
	}})
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

// TestReopen reads in a second session what a first one wrote.
func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cloud.db")
	first, err := sqlite.Open(t.Context(), path, nil)
	require.NoError(t, err)
	made := tenant.Tenant{ID: "ten_01kdyak3seem89vkp3nm3qvv3c", Name: "Acme", Slug: "acme", Status: tenant.Active, Version: 1}
	ctx := tenant.NewContext(t.Context(), made.ID)
	owner := tenant.Role{ID: "role_01kdyak3seem89vkp3nm3qvv3c", Name: "owner", Version: 1}
	require.NoError(t, first.Tenants().Create(ctx, made, owner, event.Commit{}))
	require.NoError(t, first.Close())
	got, err := open(t, path).Tenants().Get(ctx)
	require.NoError(t, err)
	require.Equal(t, "Acme", got.Name)
}
