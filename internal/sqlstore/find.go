package sqlstore

import (
	"math/bits"
	"slices"
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

	// matches are the terms that are asked for, terms is their table, and row what
	// the select calls a row.
	matches    []page.Match
	terms, row string

	// uneven says that only its arguments tell how many rows a filter leaves.
	uneven bool
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

// matching adds the terms that the rows must have, the one first that is likely
// to be the rarest: a whole word before the beginning of one, a long one before
// a short one.
func (f *finder) matching(terms, row string, matches []page.Match) {
	f.terms, f.row, f.matches = terms, row, slices.Clone(matches)
	slices.SortStableFunc(f.matches, func(a, b page.Match) int {
		if a.Prefix != b.Prefix {
			if a.Prefix {
				return 1
			}
			return -1
		}
		return len(b.Value) - len(a.Value)
	})
}

// has adds the clauses of the terms. The rows are found by the first one; what
// bounds their ids bounds its ids too, so that a page far down a list begins
// there in both. Of each row that is found the others are looked up: joined,
// all rows of one word would be looked through for each of another, for the
// database expects few of any.
func (f *finder) has(bound string, sqlite bool) {
	for i, m := range f.matches {
		term := " AND key = " + f.arg(m.Key) + " AND value "
		if m.Prefix {
			term += ">= " + f.arg(m.Value) + " AND value < " + f.arg(successor(m.Value))
		} else {
			term += "= " + f.arg(m.Value)
		}
		if i == 0 {
			f.clauses = append(f.clauses, "id IN (SELECT id FROM "+f.terms+" WHERE tenant_id = $1"+term+bound+")")
			continue
		}
		if !sqlite {
			term += " OFFSET 0" // which keeps it from becoming a join
		}
		f.clauses = append(f.clauses,
			"EXISTS (SELECT 1 FROM "+f.terms+" AS w WHERE w.tenant_id = $1 AND w.id = "+f.row+".id"+term+")")
	}
}

// window adds the keyset, the rows after a key in the order of ids, and returns
// how the list ends.
func (f *finder) window(w page.Window, sqlite bool) ending {
	e := ending{sqlite: sqlite, order: "id ASC"}
	if !f.uneven {
		e.about = 1 << bits.Len(uint(max(w.Limit, 1)-1))
	}
	comparison := ">"
	if w.Newest {
		comparison, e.order = "<", "id DESC"
	}
	bound := ""
	if w.After != "" {
		f.where("id "+comparison+" ", w.After)
		bound = " AND " + f.clauses[len(f.clauses)-1]
	}
	f.has(bound, sqlite)
	e.limit = f.arg(w.Limit)
	return e
}

// ending is how a list ends: in an order, after as many rows as an argument
// says. About how many that are stands in the text as well, rounded up to a
// power of two, so that there are few texts. PostgreSQL, where it plans for any
// arguments, takes a limit that it does not know for a tenth of all rows, and
// would read tables in full to join them. Where a filter is uneven that is as
// well: a plan for any arguments then looks dear enough to be made for each.
type ending struct {
	order, limit string
	about        int
	sqlite       bool
}

// name tells lists apart that differ in nothing else.
func (e ending) name() string { return e.order + " " + strconv.Itoa(e.about) }

// of returns a select with the ending.
func (e ending) of(q *bun.SelectQuery) string {
	ordered := q.OrderExpr(e.order).String()
	if e.sqlite || e.about == 0 {
		return ordered + " LIMIT " + e.limit
	}
	return "SELECT * FROM (" + ordered + " LIMIT " + strconv.Itoa(e.about) + ") AS page ORDER BY " + e.order + " LIMIT " + e.limit
}

// name tells the statement of these filters, of a kind and order, from all
// others.
func (f *finder) name(kind, order string) string {
	return kind + " " + strings.Join(f.clauses, " ") + order
}

// list returns the step that reads a window of a table.
func list[R any](t *table[R], f *finder, w page.Window, into *[]R) Step {
	end := f.window(w, t.db.sqlite())
	s := t.db.statement(f.name(t.name+" list", end.name()), func() *Statement {
		return &Statement{SQL: end.of(f.apply(t.query()))}
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
