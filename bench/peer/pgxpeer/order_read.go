package pgxpeer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

const (
	orderColumns = `o.id, o.tenant_id, o.version, o.customer_id, o.status, o.phase, o.attempt, o.total_amount::text, o.currency,
		o.metadata, o.failure, o.approved_by, o.approved_at, o.created_at, o.updated_at, o.provisioned_at`
	itemColumns = `i.id, i.product_id, i.sku, i.name, i.quantity, i.region, i.configuration, i.resource_type, i.rates, i.snapshot,
		i.amount::text, i.status`

	getOrder = `SELECT ` + orderColumns + `, ` + itemColumns + `
		FROM "order".orders AS o JOIN "order".items AS i ON i.tenant_id = o.tenant_id AND i.order_id = o.id
		WHERE o.tenant_id = $1 AND o.id = $2 ORDER BY i.line`

	newestOrders = `SELECT ` + orderColumns + `, ` + itemColumns + `
		FROM (SELECT * FROM "order".orders WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2) AS o
		JOIN "order".items AS i ON i.tenant_id = $1 AND i.order_id = o.id ORDER BY o.id DESC, i.line`

	ordersAfter = `SELECT ` + orderColumns + `, ` + itemColumns + `
		FROM (SELECT * FROM "order".orders WHERE tenant_id = $1 AND id < $3 ORDER BY id DESC LIMIT $2) AS o
		JOIN "order".items AS i ON i.tenant_id = $1 AND i.order_id = o.id ORDER BY o.id DESC, i.line`
)

// Get reads the order by one join.
func (p *Peer) Get(ctx context.Context, tenant scope.TenantID, id order.ID) (any, error) {
	found, err := p.order(ctx, tenant, id)
	return found, err
}

func (p *Peer) order(ctx context.Context, tenant scope.TenantID, id order.ID) (order.Order, error) {
	var r orderReader
	err := p.do(ctx, "order", tenant, statement{getOrder, []any{string(tenant), string(id)}, r.read})
	if err == nil && len(r.orders) == 0 {
		err = fmt.Errorf("order %s: %w", id, errNotFound)
	}
	if err != nil {
		return order.Order{}, err
	}
	return r.orders[0], nil
}

// List reads one order more than a page has, by the same join.
func (p *Peer) List(ctx context.Context, tenant scope.TenantID, after peer.Position) (any, error) {
	r := orderReader{orders: make([]order.Order, 0, peer.ListSize+1)}
	s := statement{newestOrders, []any{string(tenant), int64(peer.ListSize + 1)}, r.read}
	if after.After != "" {
		s.sql, s.args = ordersAfter, append(s.args, string(after.After))
	}
	if err := p.do(ctx, "order", tenant, s); err != nil {
		return nil, err
	}
	if len(r.orders) > peer.ListSize {
		return listed{r.orders[:peer.ListSize], true}, nil
	}
	return listed{r.orders, false}, nil
}

// orderReader reads the rows of a join, an order's one behind the other. What
// they share is decoded once.
type orderReader struct{ orders []order.Order }

func (r *orderReader) read(rows pgx.Rows) error {
	var row orderRow
	var line itemRow
	first := append(append(make([]any, 0, 28), row.targets()...), line.targets()...)
	other := append(make([]any, len(row.targets()), 28), line.targets()...)
	for rows.Next() {
		last := len(r.orders) - 1
		begins := last < 0 || string(rows.RawValues()[0]) != string(r.orders[last].ID)
		targets := other
		if begins {
			targets = first
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if begins {
			if err := row.decode(); err != nil {
				return err
			}
			row.order.Items = make([]order.Item, 0, 3)
			r.orders = append(r.orders, row.order)
			last++
		}
		item, err := line.decode()
		if err != nil {
			return err
		}
		r.orders[last].Items = append(r.orders[last].Items, item)
	}
	return rows.Err()
}

// orderRow is what an order's columns are scanned into.
type orderRow struct {
	order                            order.Order
	attempt                          int64
	metadata                         pgtype.DriverBytes
	approved, created, updated, done pgtype.Timestamptz
}

func (r *orderRow) targets() []any {
	o := &r.order
	return []any{
		(*string)(&o.ID), (*string)(&o.TenantID), &o.Version, (*string)(&o.CustomerID), (*string)(&o.Status), (*string)(&o.Phase),
		&r.attempt, &o.TotalAmount, (*string)(&o.Currency), &r.metadata, &o.Failure, &o.ApprovedBy,
		&r.approved, &r.created, &r.updated, &r.done,
	}
}

func (r *orderRow) decode() error {
	o := &r.order
	o.Attempt = int(r.attempt)
	o.ApprovedAt, o.ProvisionedAt = optional(r.approved), optional(r.done)
	o.CreatedAt, o.UpdatedAt = r.created.Time.UTC(), r.updated.Time.UTC()
	o.Metadata = nil
	return json.Unmarshal(r.metadata, &o.Metadata)
}

// itemRow is what an item's columns are scanned into.
type itemRow struct {
	item                 order.Item
	configuration, rates pgtype.DriverBytes
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
