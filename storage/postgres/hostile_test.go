package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage/postgres"
)

// attack is one way to get at what is another's, and what comes of it.
type attack struct {
	number string
	what   string
	// as is who sends the statements: "order@a" the service's role in tenant A,
	// "relay@" one that acts in none, "login" the application's login alone, each
	// in a transaction that is rolled back; "owner" and "superuser" the same for
	// those logins; "session" is the application's login with nothing begun.
	as string
	// do are statements, sent one by one in the extended protocol. A "?" before
	// one says that it may fail. What the last one answers counts.
	do []string
	// want is the condition that it is refused with, or the first column of its
	// rows, or its tag where it has no rows.
	want string
	// try stands in for the statements.
	try func(*testing.T, *hostile) string
	// open says, where PostgreSQL does not stop the attack, what does; want is
	// then the answer that the attacker hopes for.
	open string
	// sealed is the answer of a sealed database, where it is another one: there
	// the attack is stopped. It may come from a statement before the last.
	sealed string
}

// on is the attack as it is on a database that is sealed, or is not.
func (a attack) on(sealed bool) attack {
	if sealed && a.sealed != "" {
		a.want, a.open = a.sealed, ""
	}
	return a
}

// hostile is what is attacked: two tenants that have gone the whole way.
type hostile struct {
	sealed   bool
	database postgrestest.Database
	platform *platforma.Platform
	a, b     platformatest.Seeded
	replacer *strings.Replacer
}

// noID ends the ids that nothing has.
const noID = "_00000000000000000000000000"

func newHostile(t *testing.T, sealed bool) *hostile {
	t.Helper()
	h := &hostile{sealed: sealed, database: postgrestest.New(t)}
	// A copy of a database has the server's grants on it, and not those that
	// Migrate gave the one that was copied.
	require.NoError(t, postgres.Migrate(t.Context(), h.database.Owner, &postgres.MigrateOptions{Prefix: postgrestest.Prefix}))
	if sealed {
		seal(t, h.database)
	}
	p, err := platforma.New(postgrestest.OpenAt(t, h.database, &postgres.Options{MaxConns: 1, Sealed: sealed}), platformatest.Options())
	require.NoError(t, err)
	h.platform, h.a, h.b = p, platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "other")
	h.replacer = strings.NewReplacer(
		"{p}", postgrestest.Prefix, "{a}", string(h.a.Tenant), "{b}", string(h.b.Tenant),
		"{order a}", string(h.a.Order.ID), "{order b}", string(h.b.Order.ID),
		"{customer a}", string(h.a.Customer.ID), "{customer b}", string(h.b.Customer.ID),
	)
	_, err = connect(t, h.database.Superuser).Exec(t.Context(), "ANALYZE")
	require.NoError(t, err)
	return h
}

// TestHostile makes every attack, on a database as it is migrated and on one that
// is sealed, and tells which are not stopped.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, sealed := range map[string]bool{"as migrated": false, "sealed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t, sealed)
			count := 0
			var open []string
			for _, position := range positions {
				require.NotEmpty(t, position.attacks, position.name)
				for _, a := range position.attacks {
					a := a.on(sealed)
					count++
					require.Equal(t, fmt.Sprintf("P%03d", count), a.number, "attacks are numbered in order")
					assert.Equalf(t, h.replacer.Replace(a.want), h.attempt(t, a), "%s, %s: %s", a.number, position.name, a.what)
					if a.open != "" {
						open = append(open, fmt.Sprintf("%s, %s: %s (what stops it: %s)", a.number, position.name, a.what, a.open))
					}
				}
				t.Logf("%s: %d attacks", position.name, len(position.attacks))
			}
			counttest.Logf(t, "%d attacks, %d stopped, %d not stopped", count, count-len(open), len(open))
			t.Log("not stopped:\n" + strings.Join(open, "\n"))
		})
	}
}

// positions are where an attacker stands, from the outermost in.
var positions = []struct {
	name    string
	attacks []attack
}{
	{"an honest bug", bugs},
	{"a wrong tenant", strangers},
	{"one injected statement", injections},
	{"a hijacked session", hijacks},
	{"an operator's mistake", mistakes},
	{"a backup or a replica", copies},
	{"another way to set a tenant", setters},
}

// attempt returns what an attack answers.
func (h *hostile) attempt(t *testing.T, a attack) string {
	t.Helper()
	if a.try != nil {
		return a.try(t, h)
	}
	c := h.enter(t, a.as)
	defer c.Close(context.WithoutCancel(t.Context()))
	answer := ""
	for i, sql := range a.do {
		sql, may := strings.CutPrefix(sql, "?")
		var refused bool
		answer, refused = said(t, c.PgConn(), h.replacer.Replace(sql))
		if refused && h.sealed && a.sealed != "" {
			return answer
		}
		require.Truef(t, !refused || may || i == len(a.do)-1, "%s: %s: %s", a.number, sql, answer)
	}
	return answer
}

// refused is the error that a statement is refused with.
func (h *hostile) refused(t *testing.T, as, sql string) *pgconn.PgError {
	t.Helper()
	c := h.enter(t, as)
	defer c.Close(context.WithoutCancel(t.Context()))
	_, err := c.Exec(t.Context(), sql)
	var e *pgconn.PgError
	require.ErrorAs(t, err, &e)
	return e
}

// enter connects as who an attack says, and begins its scope.
func (h *hostile) enter(t *testing.T, as string) *pgx.Conn {
	t.Helper()
	dsn := h.database.App
	switch as {
	case "owner":
		dsn = h.database.Owner
	case "superuser":
		dsn = h.database.Superuser
	}
	c, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	if as == "session" {
		return c
	}
	begin := "BEGIN"
	if role, in, ok := strings.Cut(as, "@"); ok {
		of := map[string]string{"a": "{a}", "b": "{b}"}[in]
		begin += h.replacer.Replace("; SELECT set_config('role', '{p}_" + role + "', true), set_config('app.tenant_id', '" + of + "', true)")
	}
	_, err = c.PgConn().Exec(t.Context(), begin).ReadAll()
	require.NoError(t, err)
	return c
}

// said sends a statement in the extended protocol and returns what it answers.
func said(t *testing.T, c *pgconn.PgConn, sql string) (answer string, refused bool) {
	t.Helper()
	result := c.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		var e *pgconn.PgError
		require.ErrorAs(t, result.Err, &e, sql)
		return e.Code, true
	}
	if len(result.Rows) == 0 {
		return result.CommandTag.String(), false
	}
	all := make([]string, len(result.Rows))
	for i, row := range result.Rows {
		all[i] = string(row[0])
	}
	return strings.Join(all, ","), false
}

// requireRefused fails unless PostgreSQL refused with a condition.
func requireRefused(t *testing.T, condition string, err error, what string) {
	t.Helper()
	var e *pgconn.PgError
	require.ErrorAsf(t, err, &e, "%s: was not refused", what)
	require.Equalf(t, condition, e.Code, "%s: %s", what, e.Message)
}
