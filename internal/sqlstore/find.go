package sqlstore

import (
	"fmt"
	"math/bits"
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

	// terms is the table of terms, and matches are those that are asked for.
	terms   string
	matches []page.Match
}

// find begins a list of a tenant's rows of a table.
func find(tenant string) *finder {
	f := &finder{}
	f.where("tenant_id = $%d", tenant)
	return f
}

// where adds a clause with one argument, whose number replaces %d.
func (f *finder) where(clause string, arg any) {
	f.args = append(f.args, arg)
	f.clauses = append(f.clauses, fmt.Sprintf(clause, len(f.args)))
}

// equal adds a filter unless its value is empty.
func (f *finder) equal(column, value string) {
	if value != "" {
		f.where(column+" = $%d", value)
	}
}

// matching adds the terms that the rows must have; terms is the table of them.
func (f *finder) matching(terms string, matches []page.Match) { f.terms, f.matches = terms, matches }

// has adds the clauses of the terms. What bounds the rows' ids bounds those of
// the terms too: a page far down a list begins there in both.
func (f *finder) has(bound string) {
	for _, m := range f.matches {
		f.args = append(f.args, m.Key, m.Value)
		n := len(f.args)
		clause := fmt.Sprintf("id IN (SELECT id FROM %s WHERE tenant_id = $1 AND key = $%d AND value ", f.terms, n-1)
		if m.Prefix {
			f.args = append(f.args, successor(m.Value))
			clause += fmt.Sprintf(">= $%d AND value < $%d", n, n+1)
		} else {
			clause += fmt.Sprintf("= $%d", n)
		}
		f.clauses = append(f.clauses, clause+bound+")")
	}
}

// window adds the keyset: the rows after a key in the order of ids.
func (f *finder) window(w page.Window) (order string) {
	comparison, order := ">", "id ASC"
	if w.Newest {
		comparison, order = "<", "id DESC"
	}
	bound := ""
	if w.After != "" {
		f.where("id "+comparison+" $%d", w.After)
		bound = " AND " + f.clauses[len(f.clauses)-1]
	}
	f.has(bound)
	return order
}

// list returns the step that reads a window of a table.
func list[R any](t *table[R], f *finder, w page.Window, into *[]R) Step {
	order := f.window(w)
	f.args = append(f.args, w.Limit)
	about := roughly(w.Limit)
	name := fmt.Sprintf("%s list %s %s %d", t.name, strings.Join(f.clauses, " "), order, about)
	s := t.db.statement(name, func() *Statement {
		return &Statement{SQL: t.db.limited(f.apply(t.query()).OrderExpr(order).String(), order, about, len(f.args))}
	})
	return Step{Statement: s, Args: f.args, Row: t.collect(into)}
}

// limited ends an ordered select after as many rows as the argument of that
// number says. PostgreSQL, where it plans for any arguments, takes a limit that
// it does not know for a tenth of all rows, and then reads tables in full to
// join them; so the text also says about how many are wanted.
func (d *Database) limited(ordered, order string, about, argument int) string {
	if d.sqlite() {
		return fmt.Sprintf("%s LIMIT $%d", ordered, argument)
	}
	return fmt.Sprintf("SELECT * FROM (%s LIMIT %d) AS page ORDER BY %s LIMIT $%d", ordered, about, order, argument)
}

// roughly is the power of two that is a number or comes next: so few that each
// has a text of its own.
func roughly(n int) int { return 1 << bits.Len(uint(max(n, 1)-1)) } //nolint:gosec // it is positive

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
