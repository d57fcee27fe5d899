package postgres_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
)

// TestOpenRefusesWhatPostgreSQLDoesNotStop makes for good the mistakes of which
// the suite says that Open stops them, each in a database of its own. The roles
// are the server's, and left as they are.
func TestOpenRefusesWhatPostgreSQLDoesNotStop(t *testing.T) {
	t.Parallel()
	made := 0
	for _, a := range mistakes {
		if a.open != doctor || strings.Contains(a.do[0], "ALTER ROLE") {
			continue
		}
		d := postgrestest.New(t)
		open := func() error {
			db, err := postgres.Open(t.Context(), d.App, &postgres.Options{Prefix: postgrestest.Prefix})
			if err == nil {
				require.NoError(t, db.Close())
			}
			return err
		}
		require.NoError(t, open())
		replacer := strings.NewReplacer("{p}", postgrestest.Prefix, "{b}", string(nobody))
		superuser := connect(t, d.Superuser)
		for _, sql := range a.do {
			if strings.HasPrefix(sql, "SELECT") || strings.HasPrefix(sql, "SET") {
				break // from here on it looks at what came of it
			}
			_, err := superuser.Exec(t.Context(), replacer.Replace(sql))
			require.NoError(t, err)
		}
		require.ErrorIs(t, open(), fault.ErrUnavailable, "%s: %s", a.number, a.what)
		made++
	}
	require.Greater(t, made, 6)
}

// TestALoginForEachServiceStopsWhatItIsSaidTo makes the attacks of which the
// suite says so in the order service's own login.
func TestALoginForEachServiceStopsWhatItIsSaidTo(t *testing.T) {
	t.Parallel()
	i := withLogins(t)
	replacer := strings.NewReplacer("{p}", i.prefix, "{a}", string(nobody), "{b}", string(nobody))
	made := 0
	for _, a := range slices.Concat(injections, hijacks) {
		if !strings.HasPrefix(a.open, logins) || len(a.do) == 0 {
			continue
		}
		c := connect(t, as(t, i.App, url.UserPassword(i.prefix+"_order_login", loginsForTests()["order"]))).PgConn()
		var answer string
		for _, sql := range append([]string{"BEGIN", "SELECT set_config('role', '{p}_order', true)"}, a.do...) {
			var refused bool
			if answer, refused = said(t, c, replacer.Replace(sql)); refused {
				break
			}
		}
		require.Equal(t, denied, answer, "%s: %s", a.number, a.what)
		made++
	}
	require.Greater(t, made, 3)
}
