package sqlstore

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/page"
)

// finder builds the select of a list whose filters are set or not. Its text
// depends on which are set alone, so that each combination is compiled once.
type finder struct {
	args    []any
	clauses []string
}

// find begins a list of a tenant's rows of a table.
func find(tenant string) *finder {
	f := &finder{}
	f.where("tenant_id = ", tenant)
	return f
}

// arg adds an argument and returns its placeholder.
func (f *finder) arg(value any) string {
	f.args = append(f.args, value)
	return "$" + strconv.Itoa(len(f.args))
}

// where adds a clause that ends with its one argument.
func (f *finder) where(clause string, value any) {
	f.clauses = append(f.clauses, clause+f.arg(value))
}

// equal adds a filter unless its value is empty.
func (f *finder) equal(column, value string) {
	if value != "" {
		f.where(column+" = ", value)
	}
}

// matching adds the terms that the rows must have; terms is the table of them.
func (f *finder) matching(terms string, matches []page.Match) {
	for _, m := range matches {
		clause := "id IN (SELECT id FROM " + terms + " WHERE tenant_id = $1 AND key = " + f.arg(m.Key) + " AND value "
		if m.Prefix {
			clause += ">= " + f.arg(m.Value) + " AND value < " + f.arg(successor(m.Value)) + ")"
		} else {
			clause += "= " + f.arg(m.Value) + ")"
		}
		f.clauses = append(f.clauses, clause)
	}
}

// window adds the keyset: the rows after a key in the order of ids.
func (f *finder) window(w page.Window) (order string) {
	comparison, order := ">", "id ASC"
	if w.Newest {
		comparison, order = "<", "id DESC"
	}
	if w.After != "" {
		f.where("id "+comparison+" ", w.After)
	}
	return order
}

// name tells the statement of these filters, of a kind and order, from all
// others.
func (f *finder) name(kind, order string) string {
	return kind + " " + strings.Join(f.clauses, " ") + order
}

// list returns the step that reads a window of a table.
func list[R any](t *table[R], f *finder, w page.Window, into *[]R) Step {
	order := f.window(w)
	limit := f.arg(w.Limit)
	s := t.db.statement(f.name(t.name+" list", order), func() *Statement {
		return &Statement{SQL: f.apply(t.query()).OrderExpr(order).String() + " LIMIT " + limit}
	})
	return Step{Statement: s, Args: f.args, Row: t.collect(into)}
}

// integer returns the reader of a row of one integer.
func integer(into *int64) func(Values) error {
	return func(v Values) error {
		*into = v.Integer(0)
		return nil
	}
}

func (f *finder) apply(q *bun.SelectQuery) *bun.SelectQuery {
	for _, clause := range f.clauses {
		q = q.Where(clause)
	}
	return q
}

// successor is the first text after all that begin with a prefix. In the order
// of bytes, which for UTF-8 is that of code points, those are a range. Words
// are of letters and digits, so the last code point is not the very last.
func successor(prefix string) string {
	last, size := utf8.DecodeLastRuneInString(prefix)
	if last == 0xD7FF {
		last = 0xDFFF // surrogates are no text
	}
	return prefix[:len(prefix)-size] + string(last+1)
}
