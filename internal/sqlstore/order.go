package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

type orders struct {
	store
	table *table[orderRow]
	items *table[itemRow]
	full  family[orderRow, itemRow]

	get, save, saveStatus *Statement
}

// Orders returns the store of the order service.
func Orders(d *Database) order.Store {
	s := &orders{store: newStore(d, "order")}
	s.table = newTable[orderRow](d, "order",
		unique{columns: "tenant_id, id", name: "pkey", fault: taken("order", "id")})
	s.items = newTable[itemRow](d, "order",
		unique{columns: "tenant_id, order_id, id", name: "pkey", fault: taken("item", "id")})
	s.full = family[orderRow, itemRow]{parents: s.table, children: s.items, key: "order_id"}
	s.get = s.full.where("id = $2")
	s.save = s.table.update("tenant_id", "id")
	// An item that is where it was is not written again.
	update := d.bun.NewUpdate().Model((*itemRow)(nil)).ModelTableExpr("? AS i", bun.Safe(s.items.base)).
		Where("i.tenant_id = $1").Where("i.order_id = $2")
	if d.sqlite() {
		update = update.Set("status = $4").Where("i.id = $3").Where("i.status <> $4")
	} else {
		// Looked up, not joined: a join would have as many plans as ways.
		const status = "($4::text[])[array_position($3::text[], i.id)]"
		update = update.Set("status = " + status).Where("i.status <> " + status)
	}
	s.saveStatus = &Statement{SQL: update.String()}
	return s
}

func (s *orders) Create(ctx context.Context, o order.Order, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		step, err := s.table.add(rowOfOrder(as, o))
		if err != nil {
			return nil, err
		}
		rows := make([]*itemRow, len(o.Items))
		for line, i := range o.Items {
			rows[line] = rowOfItem(as, o.ID, line, i)
		}
		items, err := s.items.addAll(rows)
		if err != nil {
			return nil, err
		}
		index, err := s.ledger.terms.addAll(termsOf(as, string(o.ID), commit.Terms))
		return slices.Concat([]Step{step}, items, index), err
	})
}

func (s *orders) Save(ctx context.Context, o order.Order, commit event.Commit) error {
	return s.SaveMany(ctx, []order.Saved{{Order: o, Terms: commit.Terms, Former: commit.Former}}, commit)
}

func (s *orders) SaveMany(ctx context.Context, all []order.Saved, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		var steps []Step
		for _, saved := range all {
			o := saved.Order
			step, err := s.table.replace(s.save, rowOfOrder(as, o))
			if err != nil {
				return nil, err
			}
			steps = append(append(steps, step), s.statuses(as, o)...)
			steps = append(steps, s.ledger.index(as, string(o.ID), saved.Former, saved.Terms)...)
		}
		return steps, nil
	})
}

// statuses returns the steps that store an order's items' statuses: one for all,
// or on SQLite, which is in the process, one for each.
func (s *orders) statuses(as Principal, o order.Order) []Step {
	of := []any{string(as.Tenant), string(o.ID)}
	if s.sqlite() {
		steps := make([]Step, len(o.Items))
		for line, i := range o.Items {
			steps[line] = Step{Statement: s.saveStatus, Args: append(slices.Clone(of), string(i.ID), string(i.Status))}
		}
		return steps
	}
	if len(o.Items) == 0 {
		return nil
	}
	ids, statuses := make([]string, len(o.Items)), make([]string, len(o.Items))
	for line, i := range o.Items {
		ids[line], statuses[line] = string(i.ID), string(i.Status)
	}
	return []Step{{Statement: s.saveStatus, Args: append(of, ids, statuses)}}
}

func (s *orders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	var b baskets
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: s.get, Args: []any{tenant, string(id)}, Row: s.full.collect(b.add, b.put)}}
	})
	return only(b.entities(false), err, "order")
}

func (s *orders) List(ctx context.Context, q order.Query, matches []page.Match, w page.Window) ([]order.Order, error) {
	var b baskets
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{s.full.windowed(s.find(tenant, q, matches), w, s.full.collect(b.add, b.put))}
	})
	if err != nil {
		return nil, err
	}
	return b.entities(w.Newest), nil
}

func (s *orders) Count(ctx context.Context, q order.Query, matches []page.Match) (int64, error) {
	var count int64
	err := s.reading(ctx, func(tenant string) []Step {
		f := s.find(tenant, q, matches)
		f.has("", s.sqlite())
		counted := s.statement(f.name(s.table.name+" count", ""), func() *Statement {
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
