package survival

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgresserver"
	"github.com/platforma/platforma/storage/postgres"
)

// newServer starts a PostgreSQL server of the test's own, to be killed.
func newServer(t *testing.T) *postgresserver.Server {
	t.Helper()
	_, err := postgresserver.Find(t.Context())
	if os.Getenv("PLATFORMA_TEST_POSTGRES") == "" || errors.Is(err, postgresserver.ErrNoPostgres) {
		t.Skip("PostgreSQL is left out: run `make test`, or set PLATFORMA_TEST_POSTGRES to a superuser's DSN")
	}
	s, err := postgresserver.Start(t.Context(), &postgresserver.Options{Crashes: true})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	return s
}

// onPostgres is a campaign on a database of a server.
func onPostgres(t *testing.T, s *postgresserver.Server, name string) *campaign {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.DSN())
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))
	superuser := strings.Replace(s.DSN(), "/postgres?", "/"+name+"?", 1)
	require.NoError(t, postgres.Migrate(ctx, superuser, &postgres.MigrateOptions{
		Prefix: rolePrefix, Login: appLogin, Password: appSecret,
	}))
	config := conn.Config()
	app := strings.Replace(superuser, "postgres:"+config.Password+"@", appLogin+":"+appSecret+"@", 1)
	return &campaign{place: place{DSN: app}, server: s, driver: "pgx", dsn: superuser}
}

// onSQLite is a campaign on a file.
func onSQLite(t *testing.T) *campaign {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cloud.db")
	driver, err := place{File: file}.open(context.Background())
	require.NoError(t, err)
	require.NoError(t, driver.Close())
	return &campaign{place: place{File: file}, driver: "sqlite", dsn: file}
}
