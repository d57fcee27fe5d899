package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

type orders struct {
	store
	table *table[orderRow]
	items *table[itemRow]

	get, getItems    *Statement
	save, saveStatus *Statement
}

// Orders returns the store of the order service.
func Orders(d *Database) order.Store {
	s := &orders{store: newStore(d, "order")}
	s.table = newTable[orderRow](d, "order",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("order", "id")})
	s.items = newTable[itemRow](d, "order",
		unique{columns: "tenant_id, order_id, id", name: "pkey", fault: taken("item", "id")})
	s.get = &Statement{SQL: s.table.query().Where("tenant_id = $1").Where("id = $2").String()}
	s.getItems = &Statement{SQL: s.items.query().
		Where("tenant_id = $1").Where("order_id = $2").OrderExpr("line").String()}
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

func (s *orders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	var b baskets
	err := s.reading(ctx, func(tenant string) []Step {
		args := []any{tenant, string(id)}
		return []Step{
			{Statement: s.get, Args: args, Row: s.table.collect(&b.orders)},
			{Statement: s.getItems, Args: args, Row: s.items.collect(&b.items)},
		}
	})
	return only(b.entities(), err, "order")
}

func (s *orders) List(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
	var b baskets
	err := s.reading(ctx, func(tenant string) []Step {
		listed := list(s.table, s.find(tenant, q, matches), w, &b.orders)
		// The items of the same window of orders: the window is asked for again.
		items := s.statement("items of "+listed.Statement.SQL, func() *Statement {
			return &Statement{SQL: s.items.query().Where("tenant_id = $1").
				Where("order_id IN (SELECT id FROM (" + listed.Statement.SQL + ") AS orders)").
				OrderExpr("order_id, line").String()}
		})
		return []Step{listed, {Statement: items, Args: listed.Args, Row: s.items.collect(&b.items)}}
	})
	if err != nil {
		return nil, err
	}
	return b.entities(), nil
}

func (s *orders) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	var count int64
	err := s.reading(ctx, func(tenant string) []Step {
		f := s.find(tenant, q, matches)
		f.has("")
		counted := s.statement(s.table.name+" count "+strings.Join(f.clauses, " "), func() *Statement {
			return &Statement{SQL: f.apply(s.bun.NewSelect().ColumnExpr("count(*)").TableExpr(s.table.name)).String()}
		})
		return []Step{{Statement: counted, Args: f.args, Row: func(r Scanner) error { return r.Scan(&count) }}}
	})
	return count, err
}

func (s *orders) find(tenant string, q order.Query, matches []page.Match) *finder {
	f := find(tenant)
	f.equal("customer_id", string(q.Customer))
	f.equal("status", string(q.Status))
	if !q.From.IsZero() {
		f.where("created_at >= $%d", s.moment(q.From))
	}
	if !q.To.IsZero() {
		f.where("created_at < $%d", s.moment(q.To))
	}
	f.matching(s.ledger.terms.name, matches)
	return f
}

// moment is a time as an argument.
func (s *orders) moment(t time.Time) any {
	if s.sqlite() {
		return t.UnixMicro()
	}
	return t
}
