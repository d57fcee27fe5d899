package postgres_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/pgbouncertest"
	"github.com/platforma/platforma/internal/platformatest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/tenant"
)

// The conditions that PostgreSQL, and the schema's own function, refuse with.
const (
	denied   = "42501"
	noTenant = "PF001"
)

// matrix is a database with two tenants in which every table has rows of both.
type matrix struct {
	database postgrestest.Database
	a, b     tenant.ID
	tables   []*relation // those with a tenant, by name
	schemas  []string
}

// hostsTable is a table of a host's that it put under the library's policy.
const hostsTable = `DO $$ BEGIN
  CREATE ROLE {prefix}_host NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
END $$;
CREATE SCHEMA host;
GRANT {prefix}_host TO {prefix}_app;
GRANT USAGE ON SCHEMA host TO {prefix}_host, {prefix}_app;
GRANT USAGE ON SCHEMA platforma TO {prefix}_host;
GRANT EXECUTE ON FUNCTION platforma.tenant(), platforma.is_tenant_id(text) TO {prefix}_host;
CREATE TABLE host.notes (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CALL platforma.protect('host.notes', '{prefix}_host');`

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{database: postgrestest.New(t)}
	p, err := platforma.New(postgrestest.OpenAt(t, m.database, nil), platformatest.Options())
	require.NoError(t, err)
	m.a, m.b = platformatest.Seed(t, p, "acme").Tenant, platformatest.Seed(t, p, "other").Tenant

	superuser := connect(t, m.database.Superuser)
	owner := connect(t, m.database.Owner)
	_, err = owner.Exec(t.Context(), strings.ReplaceAll(hostsTable, "{prefix}", postgrestest.Prefix), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	all := readRelations(t, superuser)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := all[name]
		if slices.Contains(ruleless, r.Schema+"."+r.Name) {
			require.Emptyf(t, r.tenant, "%s has rows of tenants, and no rule", name)
			continue
		}
		require.NotEmptyf(t, r.tenant, "%s is new and has no tenant: name it among those without", name)
		found := rulesOf(r)
		require.Lenf(t, found, 1, "%s is new: say in the table of rules who may do what with it", name)
		r.rule = found[0]
		m.tables = append(m.tables, r)
		if !slices.Contains(m.schemas, r.Schema) {
			m.schemas = append(m.schemas, r.Schema)
		}
	}
	// What is explained must not change its plan in between.
	for _, r := range m.tables {
		_, err := superuser.Exec(t.Context(), "ALTER TABLE "+r.SQL+" SET (autovacuum_enabled = off)")
		require.NoError(t, err)
	}
	(&estate{conn: superuser, tables: all, a: m.a, b: m.b}).prepare(t)
	return m
}

// answer is what the database says to a statement: the condition it refuses
// with, or how many rows came back or were written.
type answer struct {
	code  string
	count int64
}

func (a answer) String() string { return cmp.Or(a.code, strconv.FormatInt(a.count, 10)+" rows") }

// heard is all that reached who asked.
type heard struct {
	answer
	tag     string
	tenants []string
	rows    string
	refusal *pgconn.PgError
}

// tally is what a run of the matrix came to.
type tally struct {
	mu                  sync.Mutex
	cases, twins, leaks int
	answers             map[string]int
	faults              []string
}

func (s *tally) fault(leak bool, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if leak {
		s.leaks++
	}
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

func (s *tally) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s.answers)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, s.answers[name]))
	}
	return fmt.Sprintf("%d cases (%s), %d of them compared with those of a missing row, %d leaks", s.cases, strings.Join(parts, ", "), s.twins, s.leaks)
}

// client is an actor with a connection of its own.
type client struct {
	actor
	conn *pgconn.PgConn
}

// enter connects all actors.
func (m *matrix) enter(t *testing.T, dsn func(string) string) []client {
	t.Helper()
	var all []client
	for _, a := range actors(m.a, m.b, m.schemas) {
		login := m.database.App
		if a.owner {
			login = m.database.Owner
		}
		all = append(all, client{a, connect(t, dsn(login)).PgConn()})
	}
	return all
}

// run has every client send every kind of statement to some tables.
func (m *matrix) run(ctx context.Context, clients []client, tables ...*relation) *tally {
	sum := &tally{answers: map[string]int{}}
	var group sync.WaitGroup
	atOnce := make(chan struct{}, 4)
	for _, c := range clients {
		group.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			for _, r := range tables {
				if c.visits(r) {
					c.visit(ctx, r, sum)
				}
			}
		})
	}
	group.Wait()
	return sum
}

// visit sends every kind of statement to one table.
func (c client) visit(ctx context.Context, r *relation, sum *tally) {
	a := c.actor
	for _, k := range kinds {
		of := a.acting(k, r)
		got := ask(ctx, c.conn, k, a.scope(r, of), k.text(r, r.at, r.fresh))
		want := expected(r, k, a)
		sum.mu.Lock()
		sum.cases++
		sum.answers[cmp.Or(got.code, "answered")]++
		sum.mu.Unlock()
		if got.answer != want {
			sum.fault(got.code == "" && (want.code != "" || got.count > want.count),
				"%s: %s by %s: %s, want %s", r.SQL, k.name, a.name, got.answer, want)
		}
		for _, id := range got.tenants {
			if a.sight != seesAll && (of == nil || id != string(*of)) {
				sum.fault(true, "%s: %s by %s: a row of %s", r.SQL, k.name, a.name, id)
			}
		}
		if a.sight == seesOther {
			sum.mu.Lock()
			sum.twins++
			sum.mu.Unlock()
			missing := ask(ctx, c.conn, k, a.scope(r, of), k.text(r, r.fresh, r.at))
			if one, other := got.told(r, r.at), missing.told(r, r.fresh); one != other {
				sum.fault(true, "%s: %s: another tenant's row answers\n%s\nand a missing one\n%s", r.SQL, k.name, one, other)
			}
		}
	}
}

var rowsOf = regexp.MustCompile(`rows=(\d+)`)

// ask sends a statement in a transaction of its own, which is rolled back.
func ask(ctx context.Context, c *pgconn.PgConn, k kind, scope, sql string) (h heard) {
	var tag pgconn.CommandTag
	var err error
	switch {
	case strings.HasPrefix(sql, "COPY"):
		tag, err = copied(ctx, c, scope, sql, &h)
	default:
		var results []*pgconn.Result
		if results, err = c.Exec(ctx, scope+sql).ReadAll(); err == nil {
			tag = results[len(results)-1].CommandTag
			h.read(k, results[len(results)-1].Rows)
		}
	}
	h.tag = tag.String()
	if !k.counts {
		h.count = tag.RowsAffected()
	}
	if err != nil {
		h.count = 0
		if !errors.As(err, &h.refusal) {
			h.refusal = &pgconn.PgError{Code: "?", Message: err.Error()}
		}
		h.code = h.refusal.Code
	}
	if _, err := c.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
		h.code = "?"
	}
	return h
}

func (h *heard) read(k kind, rows [][][]byte) {
	for _, row := range rows {
		if k.shows {
			h.tenants = append(h.tenants, string(row[0]))
		} else {
			h.rows += string(row[0]) + "\n"
		}
	}
	if k.counts {
		number := strings.TrimSpace(h.rows)
		if found := rowsOf.FindStringSubmatch(number); found != nil {
			number = found[1]
		}
		h.count, _ = strconv.ParseInt(number, 10, 64)
	}
}

// copied is for COPY, which has a protocol of its own.
func copied(ctx context.Context, c *pgconn.PgConn, scope, sql string, h *heard) (pgconn.CommandTag, error) {
	if _, err := c.Exec(ctx, scope).ReadAll(); err != nil {
		return pgconn.CommandTag{}, err
	}
	if strings.HasSuffix(sql, "FROM STDIN") {
		return c.CopyFrom(ctx, strings.NewReader(""), sql)
	}
	var lines bytes.Buffer
	tag, err := c.CopyTo(ctx, io.Writer(&lines), sql)
	h.tenants = strings.Fields(lines.String())
	return tag, err
}

// told is all that was heard, without what was asked for.
func (h heard) told(r *relation, at row) string {
	rows := h.rows
	for _, column := range r.Uniques[0] {
		literal, _, _ := strings.Cut(at[column], "::")
		rows = strings.ReplaceAll(rows, literal, "?")
	}
	if e := h.refusal; e != nil {
		return fmt.Sprintf("%s %s: %s, %q, %q, %s %s %s", e.Severity, e.Code, e.Message, e.Detail, e.Hint, e.TableName, e.ColumnName, e.ConstraintName)
	}
	return h.tag + " " + strings.Join(h.tenants, ",") + rows
}

// TestMatrix has everybody try everything with every table, directly and
// through PgBouncer.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for name, through := range map[string]func(*testing.T) func(string) string{
		"direct": func(*testing.T) func(string) string { return func(dsn string) string { return dsn } },
		"PgBouncer": func(t *testing.T) func(string) string {
			return pgbouncertest.Start(t, 2, m.database.App, m.database.Owner).DSN
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clients := m.enter(t, through(t))
			sum := m.run(t.Context(), clients, m.tables...)
			t.Logf("%d tables, %d kinds of statements, %d actors: %s", len(m.tables), len(kinds), len(clients), sum)
			require.Greater(t, sum.cases, len(m.tables)*len(kinds)*10)
			if len(sum.faults) > 0 {
				t.Errorf("%d faults:\n%s", len(sum.faults), strings.Join(sum.faults[:min(40, len(sum.faults))], "\n"))
			}
		})
	}
}
