package sqlstore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/fault"
)

// table is a service's table whose rows are R structs with bun's tags. Every
// table but the tenants' has tenant_id as its first column.
type table[R any] struct {
	db      *Database
	name    string // as SQL writes it
	alias   string
	columns []column
	uniques []unique
	insert  *Statement
}

// newTable describes a table: on PostgreSQL it is in the schema of its
// service, on SQLite its name begins with the service's.
func newTable[R any](d *Database, service string, uniques ...unique) *table[R] {
	described := d.bun.Dialect().Tables().Get(reflect.TypeFor[*R]())
	t := &table[R]{
		db: d, alias: described.Alias, uniques: uniques,
		name: fmt.Sprintf("%q.%q", service, described.Name),
	}
	if d.sqlite() {
		t.name = fmt.Sprintf("%q", service+"_"+described.Name)
	}
	insert := d.bun.NewInsert().Model(new(R)).ModelTableExpr(t.name).Returning("NULL")
	for i, f := range described.Fields {
		t.columns = append(t.columns, column{name: f.Name, index: f.Index, codec: codecOf(f, d.sqlite())})
		insert = insert.Value(f.Name, fmt.Sprintf("$%d", i+1))
	}
	t.insert = (&Statement{SQL: insert.String()}).withUniques(t.constraints()...)
	return t
}

// unique declares a constraint of a table: its primary key, or the index of
// that name.
type unique struct {
	columns string // joined by ", "
	name    string // without the table's; "pkey" is the primary key
	where   string // of a partial index
	fault   *fault.Error
}

// constraints are those that a statement with the row's values as arguments
// can break. One that replaces the row of some keys cannot break them, nor be
// stopped by the row itself.
func (t *table[R]) constraints(keys ...string) []Unique {
	var constraints []Unique
	for _, u := range t.uniques {
		columns := strings.Split(u.columns, ", ")
		if len(keys) > 0 && slices.Equal(columns, keys) {
			continue
		}
		probe := t.db.bun.NewSelect().ColumnExpr("1").TableExpr(t.name)
		var args []int
		argument := func(name string) string {
			args = append(args, t.position(name))
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

func (t *table[R]) position(name string) int {
	for i, c := range t.columns {
		if c.name == name {
			return i
		}
	}
	return -1
}

// add returns the step that inserts a row.
func (t *table[R]) add(row *R) (Step, error) {
	args, err := t.args(row)
	return Step{Statement: t.insert, Args: args}, err
}

// args returns a row's values in the order of its columns.
func (t *table[R]) args(row *R) ([]any, error) {
	v := reflect.ValueOf(row).Elem()
	args := make([]any, len(t.columns), len(t.columns)+1)
	for i, c := range t.columns {
		arg, err := c.codec.encode(v.FieldByIndex(c.index))
		if err != nil {
			return nil, fmt.Errorf("%s cannot be stored: %w", c.name, err)
		}
		args[i] = arg
	}
	return args, nil
}

// update compiles the statement that replaces the row of some key columns, if
// its version is still that of the last argument: $1, $2, … are the columns.
func (t *table[R]) update(keys ...string) *Statement {
	q := t.db.bun.NewUpdate().Model((*R)(nil)).ModelTableExpr(t.name)
	for i, c := range t.columns {
		assign := fmt.Sprintf("%q = $%d", c.name, i+1)
		if slices.Contains(keys, c.name) {
			q = q.Where(assign)
		} else {
			q = q.Set(assign)
		}
	}
	q = q.Where(fmt.Sprintf("version = $%d", len(t.columns)+1))
	return t.db.one(q.String()).withUniques(t.constraints(keys...)...)
}

// replace returns the step of an update statement; the row's version must be
// the stored one's successor.
func (t *table[R]) replace(update *Statement, row *R, version int64) (Step, error) {
	args, err := t.args(row)
	return Step{Statement: update, Args: append(args, version-1)}, err
}

// query begins a select of the table's columns, in their order.
func (t *table[R]) query() *bun.SelectQuery {
	q := t.db.bun.NewSelect().Model((*R)(nil)).
		ModelTableExpr("? AS ?", bun.Safe(t.name), bun.Ident(t.alias))
	for _, f := range t.db.bun.Dialect().Tables().Get(reflect.TypeFor[*R]()).Fields {
		if f.UserSQLType == "numeric" && !t.db.sqlite() {
			// As the text that was stored, "12.50", not as a number without its
			// last zeros.
			q = q.ColumnExpr("?::text", bun.Ident(f.Name))
			continue
		}
		q = q.Column(f.Name)
	}
	return q
}

// collect returns the reader of an answer to query.
func (t *table[R]) collect(into *[]R) func(Scanner) error {
	return func(s Scanner) error {
		var row R
		if err := t.scan(s, &row); err != nil {
			return err
		}
		*into = append(*into, row)
		return nil
	}
}

func (t *table[R]) scan(s Scanner, row *R) error {
	v := reflect.ValueOf(row).Elem()
	targets := make([]any, len(t.columns))
	var thens []func() error
	for i, c := range t.columns {
		target, then := c.codec.decode(v.FieldByIndex(c.index))
		targets[i] = target
		if then != nil {
			thens = append(thens, then)
		}
	}
	if err := s.Scan(targets...); err != nil {
		return err
	}
	for _, then := range thens {
		if err := then(); err != nil {
			return err
		}
	}
	return nil
}
