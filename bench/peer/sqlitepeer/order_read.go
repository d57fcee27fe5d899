package sqlitepeer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

const (
	storedColumns = `id, tenant_id, version, customer_id, status, phase, attempt, total_amount, currency, metadata, failure,
		approved_by, approved_at, created_at, updated_at, provisioned_at`

	// What an order's rows share is in its first one alone: a text that is not
	// there need not be copied.
	orderColumns = `i.line, o.id, iif(i.line, NULL, o.tenant_id), iif(i.line, NULL, o.version), iif(i.line, NULL, o.customer_id),
		iif(i.line, NULL, o.status), iif(i.line, NULL, o.phase), iif(i.line, NULL, o.attempt), iif(i.line, NULL, o.total_amount),
		iif(i.line, NULL, o.currency), iif(i.line, NULL, o.metadata), iif(i.line, NULL, o.failure),
		iif(i.line, NULL, o.approved_by), iif(i.line, NULL, o.approved_at), iif(i.line, NULL, o.created_at),
		iif(i.line, NULL, o.updated_at), iif(i.line, NULL, o.provisioned_at)`
	itemColumns = `i.id, i.product_id, i.sku, i.name, i.quantity, i.region, i.configuration, i.resource_type, i.rates, i.snapshot,
		i.amount, i.status`

	getOrder = `SELECT ` + orderColumns + `, ` + itemColumns + `
		FROM order_orders AS o JOIN order_items AS i ON i.tenant_id = o.tenant_id AND i.order_id = o.id
		WHERE o.tenant_id = $1 AND o.id = $2 ORDER BY i.line`

	newestOrders = `SELECT ` + orderColumns + `, ` + itemColumns + `
		FROM (SELECT ` + storedColumns + ` FROM order_orders WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2) AS o
		CROSS JOIN order_items AS i ON i.tenant_id = $1 AND i.order_id = o.id ORDER BY o.id DESC, i.line`

	ordersAfter = `SELECT ` + orderColumns + `, ` + itemColumns + `
		FROM (SELECT ` + storedColumns + ` FROM order_orders WHERE tenant_id = $1 AND id < $3 ORDER BY id DESC LIMIT $2) AS o
		CROSS JOIN order_items AS i ON i.tenant_id = $1 AND i.order_id = o.id ORDER BY o.id DESC, i.line`
)

// Get reads the order by one join.
func (p *Peer) Get(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	return p.order(ctx, tenant, id)
}

func (p *Peer) order(ctx context.Context, tenant scope.TenantID, id order.ID) (order.Order, error) {
	found, err := p.orders(ctx, tenant, 1, getOrder, string(tenant), string(id))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("order %s: %w", id, errNotFound)
	}
	if err != nil {
		return order.Order{}, err
	}
	return found[0], nil
}

// List reads one order more than a page has, by the same join.
func (p *Peer) List(ctx context.Context, tenant scope.TenantID, after peer.Position) (any, error) {
	text, args := newestOrders, []any{string(tenant), peer.ListSize + 1}
	if after.After != "" {
		text, args = ordersAfter, append(args, string(after.After))
	}
	found, err := p.orders(ctx, tenant, peer.ListSize+1, text, args...)
	if err != nil {
		return nil, err
	}
	if len(found) > peer.ListSize {
		return listed{found[:peer.ListSize], true}, nil
	}
	return listed{found, false}, nil
}

// orders reads the rows of a join, an order's one behind the other.
func (p *Peer) orders(ctx context.Context, tenant scope.TenantID, size int, text string, args ...any) (all []order.Order, err error) {
	if ctx, err = as(ctx, orders, tenant); err != nil {
		return nil, err
	}
	rows, err := p.reads[text].QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = make([]order.Order, 0, size)
	var row orderRow
	var line itemRow
	targets := append(row.targets(), line.targets()...)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		if row.line == 0 {
			o, err := row.decode()
			if err != nil {
				return nil, err
			}
			all = append(all, o)
		}
		item, err := line.decode()
		if err != nil {
			return nil, err
		}
		last := &all[len(all)-1]
		last.Items = append(last.Items, item)
	}
	return all, rows.Err()
}

// orderRow is what an item's line and its order's columns are scanned into: as
// they are, for they are NULL beside all items but the first.
type orderRow struct {
	line   int64
	id     string
	values [15]any
}

func (r *orderRow) targets() []any {
	all := []any{&r.line, &r.id}
	for i := range r.values {
		all = append(all, &r.values[i])
	}
	return all
}

func (r *orderRow) decode() (order.Order, error) {
	text := func(i int) string { s, _ := r.values[i].(string); return s }
	number := func(i int) int64 { n, _ := r.values[i].(int64); return n }
	o := order.Order{
		ID: order.ID(r.id), TenantID: scope.TenantID(text(0)), Version: number(1), CustomerID: customer.ID(text(2)),
		Status: order.Status(text(3)), Phase: order.Phase(text(4)), Attempt: int(number(5)), TotalAmount: text(6),
		Currency: money.Currency(text(7)), Failure: text(9), ApprovedBy: text(10), ApprovedAt: optional(r.values[11]),
		CreatedAt: moment(number(12)), UpdatedAt: moment(number(13)), ProvisionedAt: optional(r.values[14]),
		Items: make([]order.Item, 0, 3),
	}
	return o, json.Unmarshal([]byte(text(8)), &o.Metadata)
}

// itemRow is what an item's columns are scanned into.
type itemRow struct {
	item                 order.Item
	configuration, rates []byte
	snapshot             []byte
}

func (r *itemRow) targets() []any {
	i := &r.item
	return []any{
		(*string)(&i.ID), (*string)(&i.ProductID), &i.SKU, &i.Name, &i.Quantity, &i.Region, &r.configuration,
		(*string)(&i.ResourceType), &r.rates, &r.snapshot, &i.Amount, (*string)(&i.Status),
	}
}

func (r *itemRow) decode() (order.Item, error) {
	i := r.item
	i.Snapshot = r.snapshot
	i.Configuration, i.Rates = nil, nil
	if err := json.Unmarshal(r.configuration, &i.Configuration); err != nil {
		return i, err
	}
	return i, json.Unmarshal(r.rates, &i.Rates)
}

// Times are kept in microseconds.

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func optional(micros any) *time.Time {
	n, ok := micros.(int64)
	if !ok {
		return nil
	}
	t := moment(n)
	return &t
}
