package postgrestest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/storagetest"
)

// Explainer asks PostgreSQL how it runs what a driver sends: just before an
// operation is run, its statements are run with EXPLAIN (ANALYZE, BUFFERS), in
// the same role and tenant, in a transaction that is rolled back. Each is
// explained twice: planned for its arguments, and planned for any, since a
// prepared statement becomes so after a few runs.
type Explainer struct {
	driver   watchable
	database Database
	prefix   string
	// Sent are the texts of all statements that were explained.
	Sent map[string]bool

	t        testing.TB
	conn     *pgx.Conn
	prepared map[string]*explained
	indexes  map[string][]string
	sizes    map[string]int64
	on       bool
	plans    []storagetest.Plan
	answers  []Answer
}

// Answer is what EXPLAIN told of a statement.
type Answer struct {
	// Statement is how it was planned, and its text.
	Statement string
	// JSON is the plan with its buffers.
	JSON []byte
}

// explained is a statement that was prepared on the explainer's connection.
type explained struct {
	name string
	args []uint32
}

// NewExplainer returns the explainer of a database that [OpenAt] opened.
func NewExplainer(t testing.TB, d storage.Driver, at Database) *Explainer {
	t.Helper()
	driver, ok := d.(watchable)
	if !ok {
		t.Fatalf("%T is not the adapter's driver", d)
	}
	e := &Explainer{
		driver: driver, database: at, prefix: Prefix,
		Sent: map[string]bool{}, prepared: map[string]*explained{}, sizes: map[string]int64{},
	}
	driver.Watch(func(own sqlstore.Executor) sqlstore.Executor { return watched{own, e} })
	return e
}

// watchable is the adapter's driver.
type watchable interface {
	Watch(around func(sqlstore.Executor) sqlstore.Executor)
	Statements() map[string]string
}

// watched explains operations before it runs them.
type watched struct {
	sqlstore.Executor
	explainer *Explainer
}

func (w watched) Read(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	w.explainer.explain(as, steps) //nolint:contextcheck // it has a connection, and a context, of its own
	return w.Executor.Read(ctx, as, steps...)
}

func (w watched) Write(ctx context.Context, as sqlstore.Principal, steps ...sqlstore.Step) error {
	w.explainer.explain(as, steps) //nolint:contextcheck // it has a connection, and a context, of its own
	return w.Executor.Write(ctx, as, steps...)
}

// Plans runs an operation and returns the plans of its statements. Before the
// first one the database tidies up and looks at its tables, as autovacuum would.
func (e *Explainer) Plans(t testing.TB, operation func()) []storagetest.Plan {
	t.Helper()
	e.t, e.plans, e.answers = t, nil, nil
	if e.conn == nil {
		e.connect()
	}
	e.on = true
	operation()
	e.on = false
	return e.plans
}

// Explain is Plans with all that PostgreSQL told: statement by statement as it
// plans for the arguments, then again as it plans for any.
func (e *Explainer) Explain(t testing.TB, operation func()) []Answer {
	t.Helper()
	e.Plans(t, operation)
	return e.answers
}

func (e *Explainer) connect() {
	owner := e.open(e.database.Superuser)
	var tables string
	if err := owner.QueryRow(context.Background(), `SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = ANY($1)`,
		append(sqlstore.Services(), sqlstore.RoleEvent)).Scan(&tables); err != nil {
		e.t.Fatalf("the tables cannot be listed: %v", err)
	}
	e.exec(owner, "VACUUM (ANALYZE) "+tables)
	e.indexes = e.indexColumns(owner)
	e.conn = e.open(e.database.App)
}

func (e *Explainer) open(dsn string) *pgx.Conn {
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		e.t.Fatalf("the explainer does not connect: %v", err)
	}
	e.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (e *Explainer) exec(conn *pgx.Conn, sql string, args ...any) {
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		e.t.Fatalf("%s: %v", sql, err)
	}
}

// indexColumns are the columns of each index, by its schema and name.
func (e *Explainer) indexColumns(conn *pgx.Conn) map[string][]string {
	rows, err := conn.Query(context.Background(), `SELECT n.nspname || '.' || c.relname,
			ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid ORDER BY a.attnum)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('i', 'I')`)
	if err != nil {
		e.t.Fatalf("the indexes cannot be read: %v", err)
	}
	all := map[string][]string{}
	var name string
	var columns []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &columns}, func() error {
		all[name] = slices.Clone(columns)
		return nil
	}); err != nil {
		e.t.Fatalf("the indexes cannot be read: %v", err)
	}
	return all
}

// solid is the cost of a page read out of turn, in pages read in turn, of disks
// that do not turn. With the default, which is that of those that do, whatever
// fits a test is cheaper read in full.
const solid = "1.1"

// explain runs the steps twice, each time in a transaction that is rolled back,
// all in one round trip.
func (e *Explainer) explain(as sqlstore.Principal, steps []sqlstore.Step) {
	if !e.on {
		return
	}
	var script strings.Builder
	for _, mode := range modes {
		fmt.Fprintf(&script, "BEGIN; SELECT set_config('role', %s, true), set_config('app.tenant_id', %s, true), "+
			"set_config('plan_cache_mode', %s, true), set_config('random_page_cost', %s, true);\n",
			quote(e.prefix+"_"+as.Role), quote(string(as.Tenant)), quote(mode), quote(solid))
		for _, step := range steps {
			fmt.Fprintf(&script, "EXPLAIN (ANALYZE, VERBOSE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE %s;\n", e.call(step))
		}
		script.WriteString("ROLLBACK;\n")
	}
	results, err := e.conn.PgConn().Exec(context.Background(), script.String()).ReadAll()
	if err != nil {
		e.t.Fatalf("%s\ncannot be explained: %v", script.String(), err)
	}
	for i, mode := range modes {
		// Before the steps' answers come those of BEGIN and the scope.
		answers := results[i*(len(steps)+3)+2:]
		for n, step := range steps {
			statement, answer := mode+": "+step.Statement.SQL, answers[n].Rows[0][0]
			e.plans = append(e.plans, e.plan(as, statement, answer))
			e.answers = append(e.answers, Answer{statement, answer})
		}
	}
}

// modes are the ways in which a prepared statement is planned.
var modes = []string{"force_custom_plan", "force_generic_plan"}

// call is the call of a step's statement, which is prepared if it is new.
func (e *Explainer) call(step sqlstore.Step) string {
	sql := step.Statement.SQL
	e.Sent[sql] = true
	if e.prepared[sql] == nil {
		name := fmt.Sprintf("explained_%d", len(e.prepared))
		d, err := e.conn.Prepare(context.Background(), name, sql)
		if err != nil {
			e.t.Fatalf("%s: %v", sql, err)
		}
		e.prepared[sql] = &explained{name: name, args: d.ParamOIDs}
	}
	statement := e.prepared[sql]
	if len(step.Args) == 0 {
		return statement.name
	}
	args := make([]string, len(step.Args))
	for i, arg := range step.Args {
		args[i] = e.literal(statement.args[i], arg)
	}
	return statement.name + " (" + strings.Join(args, ", ") + ")"
}

// plan reads what EXPLAIN answered.
func (e *Explainer) plan(as sqlstore.Principal, statement string, text []byte) storagetest.Plan {
	var answer []struct {
		Plan node `json:"Plan"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		e.t.Fatalf("%s\nhas a plan that cannot be read: %v", statement, err)
	}
	p := storagetest.Plan{Statement: statement}
	answer[0].Plan.reads(func(table node, index *node) { p.Reads = append(p.Reads, e.read(as, table, index)) })
	return p
}

// literal is an argument as EXECUTE takes it.
func (e *Explainer) literal(kind uint32, arg any) string {
	text, err := e.conn.TypeMap().Encode(kind, pgtype.TextFormatCode, arg, []byte{})
	if err != nil {
		e.t.Fatalf("an argument %T cannot be written: %v", arg, err)
	}
	if text == nil {
		return "NULL"
	}
	return quote(string(text))
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// node is a node of a plan.
type node struct {
	Kind      string  `json:"Node Type"`
	Schema    string  `json:"Schema"`
	Table     string  `json:"Relation Name"`
	Index     string  `json:"Index Name"`
	Condition string  `json:"Index Cond"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Filtered  float64 `json:"Rows Removed by Filter"`
	Rechecked float64 `json:"Rows Removed by Index Recheck"`
	Children  []node  `json:"Plans"`
}

// reads calls found for each access to a table, with the node that has the
// index, if one is used.
func (n node) reads(found func(table node, index *node)) {
	switch n.Kind {
	case "Seq Scan", "Sample Scan", "Tid Scan", "Tid Range Scan":
		found(n, nil)
	case "Index Scan", "Index Only Scan":
		found(n, &n)
	case "Bitmap Heap Scan":
		for _, index := range n.bitmaps() {
			found(n, &index)
		}
	}
	for _, child := range n.Children {
		child.reads(found)
	}
}

// bitmaps are the scans of indexes beneath a scan of a heap.
func (n node) bitmaps() []node {
	var all []node
	for _, child := range n.Children {
		switch child.Kind {
		case "Bitmap Index Scan":
			all = append(all, child)
		case "BitmapAnd", "BitmapOr":
			all = append(all, child.bitmaps()...)
		}
	}
	return all
}

func (n node) looked() int64 { return int64((n.Rows + n.Filtered + n.Rechecked) * max(n.Loops, 0)) }

func (e *Explainer) read(as sqlstore.Principal, table node, index *node) storagetest.Read {
	r := storagetest.Read{Table: table.Schema + "." + table.Table, Rows: table.looked()}
	if index == nil {
		return r
	}
	r.Index, r.Rows = index.Index, max(r.Rows, index.looked())
	columns := e.indexes[table.Schema+"."+index.Index]
	equal, bound, stray := bounds(columns, index.Condition)
	r.Tenant = equal > 0 && columns[0] == tenantColumn(table)
	if r.Tenant && stray && bound < 2 && as.Tenant != "" {
		// (What crosses tenants reads no range so but that of no tenant: what is
		// registered.) The rows that the index leaves out are looked at too, though nobody
		// counts them: the tenant's whole range.
		r.Rows = max(r.Rows, e.size(as, table))
	}
	return r
}

func tenantColumn(table node) string {
	if table.Schema == "tenant" && table.Table == "tenants" {
		return "id"
	}
	return "tenant_id"
}

// bounds says how many columns of an index, from the first on, a condition
// holds equal, how many it bounds at all, and whether it has one on a column
// after those, which bounds nothing.
func bounds(columns []string, condition string) (equal, bound int, stray bool) {
	open := true
	for _, column := range columns {
		holds := regexp.MustCompile(`\b` + regexp.QuoteMeta(column) + `"?\)*(::\w+\)*)? (=|>=|<=|>|<)`).FindStringSubmatch(condition)
		switch {
		case holds == nil:
			open = false
		case !open:
			stray = true
		case holds[2] == "=":
			equal++
			bound++
		default:
			bound++
			open = false
		}
	}
	return equal, bound, stray
}

// size is how many rows of a table the tenant has.
func (e *Explainer) size(as sqlstore.Principal, table node) int64 {
	key := string(as.Tenant) + table.Schema + "." + table.Table
	if n, ok := e.sizes[key]; ok {
		return n
	}
	var n int64
	if err := e.conn.QueryRow(context.Background(), "SELECT count(*) FROM "+
		pgx.Identifier{table.Schema, table.Table}.Sanitize()).Scan(&n); err != nil {
		e.t.Fatalf("the rows of %s cannot be counted: %v", table.Table, err)
	}
	e.sizes[key] = n
	return n
}

// Statements are the texts of all statements that the driver holds, by the
// place where it holds them.
func (e *Explainer) Statements() map[string]string { return e.driver.Statements() }
