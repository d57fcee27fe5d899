package pgbouncertest_test

import (
	"context"
	"net"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/pgbouncertest"
	"github.com/platforma/platforma/internal/postgrestest"
)

// TestPooler has two clients share the one connection to the server, and looks
// for the pooler after its test.
func TestPooler(t *testing.T) { //nolint:tparallel // the end of its part is waited for
	t.Parallel()
	d := postgrestest.New(t)
	var dsn string
	t.Run("while", func(t *testing.T) {
		dsn = pgbouncertest.Start(t, 1, d.App).DSN(d.App)
		pid := func() (pid uint32) {
			c, err := pgx.Connect(t.Context(), dsn)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
			require.NoError(t, c.QueryRow(t.Context(), "SELECT pg_backend_pid()", pgx.QueryExecModeExec).Scan(&pid))
			return pid
		}
		first := pid()
		require.Equal(t, first, pid(), "both are served by one connection")
	})
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	_, err = net.Dial("tcp", u.Host)
	require.Error(t, err, "the pooler has ended")
}
