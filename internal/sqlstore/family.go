package sqlstore

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/page"
)

// family reads rows of a table with their children: a row of the answer for
// each child, or one for a parent without children. It is one statement, so
// that both are of one state, whatever happens beside it.
type family[P, C any] struct {
	parents  *table[P]
	children *table[C]
	// key is the children's column that names their parent.
	key string
	// more is what is read beside a parent's own columns: an expression, or
	// nothing.
	more string
}

// statement compiles the read of the parents that a select of whole rows finds.
func (f *family[P, C]) statement(parents string) *Statement {
	// Of a parent's rows that of its first child has all of the parent: what is
	// bulky comes once.
	first := "coalesce(" + f.children.alias + ".line, 0) = 0"
	q := f.parents.db.bun.NewSelect().TableExpr("(?) AS ?", bun.Safe(parents), bun.Ident(f.parents.alias))
	q = f.children.choose(f.parents.choose(q, first))
	if f.more != "" {
		q = q.ColumnExpr("CASE WHEN ? THEN ? END", bun.Safe(first), bun.Safe(f.more))
	}
	return &Statement{SQL: f.join(q).String()}
}

// join gives each parent its children. PostgreSQL is kept from reading those of
// parents that are not wanted.
func (f *family[P, C]) join(q *bun.SelectQuery) *bun.SelectQuery {
	table, alias := bun.Safe(f.children.name), bun.Ident(f.children.alias)
	key, parent := bun.Ident(f.key), bun.Ident(f.parents.alias)
	if f.parents.db.sqlite() {
		return q.Join("LEFT JOIN ? AS ? ON ?.tenant_id = $1 AND ?.? = ?.id", table, alias, alias, alias, key, parent)
	}
	return q.Join("LEFT JOIN LATERAL (SELECT * FROM ? AS x WHERE x.tenant_id = $1 AND x.? = ?.id OFFSET 0) AS ? ON true",
		table, key, parent, alias)
}

// collect returns the reader of an answer, whose rows come in whatever order:
// parent takes a parent and where the column of what more reads is, child a
// child and its place among its siblings, from 0.
func (f *family[P, C]) collect(parent func(row P, v Values, more int) error, child func(row C, line int)) func(Values) error {
	own := len(f.parents.columns)
	line, more := own+position(f.children.columns, "line"), own+len(f.children.columns)
	return func(v Values) error {
		place := v.Integer(line)
		if place == 0 {
			row, err := f.parents.read(v, 0)
			if err == nil {
				err = parent(row, v, more)
			}
			if err != nil || v.Null(line) {
				return err
			}
		}
		row, err := f.children.read(v, own)
		if err == nil {
			child(row, int(place))
		}
		return err
	}
}

// gathering are parents as they are read.
type gathering[T any, I ~string] struct {
	all   []T
	index map[I]int
	last  I // whose place is current
	place int
}

// of returns the parent of an id, which mostly is the one asked for before.
func (g *gathering[T, I]) of(id I) *T {
	if len(g.all) > 0 && g.last == id {
		return &g.all[g.place]
	}
	place, found := g.index[id]
	if !found {
		place = len(g.all)
		g.all = append(g.all, *new(T))
		if g.index == nil {
			g.index = map[I]int{}
		}
		g.index[id] = place
	}
	g.last, g.place = id, place
	return &g.all[place]
}

// sorted returns the parents by their ids, as which most are read.
func (g *gathering[T, I]) sorted(newest bool, id func(*T) I) []T {
	compare := func(x, y T) int { return strings.Compare(string(id(&x)), string(id(&y))) }
	if newest {
		compare = func(x, y T) int { return strings.Compare(string(id(&y)), string(id(&x))) }
	}
	if !slices.IsSortedFunc(g.all, compare) {
		slices.SortFunc(g.all, compare)
	}
	return g.all
}

// placed returns a list with a value at a place, which the list grows for.
func placed[T any](list []T, place int, value T) []T {
	if list == nil {
		list = make([]T, 0, 4)
	}
	if more := place + 1 - len(list); more > 0 {
		list = slices.Grow(list, more)[:place+1]
	}
	list[place] = value
	return list
}

// windowed returns the step that reads a window of the parents.
func (f *family[P, C]) windowed(of *finder, w page.Window, row func(Values) error) Step {
	t := f.parents
	end := of.window(w, t.db.sqlite())
	s := t.db.statement(of.name(t.name+" list", end.name()), func() *Statement {
		return f.statement(end.of(of.apply(t.db.bun.NewSelect().ColumnExpr("*").TableExpr(t.name))))
	})
	return Step{Statement: s, Args: of.args, Row: row}
}

// where returns the statement that reads the parents of a tenant, the first
// argument, for which a condition on the second holds.
func (f *family[P, C]) where(condition string) *Statement {
	t := f.parents
	return f.statement(t.db.bun.NewSelect().ColumnExpr("*").TableExpr(t.name).Where("tenant_id = $1").Where(condition).String())
}
