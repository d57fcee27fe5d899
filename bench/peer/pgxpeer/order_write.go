package pgxpeer

import (
	"context"
	"encoding/json"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

const (
	addOrder = `INSERT INTO "order".orders (tenant_id, id, version, customer_id, status, phase, attempt, total_amount, currency,
			metadata, failure, approved_by, approved_at, created_at, updated_at, provisioned_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

	addItems = `INSERT INTO "order".items (tenant_id, order_id, id, line, product_id, sku, name, quantity, region, configuration,
			resource_type, rates, snapshot, amount, status)
		SELECT $1, $2, id, line, product_id, sku, name, quantity, region, configuration::jsonb, resource_type, rates, snapshot,
			amount::numeric, status
		FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[],
			$11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
		AS i (id, line, product_id, sku, name, quantity, region, configuration, resource_type, rates, snapshot, amount, status)`

	addOrderTerms = `INSERT INTO "order".terms (tenant_id, key, value, id)
		SELECT $1, key, value, $2 FROM unnest($3::text[], $4::text[]) AS t (key, value)`

	addOrderEvent = `INSERT INTO "order".outbox (tenant_id, id, type, subject, version, time, actor, reason, correlation_id,
			causation_id, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

	// The settled columns only; that the order is no longer what was read raises.
	saveOrder = `WITH changed AS (
			UPDATE "order".orders SET version = $3, status = $4, phase = $5, approved_by = $6, approved_at = $7, updated_at = $8
			WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1 RETURNING 1)
		SELECT platforma.expect_one(count(*)) FROM changed`

	saveItems = `UPDATE "order".items AS i SET status = new.status FROM unnest($3::text[], $4::text[]) AS new (id, status)
		WHERE i.tenant_id = $1 AND i.order_id = $2 AND i.id = new.id AND i.status <> new.status`

	dropTerms = `DELETE FROM "order".terms WHERE tenant_id = $1 AND id = $2
		AND (key, value) IN (SELECT key, value FROM unnest($3::text[], $4::text[]) AS t (key, value))`
)

// Place stores the order and all that belongs to it in one trip.
func (p *Peer) Place(ctx context.Context, placement peer.Placement) error {
	o := placement.Order
	tenant, id := string(o.TenantID), string(o.ID)
	metadata, err := json.Marshal(o.Metadata)
	if err != nil {
		return err
	}
	items, err := itemArgs(o)
	if err != nil {
		return err
	}
	return p.do(ctx, "order", o.TenantID,
		statement{sql: addOrder, args: []any{
			tenant, id, o.Version, string(o.CustomerID), string(o.Status), string(o.Phase), int64(o.Attempt), o.TotalAmount,
			string(o.Currency), metadata, o.Failure, o.ApprovedBy, o.ApprovedAt, o.CreatedAt, o.UpdatedAt, o.ProvisionedAt,
		}},
		statement{sql: addItems, args: items},
		statement{sql: addOrderTerms, args: termArgs(tenant, id, placement.Commit.Terms)},
		statement{sql: addOrderEvent, args: eventArgs(placement.Commit.Events[0])})
}

func itemArgs(o order.Order) ([]any, error) {
	n := len(o.Items)
	texts := func() []string { return make([]string, n) }
	line, quantity := make([]int64, n), make([]int64, n)
	id, product, sku, name, region, configuration := texts(), texts(), texts(), texts(), texts(), texts()
	kind, rates, snapshot, amount, status := texts(), texts(), texts(), texts(), texts()
	for at, i := range o.Items {
		chosen, err := json.Marshal(i.Configuration)
		if err != nil {
			return nil, err
		}
		charged, err := json.Marshal(i.Rates)
		if err != nil {
			return nil, err
		}
		line[at], quantity[at] = int64(at), i.Quantity
		id[at], product[at], sku[at], name[at], region[at] = string(i.ID), string(i.ProductID), i.SKU, i.Name, i.Region
		configuration[at], kind[at], rates[at] = string(chosen), string(i.ResourceType), string(charged)
		snapshot[at], amount[at], status[at] = string(i.Snapshot), i.Amount, string(i.Status)
	}
	return []any{
		string(o.TenantID), string(o.ID), id, line, product, sku, name, quantity, region, configuration,
		kind, rates, snapshot, amount, status,
	}, nil
}

func termArgs(tenant, id string, terms []page.Term) []any {
	keys, values := make([]string, len(terms)), make([]string, len(terms))
	for i, t := range terms {
		keys[i], values[i] = t.Key, t.Value
	}
	return []any{tenant, id, keys, values}
}

func eventArgs(e event.Event) []any {
	return []any{
		string(e.Tenant), string(e.ID), e.Type, e.Subject, e.Version, e.Time, e.Actor, e.Reason, e.Correlation, e.Causation,
		[]byte(e.Data),
	}
}

// Update reads the order in one trip and stores it in another.
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
	ids, statuses := make([]string, len(o.Items)), make([]string, len(o.Items))
	for i, item := range o.Items {
		ids[i], statuses[i] = string(item.ID), string(item.Status)
	}
	all := []statement{
		{sql: saveOrder, args: []any{
			string(tenant), string(id), o.Version, string(o.Status), string(o.Phase), o.ApprovedBy, o.ApprovedAt, o.UpdatedAt,
		}},
		{sql: saveItems, args: []any{string(tenant), string(id), ids, statuses}},
	}
	added, dropped := page.Replaced(former, peer.OrderTerms(o))
	if len(dropped) > 0 {
		all = append(all, statement{sql: dropTerms, args: termArgs(string(tenant), string(id), dropped)})
	}
	if len(added) > 0 {
		all = append(all, statement{sql: addOrderTerms, args: termArgs(string(tenant), string(id), added)})
	}
	return o, p.do(ctx, "order", tenant, append(all, statement{sql: addOrderEvent, args: eventArgs(started)})...)
}
