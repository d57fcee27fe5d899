package sqlstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

type orders struct {
	store
	table *table[orderRow]
	items *table[itemRow]

	get              *Statement
	save, saveStatus *Statement
}

// Orders returns the store of the order service.
func Orders(d *Database) order.Store {
	s := &orders{store: newStore(d, "order")}
	s.table = newTable[orderRow](d, "order",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("order", "id")})
	s.items = newTable[itemRow](d, "order",
		unique{columns: "tenant_id, order_id, id", name: "pkey", fault: taken("item", "id")})
	s.get = s.withItems(d.bun.NewSelect().ColumnExpr("*").TableExpr(s.table.name).
		Where("tenant_id = $1").Where("id = $2").String())
	s.save = s.table.update("tenant_id", "id")
	// An item that is where it was is not written again.
	s.saveStatus = &Statement{SQL: d.bun.NewUpdate().Model((*itemRow)(nil)).ModelTableExpr(s.items.name).
		Set("status = $4").Where("tenant_id = $1").Where("order_id = $2").Where("id = $3").Where("status <> $4").String()}
	return s
}

func (s *orders) Create(ctx context.Context, o order.Order, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		step, err := s.table.add(rowOfOrder(as, o))
		if err != nil {
			return nil, err
		}
		steps := []Step{step}
		for line, i := range o.Items {
			step, err := s.items.add(rowOfItem(as, o.ID, line, i))
			if err != nil {
				return nil, err
			}
			steps = append(steps, step)
		}
		index, err := s.ledger.index(as, string(o.ID), true, commit.Terms)
		return append(steps, index...), err
	})
}

func (s *orders) Save(ctx context.Context, o order.Order, commit event.Commit) error {
	return s.SaveMany(ctx, []order.Saved{{Order: o, Terms: commit.Terms}}, commit)
}

func (s *orders) SaveMany(ctx context.Context, all []order.Saved, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		var steps []Step
		for _, saved := range all {
			o := saved.Order
			step, err := s.table.replace(s.save, rowOfOrder(as, o), o.Version)
			if err != nil {
				return nil, err
			}
			steps = append(steps, step)
			for _, i := range o.Items {
				steps = append(steps, Step{
					Statement: s.saveStatus, Args: []any{string(as.Tenant), string(o.ID), string(i.ID), string(i.Status)},
				})
			}
			index, err := s.ledger.index(as, string(o.ID), false, saved.Terms)
			if err != nil {
				return nil, err
			}
			steps = append(steps, index...)
		}
		return steps, nil
	})
}

// withItems compiles the statement that reads the orders of a select with their
// items: a row for each item, or one for an order without items. One statement
// sees one state of both.
func (s *orders) withItems(orders string) *Statement {
	q := s.bun.NewSelect().TableExpr("(?) AS ?", bun.Safe(orders), bun.Ident(s.table.alias))
	q = s.items.choose(s.table.choose(q, "coalesce(i.line, 0) = 0"))
	return &Statement{SQL: s.items.each(q, "x.tenant_id = $1 AND x.order_id = o.id").String()}
}

func (s *orders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	var b baskets
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: s.get, Args: []any{tenant, string(id)}, Row: s.collect(&b)}}
	})
	return only(b.entities(false), err, "order")
}

func (s *orders) List(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
	var b baskets
	err := s.reading(ctx, func(tenant string) []Step {
		f := s.find(tenant, q, matches)
		end := f.window(w, s.sqlite())
		listed := s.statement(s.table.name+" list "+strings.Join(f.clauses, " ")+end.name(), func() *Statement {
			return s.withItems(end.of(f.apply(s.bun.NewSelect().ColumnExpr("*").TableExpr(s.table.name))))
		})
		return []Step{{Statement: listed, Args: f.args, Row: s.collect(&b)}}
	})
	if err != nil {
		return nil, err
	}
	return b.entities(w.Newest), nil
}

// collect returns the reader of an answer to a statement of withItems. Of the
// rows of an order the one of its first item has all of the order.
func (s *orders) collect(b *baskets) func(Values) error {
	own := len(s.table.columns)
	line := own + s.items.position("line")
	return func(v Values) error {
		bare := v.Null(line)
		if bare || v.Integer(line) == 0 {
			o, err := s.table.read(v, 0)
			if err != nil {
				return err
			}
			b.orders = append(b.orders, o)
		}
		if bare {
			return nil
		}
		i, err := s.items.read(v, own)
		b.items = append(b.items, i)
		return err
	}
}

func (s *orders) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	var count int64
	err := s.reading(ctx, func(tenant string) []Step {
		f := s.find(tenant, q, matches)
		f.has("", s.sqlite())
		counted := s.statement(s.table.name+" count "+strings.Join(f.clauses, " "), func() *Statement {
			return &Statement{SQL: f.apply(s.bun.NewSelect().ColumnExpr("count(*)").TableExpr(s.table.name)).String()}
		})
		return []Step{{Statement: counted, Args: f.args, Row: integer(&count)}}
	})
	return count, err
}

func (s *orders) find(tenant string, q order.Query, matches []page.Match) *finder {
	f := find(tenant)
	f.equal("customer_id", string(q.Customer))
	f.equal("status", string(q.Status))
	f.uneven = !q.From.IsZero() || !q.To.IsZero()
	if !q.From.IsZero() {
		f.where("created_at >= ", moment(q.From, s.sqlite()))
	}
	if !q.To.IsZero() {
		f.where("created_at < ", moment(q.To, s.sqlite()))
	}
	f.matching(s.ledger.terms.name, s.table.name, matches)
	return f
}
