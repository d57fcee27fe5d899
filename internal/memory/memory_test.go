package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/storagetest"
)

func open(t *testing.T) storage.Driver {
	t.Helper()
	d := memory.New()
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func reopen(t *testing.T, d storage.Driver) storage.Driver {
	t.Helper()
	require.NoError(t, d.Close())
	return d // which is the database, and has been left as it was
}

func TestContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, open, &storagetest.Options{Reopen: reopen})
}
