package bunpeer

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Get implements [peer.Peer].
func (p *Peer) Get(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	found := new(orderModel)
	err := p.read(ctx, "order", tenant, func(ctx context.Context, tx bun.Tx) error {
		return p.order(tx, found, tenant, id).Scan(ctx)
	})
	return found, err
}

// order selects an order with its items.
func (p *Peer) order(tx bun.Tx, found *orderModel, tenant scope.TenantID, id order.ID) *bun.SelectQuery {
	return tx.NewSelect().Model(found).ModelTableExpr("? AS o", p.tables.orders).
		Relation("Items", p.items).Where("o.tenant_id = ?", tenant).Where("o.id = ?", id)
}

// items selects the items of orders, in the order of their lines.
func (p *Peer) items(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ModelTableExpr("? AS i", p.tables.items).Order("i.line")
}

// List implements [peer.Peer].
func (p *Peer) List(ctx context.Context, tenant scope.TenantID, after peer.Position) (any, error) {
	var found []orderModel
	err := p.read(ctx, "order", tenant, func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewSelect().Model(&found).ModelTableExpr("? AS o", p.tables.orders).
			Relation("Items", p.items).Where("o.tenant_id = ?", tenant).Order("o.id DESC").Limit(peer.ListSize + 1)
		if after.After != "" {
			q = q.Where("o.id < ?", after.After)
		}
		return q.Scan(ctx)
	})
	return found, err
}

// Place implements [peer.Peer].
func (p *Peer) Place(ctx context.Context, placement peer.Placement) error {
	placed := modelOfOrder(placement.Order)
	return p.write(ctx, "order", placed.TenantID, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(placed).ModelTableExpr("?", p.tables.orders).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&placed.Items).ModelTableExpr("?", p.tables.items).Exec(ctx); err != nil {
			return err
		}
		index := modelsOfTerms(placed.TenantID, string(placed.ID), placement.Commit.Terms)
		if _, err := tx.NewInsert().Model(&index).ModelTableExpr("?", p.tables.orderTerms).Exec(ctx); err != nil {
			return err
		}
		return p.publish(ctx, tx, p.tables.orderEvents, p.tables.orderStreams, placement.Commit.Events)
	})
}

// publish stores events. On SQLite, where nobody else writes, they get their
// positions at once.
func (p *Peer) publish(ctx context.Context, tx bun.Tx, outbox, streams bun.Ident, events []event.Event) error {
	models := modelsOfEvents(events)
	if p.sqlite {
		head := streamModel{TenantID: events[0].Tenant, Position: int64(len(events))}
		if _, err := tx.NewInsert().Model(&head).ModelTableExpr("? AS s", streams).
			On("CONFLICT (tenant_id) DO UPDATE").Set("position = s.position + EXCLUDED.position").
			Returning("position").Exec(ctx); err != nil {
			return err
		}
		for i := range models {
			position := head.Position - int64(len(models)-1-i)
			models[i].Position = &position
		}
	}
	_, err := tx.NewInsert().Model(&models).ModelTableExpr("?", outbox).Exec(ctx)
	return err
}

// Order implements [peer.Peer].
func (p *Peer) Order(ctx context.Context, tenant scope.TenantID, d order.Draft) (any, error) {
	buyer := new(customerModel)
	if err := p.read(ctx, "customer", tenant, func(ctx context.Context, tx bun.Tx) error {
		return tx.NewSelect().Model(buyer).ModelTableExpr("? AS c", p.tables.customers).
			Where("c.tenant_id = ?", tenant).Where("c.id = ?", d.Customer).Where("c.deleted_at IS NULL").Scan(ctx)
	}); err != nil {
		return nil, err
	}
	products, err := p.products(ctx, tenant, d)
	if err != nil {
		return nil, err
	}
	placement, err := p.rules.Draw(tenant, d, products) //nolint:contextcheck // it computes
	if err != nil {
		return nil, err
	}
	return modelOfOrder(placement.Order), p.Place(ctx, placement)
}

// products reads the products of a draft with their regions and prices.
func (p *Peer) products(ctx context.Context, tenant scope.TenantID, d order.Draft) ([]catalog.Product, error) {
	ids := make([]catalog.ID, len(d.Items))
	for i, item := range d.Items {
		ids[i] = item.Product
	}
	var found []productModel
	err := p.read(ctx, "catalog", tenant, func(ctx context.Context, tx bun.Tx) error {
		return tx.NewSelect().Model(&found).ModelTableExpr("? AS p", p.tables.products).
			Relation("Regions", func(q *bun.SelectQuery) *bun.SelectQuery {
				return q.ModelTableExpr("? AS g", p.tables.regions).Order("g.line")
			}).
			Relation("Pricing", func(q *bun.SelectQuery) *bun.SelectQuery {
				return q.ModelTableExpr("? AS r", p.tables.rules).Order("r.line")
			}).
			Where("p.tenant_id = ?", tenant).Where("p.id IN (?)", bun.List(ids)).Order("p.id").Scan(ctx)
	})
	products := make([]catalog.Product, len(found))
	for i := range found {
		products[i] = found[i].product()
	}
	return products, err
}

// errChanged says that somebody else changed the order first.
var errChanged = errors.New("the order changed since it was read")

// Update implements [peer.Peer].
func (p *Peer) Update(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	found := new(orderModel)
	err := p.write(ctx, "order", tenant, func(ctx context.Context, tx bun.Tx) error {
		if err := p.order(tx, found, tenant, id).Scan(ctx); err != nil {
			return err
		}
		o := found.order()
		former := peer.OrderTerms(o)
		started, err := p.rules.Approve(&o)
		if err != nil {
			return err
		}
		read := found.Version
		*found = *modelOfOrder(o)
		saved, err := tx.NewUpdate().Model(found).ModelTableExpr("? AS o", p.tables.orders).
			Column("version", "status", "phase", "approved_by", "approved_at", "updated_at").
			WherePK().Where("o.version = ?", read).Exec(ctx)
		if err != nil {
			return err
		}
		if err := one(saved); err != nil {
			return err
		}
		if err := p.saveItems(ctx, tx, found); err != nil {
			return err
		}
		if err := p.saveTerms(ctx, tx, found, former, peer.OrderTerms(o)); err != nil {
			return err
		}
		return p.publish(ctx, tx, p.tables.orderEvents, p.tables.orderStreams, []event.Event{started})
	})
	return found, err
}

// saveItems stores the statuses of an order's items: one statement for those
// that have the same.
func (p *Peer) saveItems(ctx context.Context, tx bun.Tx, o *orderModel) error {
	byStatus := map[order.ItemStatus][]order.ItemID{}
	for _, i := range o.Items {
		byStatus[i.Status] = append(byStatus[i.Status], i.ID)
	}
	for status, ids := range byStatus {
		if _, err := tx.NewUpdate().Model((*itemModel)(nil)).ModelTableExpr("? AS i", p.tables.items).
			Set("status = ?", status).Where("i.tenant_id = ?", o.TenantID).Where("i.order_id = ?", o.ID).
			Where("i.id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// saveTerms replaces what an order is found by; terms that stay are not written
// again.
func (p *Peer) saveTerms(ctx context.Context, tx bun.Tx, o *orderModel, former, terms []page.Term) error {
	added, dropped := page.Replaced(former, terms)
	if len(dropped) > 0 {
		gone := modelsOfTerms(o.TenantID, string(o.ID), dropped)
		if _, err := tx.NewDelete().Model(&gone).ModelTableExpr("? AS t", p.tables.orderTerms).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	if len(added) == 0 {
		return nil
	}
	index := modelsOfTerms(o.TenantID, string(o.ID), added)
	_, err := tx.NewInsert().Model(&index).ModelTableExpr("?", p.tables.orderTerms).Exec(ctx)
	return err
}

func one(saved sql.Result) error {
	changed, err := saved.RowsAffected()
	if err == nil && changed != 1 {
		err = errChanged
	}
	return err
}
