package postgresserver

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What was answered is there after a crash, and what was under way is not.
func TestKill(t *testing.T) {
	t.Parallel()
	need(t)
	s := started(t, &Options{Crashes: true})
	conn := connected(t, s.DSN())
	_, err := conn.Exec(t.Context(), "CREATE TABLE kept (n int)")
	require.NoError(t, err)
	for n := range 5 {
		_, err := conn.Exec(t.Context(), "INSERT INTO kept VALUES ($1)", n)
		require.NoError(t, err)
		open, err := pgx.Connect(t.Context(), s.DSN())
		require.NoError(t, err)
		_, err = open.Exec(t.Context(), "BEGIN; INSERT INTO kept VALUES (1000)")
		require.NoError(t, err)

		require.NoError(t, s.Kill())
		require.Error(t, conn.Ping(t.Context()), "its children live")
		require.Error(t, open.Ping(t.Context()), "its children live")
		_, err = pgx.Connect(t.Context(), s.DSN())
		require.Error(t, err, "the server answers")

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		require.NoError(t, s.Restart(ctx))
		cancel()
		conn = connected(t, s.DSN())
		var count, highest int
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*), max(n) FROM kept").Scan(&count, &highest))
		assert.Equal(t, n+1, count)
		assert.Equal(t, n, highest)
	}
}
