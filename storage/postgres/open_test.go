package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

func TestOpenRefusesAnUnsafeLogin(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	for name, c := range map[string]struct{ dsn, says string }{
		"superuser":  {d.Superuser, "login-superuser: login "},
		"the owner":  {d.Owner, "login-owns-objects: login "},
		"no server":  {"postgres://nobody@127.0.0.1:1/none", "connect"},
		"no DSN":     {"postgres://%zz", "parse"},
		"bypass RLS": {bypassing(t, d), "NOBYPASSRLS;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := postgres.Open(t.Context(), c.dsn, &postgres.Options{Prefix: postgrestest.Prefix})
			require.ErrorIs(t, err, fault.ErrUnavailable)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// bypassing makes a login that row-level security does not hold.
func bypassing(t *testing.T, d postgrestest.Database) string {
	t.Helper()
	const name = postgrestest.Prefix + "_bypassing"
	c := connect(t, d.Superuser)
	_, err := c.Exec(t.Context(), "DROP ROLE IF EXISTS "+name)
	require.NoError(t, err)
	_, err = c.Exec(t.Context(), "CREATE ROLE "+name+" LOGIN BYPASSRLS PASSWORD 'p'")
	require.NoError(t, err)
	_, err = c.Exec(t.Context(), fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", pgx.Identifier{c.Config().Database}.Sanitize(), name))
	require.NoError(t, err)
	return as(t, d.App, url.UserPassword(name, "p"))
}

func as(t *testing.T, dsn string, user *url.Userinfo) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = user
	return u.String()
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.WithoutCancel(t.Context()))) })
	return c
}

func TestOpenRefusesAnUnmigratedDatabase(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	_, err := connect(t, d.Owner).Exec(t.Context(), "DELETE FROM platforma.applied WHERE name = (SELECT max(name) FROM platforma.applied)")
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), d.App, &postgres.Options{Prefix: postgrestest.Prefix})
	require.ErrorContains(t, err, "run postgres.Migrate")
}

// TestMigrateByManyAtOnce starts several processes' worth of migrations on an
// empty database.
func TestMigrateByManyAtOnce(t *testing.T) {
	t.Parallel()
	d := install(t)
	o := &postgres.MigrateOptions{Prefix: d.prefix, Password: "it's a secret"}
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() { errs[i] = postgres.Migrate(t.Context(), d.Owner, o) })
	}
	group.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, postgres.Versions(), d.marks(t))
	app := as(t, d.App, url.UserPassword(d.prefix+"_app", "it's a secret"))
	db, err := postgres.Open(t.Context(), app, &postgres.Options{Prefix: d.prefix})
	require.NoError(t, err)
	_, err = db.Tenants().BySlug(tenant.AsOperator(t.Context()), "nobody")
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.NoError(t, db.Close())
}

// TestInstallationsOnOneServerStayApart has one installation's login knock at
// another's database.
func TestInstallationsOnOneServerStayApart(t *testing.T) {
	t.Parallel()
	one, two := postgrestest.Empty(t), postgrestest.Empty(t)
	for prefix, d := range map[string]postgrestest.Database{"platforma_one": one, "platforma_two": two} {
		require.NoError(t, postgres.Migrate(t.Context(), d.Owner, &postgres.MigrateOptions{Prefix: prefix, Password: "p"}))
	}
	_, err := pgx.Connect(t.Context(), as(t, two.App, url.UserPassword("platforma_one_app", "p")))
	require.ErrorContains(t, err, "permission denied")
	_, err = pgx.Connect(t.Context(), as(t, one.App, url.UserPassword("platforma_one_app", "p")))
	require.NoError(t, err)
}

func TestMigrateRefusesBadNames(t *testing.T) {
	t.Parallel()
	d := postgrestest.Empty(t)
	for _, name := range []string{`x"; DROP ROLE postgres; --`, "Über", "a-b", strings.Repeat("x", 60)} {
		err := postgres.Migrate(t.Context(), d.Owner, &postgres.MigrateOptions{Prefix: name})
		require.ErrorContains(t, err, "role's name", name)
	}
}
