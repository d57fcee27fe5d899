package sqlstore

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// addAll returns the steps that insert rows. On PostgreSQL several rows are one
// statement, whatever their number: a list for each column. (COPY is refused
// under row-level security.) SQLite, which is in the process, takes them one by
// one.
func (t *table[R]) addAll(rows []*R) ([]Step, error) {
	if t.db.sqlite() || len(rows) < 2 {
		steps := make([]Step, len(rows))
		for i, row := range rows {
			step, err := t.add(row)
			if err != nil {
				return nil, err
			}
			steps[i] = step
		}
		return steps, nil
	}
	lists := make([][]any, len(t.columns))
	for i := range lists {
		lists[i] = make([]any, len(rows))
	}
	for n, row := range rows {
		args, err := t.args(row)
		if err != nil {
			return nil, err
		}
		for i, arg := range args {
			lists[i][n] = arg
		}
	}
	args := make([]any, len(lists))
	for i, list := range lists {
		args[i] = typed(list)
	}
	return []Step{{Statement: t.db.statement(t.name+" add all", t.insertAll), Args: args}}, nil
}

// typed returns a list of texts or integers as such, which the driver sends
// without looking at each for its type.
func typed(list []any) any {
	switch list[0].(type) {
	case string:
		return allOf[string](list)
	case int64:
		return allOf[int64](list)
	case time.Time:
		return allOf[time.Time](list)
	default:
		return list
	}
}

func allOf[T any](list []any) any {
	all := make([]T, len(list))
	for i, value := range list {
		one, ok := value.(T)
		if !ok {
			return list
		}
		all[i] = one
	}
	return all
}

// insertAll compiles the statement that inserts the rows of a list for each
// column. It returns something because Citus distributes an INSERT … SELECT only
// where it does.
func (t *table[R]) insertAll() *Statement {
	var names, lists, values []string
	for i, f := range t.db.bun.Dialect().Tables().Get(reflect.TypeFor[*R]()).Fields {
		name := fmt.Sprintf("%q", f.Name)
		element, cast := elementOf(f)
		names = append(names, name)
		lists = append(lists, fmt.Sprintf("$%d::%s[]", i+1, element))
		values = append(values, "rows."+name+cast)
	}
	all := strings.Join(names, ", ")
	insert := "INSERT INTO " + t.name + " (" + all + ") SELECT " + strings.Join(values, ", ") +
		" FROM unnest(" + strings.Join(lists, ", ") + ") AS rows (" + all + ")"
	return (&Statement{SQL: insert + " RETURNING NULL"}).
		withUniques(t.constraints(t.columns)...)
}

// elementOf returns the type of a column's values in a list, and the cast that
// makes the column's type of it: decimals and JSON travel as texts.
func elementOf(f *schema.Field) (element, cast string) {
	switch t := f.StructField.Type; {
	case t == momentType || t == momentPtr:
		return "timestamptz", ""
	case t.Kind() == reflect.Bool:
		return "boolean", ""
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64,
		t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Int64:
		return "bigint", ""
	default:
		if kind := strings.ToLower(f.CreateTableSQLType); kind == "jsonb" || kind == "numeric" {
			return "text", "::" + kind
		}
		return "text", ""
	}
}

// in is a filter by a list of texts, the second argument.
func (d *Database) in(column string) string {
	if d.sqlite() {
		return column + " IN (SELECT value FROM json_each($2))"
	}
	return column + " = ANY ($2)"
}

// listed is a list of texts as an argument.
func (d *Database) listed(texts []string) any {
	if d.sqlite() {
		text, _ := json.Marshal(texts) //nolint:errchkjson // texts can be marshalled
		return string(text)
	}
	return texts
}

// texts are ids as texts.
func texts[T ~string](ids []T) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}

// given is a select of rows of texts that come as arguments from a number on:
// on PostgreSQL a list for each column, on SQLite one list of all rows.
func (d *Database) given(from int, columns ...string) string {
	if d.sqlite() {
		values := make([]string, len(columns))
		for i, column := range columns {
			values[i] = fmt.Sprintf("value ->> %d AS %s", i, column)
		}
		return fmt.Sprintf("SELECT %s FROM json_each($%d)", strings.Join(values, ", "), from)
	}
	lists := make([]string, len(columns))
	for i := range columns {
		lists[i] = fmt.Sprintf("$%d::text[]", from+i)
	}
	names := strings.Join(columns, ", ")
	return "SELECT " + names + " FROM unnest(" + strings.Join(lists, ", ") + ") AS given (" + names + ")"
}

// give returns the arguments that given selects from: the columns' texts.
func (d *Database) give(columns ...[]string) []any {
	if !d.sqlite() {
		args := make([]any, len(columns))
		for i, column := range columns {
			args[i] = column
		}
		return args
	}
	rows := make([][]string, len(columns[0]))
	for i := range rows {
		for _, column := range columns {
			rows[i] = append(rows[i], column[i])
		}
	}
	text, _ := json.Marshal(rows) //nolint:errchkjson // texts can be marshalled
	return []any{string(text)}
}
