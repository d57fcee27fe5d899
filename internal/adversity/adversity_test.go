// Package adversity_test has the platform live through bad connections and bad
// times, on the databases that it is made for: what was committed is delivered,
// in order, at least once, and with one effect.
package adversity_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	pages "github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are those of a platform that complains to nobody.
func options() *platforma.Options {
	return &platforma.Options{
		Logger: slog.New(slog.DiscardHandler),
		Relay:  &event.RelayOptions{Backoff: func(int) time.Duration { return time.Millisecond }},
	}
}

// newPlatform is a platform that is closed at the test's end.
func newPlatform(t *testing.T, db storage.Driver, o *platforma.Options) *platforma.Platform {
	t.Helper()
	p, err := platforma.New(db, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// newTenants makes tenants.
func newTenants(t *testing.T, p *platforma.Platform, n int) []tenant.ID {
	t.Helper()
	var ids []tenant.ID
	for i := range n {
		made, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: fmt.Sprintf("tenant %d", i)})
		require.NoError(t, err)
		ids = append(ids, made.ID)
	}
	return ids
}

// onBoth runs a test on each database, with what opens one as often as there are
// processes.
func onBoth(t *testing.T, test func(t *testing.T, open func() storage.Driver)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "cloud.db")
		test(t, func() storage.Driver {
			db, err := sqlite.Open(context.Background(), path, nil)
			require.NoError(t, err)
			return db
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database := postgrestest.New(t)
		test(t, func() storage.Driver { return postgrestest.OpenAt(t, database, nil) })
	})
}

// requireUnavailable says that an error is that there was no answer.
func requireUnavailable(t testing.TB, err error) {
	t.Helper()
	var typed *fault.Error
	require.ErrorAs(t, err, &typed)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.NotContains(t, err.Error(), "SQLSTATE")
}

// page is the first one, of as much as there can be.
func page() pages.Request { return pages.Request{Limit: 100} }

// eventually waits for what another does.
func eventually(t *testing.T, come func() bool) {
	t.Helper()
	require.Eventually(t, come, time.Minute, time.Millisecond)
}

// connect goes round the platform, to the database itself.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
	return c
}

// across is the operator's scope, in which the relay works.
func across(t *testing.T) context.Context {
	t.Helper()
	return scope.Operator(t.Context())
}
