package postgres_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/tenant"
)

//go:embed testdata/tables.sql
var tablesOf string

// relation is a table as the catalog describes it, with the rows that the
// matrix tries its statements on.
type relation struct {
	Schema, Name, SQL string
	Columns           []struct {
		Name, Type string
		Checked    bool
	}
	Uniques [][]string // the primary key first
	Parents []struct {
		Table         string
		Columns, Keys []string
	}
	Referenced bool

	tenant string // the column that says whose a row is; "" where none does
	rule   *rule
	// at is a row of tenant A that nothing refers to, fresh one that is not
	// there, and could be.
	at, fresh row
	// spares are rows for others to refer to.
	spares []row
	// held are the rows by tenant.
	held map[tenant.ID]int64
}

// row is the values of a row, as SQL, by column.
type row map[string]string

// nobody is a tenant that has nothing, not even itself.
const nobody tenant.ID = "ten_00000000000000000000000000"

// readRelations reads all tables of a database, by their names in SQL.
func readRelations(t *testing.T, c *pgx.Conn) map[string]*relation {
	t.Helper()
	rows, err := c.Query(t.Context(), tablesOf)
	require.NoError(t, err)
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	all := map[string]*relation{}
	for _, text := range texts {
		r := &relation{}
		require.NoError(t, json.Unmarshal([]byte(text), r))
		for _, c := range r.Columns {
			if c.Name == "tenant_id" || c.Name == "id" && r.Schema+"."+r.Name == "tenant.tenants" {
				r.tenant = c.Name
			}
		}
		all[r.SQL] = r
	}
	return all
}

// estate fills the tables that are empty and finds each one's rows.
type estate struct {
	conn   *pgx.Conn
	tables map[string]*relation
	a, b   tenant.ID
}

func (e *estate) prepare(t *testing.T) {
	t.Helper()
	for _, r := range e.tables {
		if r.tenant != "" {
			e.fill(t, r)
		}
	}
	for _, r := range e.tables {
		if r.tenant != "" {
			r.held = e.count(t, r)
		}
	}
}

// fill gives a table its rows, after those that it refers to.
func (e *estate) fill(t *testing.T, r *relation) {
	t.Helper()
	if r.at != nil {
		return
	}
	base := e.base(t, r)
	r.at, r.fresh = base, e.copied(t, r, base, 1)
	if at := e.copied(t, r, base, 0); at[r.tenant] == base[r.tenant] { // a tenant may have several rows
		r.at = at
		e.insert(t, r, at)
	}
	if r.Referenced {
		r.spares = []row{e.copied(t, r, base, 2), e.copied(t, r, base, 3)}
		e.insert(t, r, r.spares...)
	}
}

// base is any row of tenant A. Where there is none, both tenants get one that
// the columns' types make up.
func (e *estate) base(t *testing.T, r *relation) row {
	t.Helper()
	var texts []string
	err := e.conn.QueryRow(t.Context(), fmt.Sprintf("SELECT ARRAY[%s] FROM %s WHERE %s = $1 LIMIT 1",
		r.each("quote_nullable(%s::text)"), r.SQL, r.tenant), e.a).Scan(&texts)
	if err == nil {
		base := row{}
		for i, c := range r.Columns {
			base[c.Name] = texts[i] + "::" + c.Type
		}
		return base
	}
	require.ErrorIs(t, err, pgx.ErrNoRows)
	base := row{}
	for _, c := range r.Columns {
		value, ok := map[string]string{
			"text": "'made up'", "bigint": "'1'", "numeric": "'1'", "boolean": "'true'", "jsonb": "'{}'",
			"timestamp with time zone": "'2026-01-01Z'",
		}[c.Type]
		require.Truef(t, ok, "%s is empty, and nobody can make up a %s: seed a row of it", r.SQL, c.Type)
		base[c.Name] = value + "::" + c.Type
	}
	for _, id := range []tenant.ID{e.b, e.a} {
		base[r.tenant] = textOf(string(id))
		e.insert(t, r, base)
	}
	return base
}

// copied is a row like the base that breaks no unique index beside its copies
// of other numbers: it refers to other rows, or differs in a column that takes
// any value, or else is of another tenant.
func (e *estate) copied(t *testing.T, r *relation, base row, number int) row {
	t.Helper()
	made, changed := maps.Clone(base), map[string]bool{}
	for _, p := range r.Parents {
		parent := e.tables[p.Table]
		e.fill(t, parent)
		for i, column := range p.Columns {
			if column != r.tenant {
				made[column] = parent.spares[number%2][p.Keys[i]]
				changed[column] = true
			}
		}
	}
	for _, unique := range r.Uniques {
		if slices.ContainsFunc(unique, func(column string) bool { return changed[column] }) {
			continue
		}
		column := r.free(unique)
		switch {
		case column == r.tenant:
			made[column] = textOf(string(nobody))
		case strings.HasSuffix(base[column], "::bigint"):
			made[column] = fmt.Sprintf("'%d'::bigint", 1000+number)
		default:
			made[column] = textOf(fmt.Sprintf("copy-%d", number))
		}
		changed[column] = true
	}
	return made
}

// free is the first of some columns that takes any value, or the tenant's.
func (r *relation) free(columns []string) string {
	for _, c := range r.Columns {
		if c.Name != r.tenant && slices.Contains(columns, c.Name) &&
			(c.Type == "bigint" || c.Type == "text" && !c.Checked) {
			return c.Name
		}
	}
	return r.tenant
}

func (e *estate) insert(t *testing.T, r *relation, rows ...row) {
	t.Helper()
	for _, values := range rows {
		_, err := e.conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", r.SQL, r.each("%s"), r.values(values)))
		require.NoErrorf(t, err, "a row of %s", r.SQL)
	}
}

func (e *estate) count(t *testing.T, r *relation) map[tenant.ID]int64 {
	t.Helper()
	rows, err := e.conn.Query(t.Context(), fmt.Sprintf("SELECT %s, count(*) FROM %s GROUP BY 1", r.tenant, r.SQL))
	require.NoError(t, err)
	held := map[tenant.ID]int64{}
	var id tenant.ID
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		held[id] = n
		return nil
	})
	require.NoError(t, err)
	require.Positivef(t, held[e.a], "rows of %s", r.SQL)
	require.Positivef(t, held[e.b], "rows of %s", r.SQL)
	return held
}

// freshTenant is the tenant of the row to add, given that of the other rows.
func (r *relation) freshTenant(own tenant.ID) tenant.ID {
	if r.fresh[r.tenant] == textOf(string(nobody)) {
		return nobody
	}
	return own
}

// each writes something of each column.
func (r *relation) each(format string) string {
	all := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		all[i] = fmt.Sprintf(format, pgx.Identifier{c.Name}.Sanitize())
	}
	return strings.Join(all, ", ")
}

// values are a row's, in the order of the columns.
func (r *relation) values(of row) string {
	all := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		all[i] = of[c.Name]
	}
	return strings.Join(all, ", ")
}

func textOf(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'::text" }
