package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/sqlite"
)

// lane is one that nobody holds.
var lane = event.Lane{Subscription: "mirror", Service: "order", Tenant: "ten_00000000000000000000000000"}

// TestACallerThatGivesUpDoesNotWaitForTheLock has another process hold the
// file's lock for longer than a caller is willing to wait.
func TestACallerThatGivesUpDoesNotWaitForTheLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cloud.db")
	db := open(t, path)
	other, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer other.Close()
	held, err := other.Conn(t.Context())
	require.NoError(t, err)
	defer held.Close()
	_, err = held.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(scope.Operator(t.Context()), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err = db.Events().Extend(ctx, lane, time.Second)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.Less(t, time.Since(began), 5*time.Second)
	_, err = held.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.ErrorIs(t, db.Events().Extend(scope.Operator(t.Context()), lane, time.Second), fault.ErrConflict)

	_, err = sqlite.Open(ctx, path, nil)
	require.ErrorIs(t, err, fault.ErrUnavailable)
}
