package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/platformatest"
	"github.com/platforma/platforma/internal/postgrestest"
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
}

// hostile is what is attacked: two tenants that have gone the whole way.
type hostile struct {
	database postgrestest.Database
	platform *platforma.Platform
	a, b     platformatest.Seeded
	replacer *strings.Replacer
}

// noID ends the ids that nothing has.
const noID = "_00000000000000000000000000"

func newHostile(t *testing.T) *hostile {
	t.Helper()
	h := &hostile{database: postgrestest.New(t)}
	// A copy of a database has the server's grants on it, and not those that
	// Migrate gave the one that was copied.
	require.NoError(t, postgres.Migrate(t.Context(), h.database.Owner, &postgres.MigrateOptions{Prefix: postgrestest.Prefix}))
	p, err := platforma.New(postgrestest.OpenAt(t, h.database, &postgres.Options{MaxConns: 1}), platformatest.Options())
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

// TestHostile makes every attack, and tells which are not stopped.
func TestHostile(t *testing.T) {
	t.Parallel()
	h := newHostile(t)
	var count, number int
	var open []string
	for _, position := range positions {
		for _, a := range position.attacks {
			number++
			require.Equal(t, fmt.Sprintf("P%03d", number), a.number, "attacks are numbered in order")
			assert.Equalf(t, h.replacer.Replace(a.want), h.attempt(t, a), "%s, %s: %s", a.number, position.name, a.what)
			if a.open != "" {
				open = append(open, fmt.Sprintf("%s, %s: %s (what stops it: %s)", a.number, position.name, a.what, a.open))
			}
			count++
		}
		require.NotEmpty(t, position.attacks, position.name)
	}
	t.Logf("%d attacks, %d stopped, %d not stopped:\n%s", count, count-len(open), len(open), strings.Join(open, "\n"))
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
}

// attempt returns what an attack answers.
func (h *hostile) attempt(t *testing.T, a attack) string {
	t.Helper()
	if a.try != nil {
		return a.try(t, h)
	}
	c, begin := h.enter(t, a.as)
	defer c.Close(context.WithoutCancel(t.Context()))
	for _, sql := range begin {
		_, err := c.Exec(t.Context(), sql)
		require.NoErrorf(t, err, "%s: %s", a.number, sql)
	}
	answer := ""
	for i, sql := range a.do {
		sql, may := strings.CutPrefix(sql, "?")
		var refused bool
		answer, refused = said(t, c.PgConn(), h.replacer.Replace(sql))
		require.Truef(t, !refused || may || i == len(a.do)-1, "%s: %s: %s", a.number, sql, answer)
	}
	return answer
}

// enter connects as who an attack says, and returns the statements that begin
// its scope.
func (h *hostile) enter(t *testing.T, as string) (*pgx.Conn, []string) {
	t.Helper()
	open := func(dsn string) *pgx.Conn {
		c, err := pgx.Connect(t.Context(), dsn)
		require.NoError(t, err)
		return c
	}
	switch as {
	case "session":
		return open(h.database.App), nil
	case "login":
		return open(h.database.App), []string{"BEGIN"}
	case "owner":
		return open(h.database.Owner), []string{"BEGIN"}
	case "superuser":
		return open(h.database.Superuser), []string{"BEGIN"}
	}
	role, in, _ := strings.Cut(as, "@")
	return open(h.database.App), append([]string{"BEGIN"}, h.scope(role, in)...)
}

// scope sets a role and a tenant, "a", "b" or none, for a transaction.
func (h *hostile) scope(role, in string) []string {
	of := map[string]string{"a": string(h.a.Tenant), "b": string(h.b.Tenant)}[in]
	return []string{fmt.Sprintf("SELECT set_config('role', '%s_%s', true), set_config('app.tenant_id', '%s', true)", postgrestest.Prefix, role, of)}
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

// condition is that of an error of PostgreSQL's, or the error's text.
func condition(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}
