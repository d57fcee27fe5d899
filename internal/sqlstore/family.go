package sqlstore

import (
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

// collect returns the reader of an answer, whose rows come in whatever order.
// The last column is what more reads.
func (f *family[P, C]) collect(parent func(row P, v Values, more int) error, children *[]C) func(Values) error {
	own := len(f.parents.columns)
	line, more := own+f.children.position("line"), own+len(f.children.columns)
	return func(v Values) error {
		childless := v.Null(line)
		if childless || v.Integer(line) == 0 {
			row, err := f.parents.read(v, 0)
			if err == nil {
				err = parent(row, v, more)
			}
			if err != nil {
				return err
			}
		}
		if childless {
			return nil
		}
		row, err := f.children.read(v, own)
		*children = append(*children, row)
		return err
	}
}

// windowed returns the step that reads a window of the parents.
func (f *family[P, C]) windowed(of *finder, w page.Window, row func(Values) error) Step {
	t := f.parents
	order := of.window(w)
	limit := of.arg(w.Limit)
	s := t.db.statement(of.name(t.name+" list", order), func() *Statement {
		parents := of.apply(t.db.bun.NewSelect().ColumnExpr("*").TableExpr(t.name)).OrderExpr(order)
		return f.statement(parents.String() + " LIMIT " + limit)
	})
	return Step{Statement: s, Args: of.args, Row: row}
}

// where returns the statement that reads the parents of a tenant, the first
// argument, for which a condition on the second holds.
func (f *family[P, C]) where(condition string) *Statement {
	t := f.parents
	return f.statement(t.db.bun.NewSelect().ColumnExpr("*").TableExpr(t.name).Where("tenant_id = $1").Where(condition).String())
}
