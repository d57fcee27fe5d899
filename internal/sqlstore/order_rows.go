package sqlstore

import (
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

type orderRow struct {
	bun.BaseModel `bun:"table:orders,alias:o"`

	TenantID      scope.TenantID    `bun:"tenant_id,pk"`
	ID            order.ID          `bun:"id,pk"`
	Version       int64             `bun:"version"`
	CustomerID    customer.ID       `bun:"customer_id"               store:"once"`
	Status        order.Status      `bun:"status"`
	Phase         order.Phase       `bun:"phase"`
	Attempt       int               `bun:"attempt"`
	TotalAmount   string            `bun:"total_amount,type:numeric" store:"once"`
	Currency      money.Currency    `bun:"currency"                  store:"once"`
	Metadata      map[string]string `bun:"metadata,type:jsonb"       store:"once"`
	Failure       string            `bun:"failure"`
	ApprovedBy    string            `bun:"approved_by"`
	ApprovedAt    *time.Time        `bun:"approved_at"`
	CreatedAt     time.Time         `bun:"created_at"                store:"once"`
	UpdatedAt     time.Time         `bun:"updated_at"`
	ProvisionedAt *time.Time        `bun:"provisioned_at"`
}

// itemRow is an item of an order; Line is its place, from 0.
type itemRow struct {
	bun.BaseModel `bun:"table:items,alias:i"`

	TenantID      scope.TenantID       `bun:"tenant_id,pk"`
	OrderID       order.ID             `bun:"order_id,pk"`
	ID            order.ItemID         `bun:"id,pk"`
	Line          int                  `bun:"line"`
	ProductID     catalog.ID           `bun:"product_id"`
	SKU           string               `bun:"sku"`
	Name          string               `bun:"name"`
	Quantity      int64                `bun:"quantity"`
	Region        string               `bun:"region"`
	Configuration map[string]string    `bun:"configuration,type:jsonb"`
	ResourceType  catalog.ResourceType `bun:"resource_type"`
	Rates         []order.Rate         `bun:"rates,type:text"`
	Snapshot      json.RawMessage      `bun:"snapshot,type:text"`
	Amount        string               `bun:"amount,type:numeric"`
	Status        order.ItemStatus     `bun:"status"`
}

func rowOfOrder(as Principal, o order.Order) *orderRow {
	return &orderRow{
		TenantID: as.Tenant, ID: o.ID, Version: o.Version, CustomerID: o.CustomerID, Status: o.Status, Phase: o.Phase,
		Attempt: o.Attempt, TotalAmount: o.TotalAmount, Currency: o.Currency, Metadata: o.Metadata,
		Failure: o.Failure, ApprovedBy: o.ApprovedBy, ApprovedAt: o.ApprovedAt,
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, ProvisionedAt: o.ProvisionedAt,
	}
}

func rowOfItem(as Principal, of order.ID, line int, i order.Item) *itemRow {
	return &itemRow{
		TenantID: as.Tenant, OrderID: of, ID: i.ID, Line: line, ProductID: i.ProductID, SKU: i.SKU, Name: i.Name,
		Quantity: i.Quantity, Region: i.Region, Configuration: i.Configuration, ResourceType: i.ResourceType,
		Rates: i.Rates, Snapshot: i.Snapshot, Amount: i.Amount, Status: i.Status,
	}
}

func (r orderRow) entity(items []order.Item) order.Order {
	return order.Order{
		ID: r.ID, TenantID: r.TenantID, Version: r.Version, CustomerID: r.CustomerID, Status: r.Status, Phase: r.Phase,
		Attempt: r.Attempt, Items: items, TotalAmount: r.TotalAmount, Currency: r.Currency, Metadata: r.Metadata,
		Failure: r.Failure, ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, ProvisionedAt: r.ProvisionedAt,
	}
}

func (r itemRow) entity() order.Item {
	return order.Item{
		ID: r.ID, ProductID: r.ProductID, SKU: r.SKU, Name: r.Name, Quantity: r.Quantity, Region: r.Region,
		Configuration: r.Configuration, ResourceType: r.ResourceType, Rates: r.Rates,
		Snapshot: r.Snapshot, Amount: r.Amount, Status: r.Status,
	}
}

// baskets are orders with their items, as they are read.
type baskets struct {
	gathering[order.Order, order.ID]
}

func (b *baskets) add(o orderRow, _ Values, _ int) error {
	into := b.of(o.ID)
	*into = o.entity(into.Items)
	return nil
}

func (b *baskets) put(i itemRow, line int) {
	into := b.of(i.OrderID)
	into.Items = placed(into.Items, line, i.entity())
}

func (b *baskets) entities(newest bool) []order.Order {
	return b.sorted(newest, func(o *order.Order) order.ID { return o.ID })
}
