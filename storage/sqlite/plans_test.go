package sqlite_test

import (
	"context"
	"database/sql"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/storagetest"
)

// explainer asks SQLite how it runs what a driver sends, just before it is run.
// SQLite tells which columns bound an access, but not how many rows that are.
// The explainer counts them where it is clear: what is read in full, and what
// is bounded by the tenant alone although the statement asks for more.
type explainer struct {
	driver *sqlstore.Driver
	db     *sql.DB
	tables map[string]bool
	sizes  map[string]int64
	sent   map[string]bool

	t     *testing.T
	on    bool
	plans []storagetest.Plan
}

func newExplainer(t *testing.T, d storage.Driver, path string) *explainer {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	e := &explainer{driver: d.(*sqlstore.Driver), db: db, sent: map[string]bool{}, sizes: map[string]int64{}}
	e.driver.Watch(func(own sqlstore.Executor) sqlstore.Executor { return watched{own, e} })
	return e
}

type watched struct {
	sqlstore.Executor
	explainer *explainer
}

func (w watched) Read(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	w.explainer.explain(ctx, w.Executor.Read, as, steps)
	return w.Executor.Read(ctx, as, steps...)
}

func (w watched) Write(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	w.explainer.explain(ctx, w.Executor.Write, as, steps)
	return w.Executor.Write(ctx, as, steps...)
}

// run runs an operation and returns the plans of its statements.
func (e *explainer) run(t *testing.T, operation func()) []storagetest.Plan {
	t.Helper()
	e.t, e.plans = t, nil
	if e.tables == nil {
		e.tables = map[string]bool{}
		for _, name := range e.column("SELECT name FROM sqlite_schema WHERE type = 'table'") {
			e.tables[name] = true
		}
	}
	e.on = true
	operation()
	e.on = false
	return e.plans
}

func (e *explainer) column(query string, args ...any) []string {
	e.t.Helper()
	rows, err := e.db.QueryContext(e.t.Context(), query, args...)
	require.NoError(e.t, err, query)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(e.t, err)
	var all []string
	for rows.Next() {
		row := make([]any, len(columns))
		var last string
		for i := range row {
			row[i] = new(any)
		}
		row[len(row)-1] = &last
		require.NoError(e.t, rows.Scan(row...))
		all = append(all, last)
	}
	require.NoError(e.t, rows.Err())
	return all
}

// runner is how the adapter itself runs steps, under guard.
type runner func(context.Context, sqlstore.Principal, ...sqlstore.Step) error

func (e *explainer) explain(ctx context.Context, run runner, as sqlstore.Principal, steps []sqlstore.Step) {
	if !e.on {
		return
	}
	for _, step := range steps {
		text := step.Statement.SQL
		e.sent[text] = true
		p := storagetest.Plan{Statement: text}
		var lines []string
		require.NoError(e.t, run(ctx, as, sqlstore.Step{
			Statement: &sqlstore.Statement{SQL: "EXPLAIN QUERY PLAN " + text}, Args: step.Args,
			Row: func(v sqlstore.Values) error {
				lines = append(lines, v.Text(3))
				return nil
			},
		}), text)
		sorted := slices.Contains(lines, "USE TEMP B-TREE FOR ORDER BY")
		for _, line := range lines {
			if r, ok := e.read(text, sorted, line); ok {
				p.Reads = append(p.Reads, r)
			}
		}
		e.plans = append(e.plans, p)
	}
}

var (
	// A plan says "SEARCH o USING INDEX order_orders_status (tenant_id=? AND
	// status=?)", or "SCAN o".
	accesses = regexp.MustCompile(`^(SEARCH|SCAN) (\S+)(?: EXISTS)?(?: USING (?:COVERING )?(?:INDEX (\S+)|(PRIMARY KEY)))?(?: \((.*)\))?`)
	// aliases are the tables of a statement and what it calls them.
	aliases = regexp.MustCompile(`"?(\w+)"? AS "?(\w+)"?`)
)

// named is the table that a statement has a name for.
func (e *explainer) named(text, name string) string {
	for _, m := range aliases.FindAllStringSubmatch(text, -1) {
		if m[2] == name && e.tables[m[1]] {
			return m[1]
		}
	}
	return name
}

// filters are the columns that a statement compares with an argument.
var filters = regexp.MustCompile(`(\w+)"? = \$\d+`)

// read is the access that a line of a plan tells of, unless it is to no table.
func (e *explainer) read(text string, sorted bool, line string) (storagetest.Read, bool) {
	m := accesses.FindStringSubmatch(line)
	if m == nil {
		return storagetest.Read{}, false
	}
	r := storagetest.Read{Table: e.named(text, strings.TrimPrefix(m[2], "main.")), Index: m[3] + m[4], Rows: -1}
	if !e.tables[r.Table] {
		return storagetest.Read{}, false
	}
	bounds := strings.Split(m[5], " AND ")
	tenant := "tenant_id"
	if r.Table == "tenant_tenants" {
		tenant = "id"
	}
	r.Tenant = bounds[0] == tenant+"=?"
	asked := map[string]bool{}
	for _, filter := range filters.FindAllStringSubmatch(text, -1) {
		asked[filter[1]] = true
	}
	delete(asked, "tenant_id")
	// A walk in the order of the list ends with the page, if all are wanted.
	walks := len(asked) == 0 && strings.Contains(text, " LIMIT ") && !sorted
	switch {
	case m[1] == "SCAN" && walks:
		r.Index = "PRIMARY KEY"
	case m[1] == "SCAN":
		r.Rows = e.count(r.Table, e.partial(m[3]))
	case len(bounds) == 1 && r.Tenant && len(asked) > 0 && r.Table != "tenant_tenants":
		r.Rows = e.count(r.Table, "true GROUP BY tenant_id")
	}
	return r, true
}

// partial is the condition of an index that has not all rows.
func (e *explainer) partial(index string) string {
	for _, made := range e.column("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = $1", index) {
		if _, condition, ok := strings.Cut(made, " WHERE "); ok {
			return condition
		}
	}
	return "true"
}

// count is how many rows meet a condition, the most if they are grouped.
func (e *explainer) count(table, condition string) int64 {
	query := "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM " + table + " WHERE " + condition + ")"
	n, ok := e.sizes[query]
	if !ok {
		require.NoError(e.t, e.db.QueryRowContext(e.t.Context(), query).Scan(&n))
		e.sizes[query] = n
	}
	return n
}

// explained fails the test, once its clauses have run, on a statement of the
// adapter that no clause of plans has sent.
func explained(t *testing.T, explainers *sync.Map) {
	t.Helper()
	t.Cleanup(func() {
		sent, ran := map[string]bool{}, 0
		explainers.Range(func(_, e any) bool {
			if len(e.(*explainer).sent) > 0 {
				ran++
			}
			maps.Copy(sent, e.(*explainer).sent)
			return true
		})
		clauses := 0
		for _, c := range storagetest.Clauses() {
			if strings.HasPrefix(c.Name, "plans/") {
				clauses++
			}
		}
		if ran < clauses {
			return // some were left out on the command line
		}
		missing := map[string]string{}
		explainers.Range(func(_, e any) bool {
			if len(e.(*explainer).sent) == 0 {
				return true // of another clause
			}
			for place, text := range e.(*explainer).driver.Statements() {
				if !sent[text] && !never(place) {
					missing[place] = text
				}
			}
			return true
		})
		for place, text := range missing {
			t.Errorf("no clause of plans sends %s: %s", place, text)
		}
	})
}

// neverSent are the ends of the places of statements that the adapter holds and
// never sends, each with the reason.
var neverSent = map[string]string{
	"tenants.store.ledger.retain":         "tenants are not found by words",
	"tenants.store.ledger.forget":         "tenants are not found by words",
	"tenants.store.ledger.terms.insert":   "tenants are not found by words",
	"resources.store.ledger.retain":       "resources are not found by words",
	"resources.store.ledger.forget":       "resources are not found by words",
	"resources.store.ledger.terms.insert": "resources are not found by words",
	"tenants.store.ledger.learn":          "tenants are not found by words",
	"resources.store.ledger.learn":        "resources are not found by words",
	"webhooks.store.ledger.retain":        "endpoints are not found by words",
	"webhooks.store.ledger.forget":        "endpoints are not found by words",
	"webhooks.store.ledger.terms.insert":  "endpoints are not found by words",
	"webhooks.store.ledger.learn":         "endpoints are not found by words",
	"events.lanes.insert":                 "a claim inserts lanes itself",
	"outbox.insert":                       "the statement that gives a position takes its place",
}

func never(place string) bool {
	for end := range neverSent {
		if strings.HasSuffix(place, end) {
			return true
		}
	}
	return false
}
