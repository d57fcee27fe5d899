package postgres_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/storagetest"
)

// loginsForTests are a login for each service, and one for the host.
func loginsForTests() map[string]string {
	logins := map[string]string{}
	for _, role := range []string{"tenant", "customer", "catalog", "order", "resource", "webhook", "event", "relay", "operator", "host"} {
		logins[role] = "the-secret-of-" + role
	}
	return logins
}

// except are the clauses of the contract that are in none of some parts: they are
// about what all logins have in common, or are long.
func except(parts ...string) map[string]string {
	exclude := map[string]string{}
	for _, c := range storagetest.Clauses() {
		part, _, _ := strings.Cut(c.Name, "/")
		if !slices.Contains(parts, part) {
			exclude[c.Name] = "it is the same with one login that may set the scope, as everybody may"
		}
	}
	return exclude
}

// withLogins is an installation with a login for each service.
func withLogins(t *testing.T) installation {
	t.Helper()
	i := install(t)
	o := i.options("")
	o.Logins = loginsForTests()
	require.NoError(t, postgres.Migrate(t.Context(), i.Owner, o))
	return i
}

func TestALoginForEachServiceGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	i := withLogins(t)
	db, err := postgres.Open(t.Context(), i.App, &postgres.Options{Prefix: i.prefix, Logins: loginsForTests(), MaxConns: 2})
	require.NoError(t, err)
	p, err := platforma.New(db, platformatest.Options())
	require.NoError(t, err)
	platformatest.Seed(t, p, "acme")
	require.NoError(t, p.Close())
	_, err = pgx.Connect(t.Context(), i.login(t))
	require.ErrorContains(t, err, "not permitted to log in", "the login that may become all")
	report, err := postgres.Inspect(t.Context(), i.Owner, &postgres.InspectOptions{Prefix: i.prefix, Logins: loginsOf(i)})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	i.up(t)
	i.opens(t)
}

func loginsOf(i installation) []string {
	var names []string
	for role := range loginsForTests() {
		names = append(names, i.prefix+"_"+role+"_login")
	}
	return names
}

// TestAHijackedLoginStaysItsService has whoever took over the session of one
// service try to become each of the others.
func TestAHijackedLoginStaysItsService(t *testing.T) {
	t.Parallel()
	i := withLogins(t)
	all := loginsForTests()
	for role, password := range all {
		c := connect(t, as(t, i.App, url.UserPassword(i.prefix+"_"+role+"_login", password)))
		for other := range all {
			who := i.prefix + "_" + other
			_, err := c.Exec(t.Context(), "SELECT set_config('role', $1, true)", who)
			require.Equal(t, other == role, err == nil, "%s as %s", role, other)
			if other == role {
				continue
			}
			for _, statement := range []string{
				"SET ROLE " + who, "SET SESSION ROLE " + who, "SET LOCAL ROLE " + who, "SET SESSION AUTHORIZATION " + who,
				"GRANT " + who + " TO " + i.prefix + "_" + role + "_login",
			} {
				_, err := c.Exec(t.Context(), statement)
				requireRefused(t, denied, err, role+": "+statement)
			}
		}
		_, err := c.Exec(t.Context(), "SET ROLE "+i.prefix+"_app")
		requireRefused(t, denied, err, role+" as the login that may become all")
	}
}

// TestAHostsLoginIsItsOwn runs a host's statements with a login of their own,
// and without one.
func TestAHostsLoginIsItsOwn(t *testing.T) {
	t.Parallel()
	i := withLogins(t)
	c := connect(t, i.Owner)
	_, err := c.Exec(t.Context(), shop)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := c.Exec(context.WithoutCancel(t.Context()), "DROP SCHEMA shop CASCADE")
		require.NoError(t, err)
	})
	logins, ctx := loginsForTests(), scope.Tenant(t.Context(), acme)
	for _, known := range []bool{true, false} {
		if !known {
			delete(logins, "host")
		}
		db, err := postgres.Open(t.Context(), i.App, &postgres.Options{Prefix: i.prefix, Logins: logins, Tables: []string{"shop.notes"}})
		require.NoError(t, err)
		err = inTenant(ctx, db, "INSERT INTO shop.notes SELECT $1, session_user", acme)
		if known {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, fault.ErrInvalid)
		}
		require.NoError(t, db.Close())
	}
	var by string
	require.NoError(t, connect(t, i.Superuser).QueryRow(t.Context(), "SELECT body FROM shop.notes").Scan(&by))
	require.Equal(t, i.prefix+"_host_login", by)
}

// TestALoginThatReachesFurtherIsFound gives one service's login another's role.
func TestALoginThatReachesFurtherIsFound(t *testing.T) {
	t.Parallel()
	i := withLogins(t)
	_, err := connect(t, i.Superuser).Exec(t.Context(), "GRANT "+i.prefix+"_customer TO "+i.prefix+"_order_login")
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), i.App, &postgres.Options{Prefix: i.prefix, Logins: loginsForTests()})
	require.ErrorContains(t, err, "findings: 1\nlogin-becomes-others: login "+i.prefix+"_order_login: ")
}

func TestLoginsAreAllOrNone(t *testing.T) {
	t.Parallel()
	const nowhere = "postgres://nobody@127.0.0.1:1/none"
	for says, change := range map[string]func(map[string]string){
		"logins.order must be there":   func(l map[string]string) { delete(l, "order") },
		"logins.orders must be one of": func(l map[string]string) { l["orders"] = "" },
	} {
		logins := loginsForTests()
		change(logins)
		_, err := postgres.Open(t.Context(), nowhere, &postgres.Options{Logins: logins})
		require.ErrorIs(t, err, fault.ErrInvalid)
		require.ErrorContains(t, err, says)
		err = postgres.Migrate(t.Context(), nowhere, &postgres.MigrateOptions{Logins: logins})
		require.ErrorIs(t, err, fault.ErrInvalid)
		require.ErrorContains(t, err, says)
	}
}

// TestLoginsKeepUp has a migration without logins go on from one with them, and
// all go in the end.
func TestLoginsKeepUp(t *testing.T) {
	t.Parallel()
	i := install(t)
	o := i.options("0006")
	o.Logins = loginsForTests()
	require.NoError(t, postgres.Migrate(t.Context(), i.Owner, o))
	i.up(t)
	db, err := postgres.Open(t.Context(), i.App, &postgres.Options{Prefix: i.prefix, Logins: loginsForTests()})
	require.NoError(t, err)
	_, err = platforma.New(db, nil)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = connect(t, as(t, i.App, url.UserPassword(i.prefix+"_event_login", o.Logins["event"]))).
		Prepare(t.Context(), "", "SELECT FROM event.lanes")
	require.NoError(t, err, "a schema that came later")
	require.NoError(t, i.migrate(context.Background(), postgres.Nothing))
	require.Empty(t, i.schema(t))
}
