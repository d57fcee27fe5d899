package sqlitepeer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

const (
	addOrder = `INSERT INTO main.order_orders (tenant_id, id, version, customer_id, status, phase, attempt, total_amount, currency,
			metadata, failure, approved_by, approved_at, created_at, updated_at, provisioned_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

	addItem = `INSERT INTO main.order_items (tenant_id, order_id, id, line, product_id, sku, name, quantity, region, configuration,
			resource_type, rates, snapshot, amount, status)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

	addOrderTerm = `INSERT INTO main.order_terms (tenant_id, key, value, id) VALUES ($1, $2, $3, $4)`

	addOrderEvent = `INSERT INTO main.order_outbox (tenant_id, id, position, type, subject, version, time, actor, reason, correlation_id,
			causation_id, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

	headOfOrders = `INSERT INTO main.order_streams (tenant_id, position) VALUES ($1, $2)
		ON CONFLICT (tenant_id) DO UPDATE SET position = position + excluded.position RETURNING position`

	saveOrder = `UPDATE main.order_orders SET version = $3, status = $4, phase = $5, approved_by = $6, approved_at = $7, updated_at = $8
		WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1`

	saveItem = `UPDATE main.order_items SET status = $4 WHERE tenant_id = $1 AND order_id = $2 AND id = $3 AND status <> $4`

	dropTerm = `DELETE FROM main.order_terms WHERE tenant_id = $1 AND key = $2 AND value = $3 AND id = $4`
)

// Place stores the order and all that belongs to it.
func (p *Peer) Place(ctx context.Context, placement peer.Placement) error {
	o := placement.Order
	tenant, id := string(o.TenantID), string(o.ID)
	metadata, err := json.Marshal(o.Metadata)
	if err != nil {
		return err
	}
	items := make([][]any, len(o.Items))
	for line, i := range o.Items {
		if items[line], err = itemArgs(tenant, id, line, i); err != nil {
			return err
		}
	}
	return p.write(ctx, orders, o.TenantID, func(ctx context.Context) error {
		if err := p.exec(ctx, addOrder, tenant, id, o.Version, string(o.CustomerID), string(o.Status), string(o.Phase), o.Attempt,
			o.TotalAmount, string(o.Currency), string(metadata), o.Failure, o.ApprovedBy, micros(o.ApprovedAt),
			o.CreatedAt.UnixMicro(), o.UpdatedAt.UnixMicro(), micros(o.ProvisionedAt)); err != nil {
			return err
		}
		for _, args := range items {
			if err := p.exec(ctx, addItem, args...); err != nil {
				return err
			}
		}
		for _, t := range placement.Commit.Terms {
			if err := p.exec(ctx, addOrderTerm, tenant, t.Key, t.Value, id); err != nil {
				return err
			}
		}
		return p.publish(ctx, headOfOrders, addOrderEvent, placement.Commit.Events)
	})
}

func itemArgs(tenant, of string, line int, i order.Item) ([]any, error) {
	configuration, err := json.Marshal(i.Configuration)
	if err != nil {
		return nil, err
	}
	rates, err := json.Marshal(i.Rates)
	return []any{
		tenant, of, string(i.ID), line, string(i.ProductID), i.SKU, i.Name, i.Quantity, i.Region, string(configuration),
		string(i.ResourceType), string(rates), string(i.Snapshot), i.Amount, string(i.Status),
	}, err
}

// publish stores events of one tenant under the next positions of its stream.
func (p *Peer) publish(ctx context.Context, head, add string, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	tenant := string(events[0].Tenant)
	var position int64
	if err := p.writes[head].QueryRowContext(ctx, tenant, len(events)).Scan(&position); err != nil {
		return err
	}
	position -= int64(len(events))
	for _, e := range events {
		position++
		if err := p.exec(ctx, add, tenant, string(e.ID), position, e.Type, e.Subject, e.Version, e.Time.UnixMicro(),
			e.Actor, e.Reason, e.Correlation, e.Causation, string(e.Data)); err != nil {
			return err
		}
	}
	return nil
}

// Update reads the order and stores it.
func (p *Peer) Update(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	o, err := p.order(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	former := peer.OrderTerms(o)
	started, err := p.rules.Approve(&o)
	if err != nil {
		return nil, err
	}
	return o, p.write(ctx, orders, tenant, func(ctx context.Context) error {
		saved, err := p.writes[saveOrder].ExecContext(ctx, string(tenant), string(id), o.Version, string(o.Status), string(o.Phase),
			o.ApprovedBy, micros(o.ApprovedAt), o.UpdatedAt.UnixMicro())
		if err != nil {
			return err
		}
		if n, err := saved.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fault.ErrConflict, err)
		}
		for _, i := range o.Items {
			if err := p.exec(ctx, saveItem, string(tenant), string(id), string(i.ID), string(i.Status)); err != nil {
				return err
			}
		}
		if err := p.index(ctx, string(tenant), string(id), former, peer.OrderTerms(o)); err != nil {
			return err
		}
		return p.publish(ctx, headOfOrders, addOrderEvent, []event.Event{started})
	})
}

// index replaces an order's terms; those that stay are not written again.
func (p *Peer) index(ctx context.Context, tenant, id string, former, terms []page.Term) error {
	added, dropped := page.Replaced(former, terms)
	for _, t := range dropped {
		if err := p.exec(ctx, dropTerm, tenant, t.Key, t.Value, id); err != nil {
			return err
		}
	}
	for _, t := range added {
		if err := p.exec(ctx, addOrderTerm, tenant, t.Key, t.Value, id); err != nil {
			return err
		}
	}
	return nil
}

func micros(t *time.Time) sql.NullInt64 {
	if t == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}
