package sqlstore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/fault"
)

// table is a service's table whose rows are R structs with bun's tags. Every
// table but the tenants' has tenant_id as its first column.
type table[R any] struct {
	db *Database
	// name is how a statement reads the table, and base how it writes to it, or
	// reads it across tenants. On SQLite a view has the name. On PostgreSQL both
	// are the same.
	name, base string
	alias      string
	columns    []column
	changing   []int // the columns that an update has, by their places
	version    int   // the place of the version, -1 where there is none
	uniques    []unique
	insert     *Statement
	bound      sync.Pool // of *bound[R]
}

// column is a column of a table and how its values travel.
type column struct {
	name string
	// index leads to the row struct's field.
	index []int
	codec codec
}

// bound is a row whose fields are bound to their columns. Binding takes
// reflection, so that rows are carried through one that is kept.
type bound[R any] struct {
	row      R
	bindings []binding
}

func (t *table[R]) bind() any {
	b := &bound[R]{bindings: make([]binding, len(t.columns))}
	v := reflect.ValueOf(&b.row).Elem()
	for i, c := range t.columns {
		b.bindings[i] = c.codec(v.FieldByIndex(c.index))
	}
	return b
}

// borrow returns a bound row, which holds nothing.
func (t *table[R]) borrow() *bound[R] {
	return t.bound.Get().(*bound[R]) //nolint:forcetypeassert // as bind makes it
}

// giveBack takes a bound row back, and what it holds from it.
func (t *table[R]) giveBack(b *bound[R]) {
	var none R
	b.row = none
	t.bound.Put(b)
}

// newTable describes a table: on PostgreSQL it is in the schema of its
// service, on SQLite its name begins with the service's.
func newTable[R any](d *Database, service string, uniques ...unique) *table[R] {
	described := d.bun.Dialect().Tables().Get(reflect.TypeFor[*R]())
	t := &table[R]{
		db: d, alias: described.Alias, uniques: uniques,
		name: fmt.Sprintf("%q.%q", service, described.Name),
	}
	t.base = t.name
	if d.sqlite() {
		t.name = fmt.Sprintf("%q", service+"_"+described.Name)
		t.base = "main." + t.name
	}
	insert := d.bun.NewInsert().Model(new(R)).ModelTableExpr(t.base).Returning("NULL")
	for i, f := range described.Fields {
		t.columns = append(t.columns, column{name: f.Name, index: f.Index, codec: codecOf(f, d.sqlite())})
		// What never changes an update leaves alone: SQLite writes all index entries
		// anew whose columns are set, to whatever.
		if f.StructField.Tag.Get("store") != "once" {
			t.changing = append(t.changing, i)
		}
		insert = insert.Value(f.Name, fmt.Sprintf("$%d", i+1))
	}
	t.version = position(t.columns, "version")
	t.bound.New = t.bind
	t.insert = (&Statement{SQL: insert.String()}).withUniques(t.constraints(t.columns)...)
	return t
}

// unique declares a constraint of a table: its primary key, or the index of
// that name.
type unique struct {
	columns string // joined by ", "
	name    string // without the table's; "pkey" is the primary key
	where   string // of a partial index
	fault   *fault.Error
	// everywhere says that the values are unique across tenants. Whoever acts in
	// one may not see by which row they are taken: of a table's constraints this
	// is the last, and is the one if none of the others is.
	everywhere bool
}

// constraints are those that a statement with some columns' values as arguments
// can break. One that replaces the row of some keys cannot break them, nor be
// stopped by the row itself.
func (t *table[R]) constraints(given []column, keys ...string) []Unique {
	var constraints []Unique
	for _, u := range t.uniques {
		columns := strings.Split(u.columns, ", ")
		if len(keys) > 0 && slices.Equal(columns, keys) {
			continue
		}
		if u.everywhere && t.db.sqlite() {
			constraints = append(constraints, Unique{Name: t.tableName() + "_" + u.name, Fault: u.fault})
			continue
		}
		probe := t.db.bun.NewSelect().ColumnExpr("1").TableExpr(t.name)
		var args []int
		argument := func(name string) string {
			args = append(args, position(given, name))
			return fmt.Sprintf("%q = $%d", name, len(args))
		}
		for _, name := range columns {
			probe = probe.Where(argument(name))
		}
		if u.where != "" {
			probe = probe.Where(u.where)
		}
		var self []string
		for _, name := range keys {
			self = append(self, argument(name))
		}
		if len(self) > 0 {
			probe = probe.Where("NOT (" + strings.Join(self, " AND ") + ")")
		}
		constraints = append(constraints, Unique{
			Name: t.tableName() + "_" + u.name, Fault: u.fault, Probe: probe.String(), Args: args,
		})
	}
	return constraints
}

// tableName is the name within the schema, which constraints begin with.
func (t *table[R]) tableName() string {
	return t.db.bun.Dialect().Tables().Get(reflect.TypeFor[*R]()).Name
}

func position(columns []column, name string) int {
	return slices.IndexFunc(columns, func(c column) bool { return c.name == name })
}

// add returns the step that inserts a row.
func (t *table[R]) add(row *R) (Step, error) {
	args, err := t.args(row)
	return Step{Statement: t.insert, Args: args}, err
}

// args returns a row's values in the order of its columns.
func (t *table[R]) args(row *R) ([]any, error) {
	b := t.borrow()
	defer t.giveBack(b)
	b.row = *row
	args := make([]any, len(t.columns), len(t.columns)+1)
	for i, binding := range b.bindings {
		arg, err := binding.encode()
		if err != nil {
			return nil, fmt.Errorf("%s cannot be stored: %w", t.columns[i].name, err)
		}
		args[i] = arg
	}
	return args, nil
}

// update compiles the statement that replaces the row of some key columns, if
// its version is still that of the last argument: $1, $2, … are the columns but
// those that never change.
func (t *table[R]) update(keys ...string) *Statement {
	q := t.db.bun.NewUpdate().Model((*R)(nil)).ModelTableExpr(t.base)
	columns := make([]column, len(t.changing))
	for i, place := range t.changing {
		c := t.columns[place]
		columns[i] = c
		assign := fmt.Sprintf("%q = $%d", c.name, i+1)
		if slices.Contains(keys, c.name) {
			q = q.Where(assign)
		} else {
			q = q.Set(assign)
		}
	}
	q = q.Where(fmt.Sprintf("version = $%d", len(columns)+1))
	return t.db.one(q.String()).withUniques(t.constraints(columns, keys...)...)
}

// replace returns the step of an update statement; the row's version must be
// the stored one's successor.
func (t *table[R]) replace(update *Statement, row *R) (Step, error) {
	all, err := t.args(row)
	if err != nil {
		return Step{}, err
	}
	version, ok := all[t.version].(int64)
	if !ok {
		return Step{}, fmt.Errorf("%s has no version", t.name)
	}
	args := all[:0]
	for _, place := range t.changing {
		args = append(args, all[place])
	}
	return Step{Statement: update, Args: append(args, version-1)}, nil
}

// query begins a select of the table's columns, in their order.
func (t *table[R]) query() *bun.SelectQuery {
	q := t.db.bun.NewSelect().Model((*R)(nil)).
		ModelTableExpr("? AS ?", bun.Safe(t.name), bun.Ident(t.alias))
	return t.choose(q)
}

// across returns the table as those read it who cross tenants, and do not write
// to it.
func (t *table[R]) across() *table[R] {
	all := &table[R]{db: t.db, name: t.base, base: t.base, alias: t.alias, columns: t.columns}
	all.bound.New = all.bind
	return all
}

// choose adds the table's columns to a select, in their order. Bulky ones are
// left out of rows for which the condition does not hold, if there is one.
func (t *table[R]) choose(q *bun.SelectQuery, condition ...string) *bun.SelectQuery {
	for _, f := range t.db.bun.Dialect().Tables().Get(reflect.TypeFor[*R]()).Fields {
		column := bun.SafeQuery("?.?", bun.Ident(t.alias), bun.Ident(f.Name))
		switch {
		case f.UserSQLType == "numeric" && !t.db.sqlite():
			// As the text that was stored, "12.50", not as a number without its
			// last zeros.
			q = q.ColumnExpr("?::text", column)
		case f.UserSQLType == "jsonb" && len(condition) > 0:
			q = q.ColumnExpr("CASE WHEN ? THEN ? END", bun.Safe(condition[0]), column)
		default:
			q = q.ColumnExpr("?", column)
		}
	}
	return q
}

// collect returns the reader of an answer to query.
func (t *table[R]) collect(into *[]R) func(Values) error {
	return func(v Values) error {
		row, err := t.read(v, 0)
		*into = append(*into, row)
		return err
	}
}

// read returns the row whose columns begin at one of the answer's.
func (t *table[R]) read(v Values, first int) (R, error) {
	b := t.borrow()
	defer t.giveBack(b)
	for i, binding := range b.bindings {
		if err := binding.decode(v, first+i); err != nil {
			return b.row, err
		}
	}
	return b.row, nil
}
