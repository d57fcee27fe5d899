package bunpeer

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

type orderModel struct {
	bun.BaseModel `bun:"alias:o"`

	TenantID      scope.TenantID    `bun:"tenant_id,pk"`
	ID            order.ID          `bun:"id,pk"`
	Version       int64             `bun:"version"`
	CustomerID    customer.ID       `bun:"customer_id"`
	Status        order.Status      `bun:"status"`
	Phase         order.Phase       `bun:"phase"`
	Attempt       int               `bun:"attempt"`
	TotalAmount   string            `bun:"total_amount,type:numeric"`
	Currency      money.Currency    `bun:"currency"`
	Metadata      map[string]string `bun:"metadata,type:jsonb"`
	Failure       string            `bun:"failure"`
	ApprovedBy    string            `bun:"approved_by"`
	ApprovedAt    *moment           `bun:"approved_at"`
	CreatedAt     moment            `bun:"created_at"`
	UpdatedAt     moment            `bun:"updated_at"`
	ProvisionedAt *moment           `bun:"provisioned_at"`

	Items []itemModel `bun:"rel:has-many,join:tenant_id=tenant_id,join:id=order_id"`
}

type itemModel struct {
	bun.BaseModel `bun:"alias:i"`

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

type productModel struct {
	bun.BaseModel `bun:"alias:p"`

	TenantID               scope.TenantID       `bun:"tenant_id,pk"`
	ID                     catalog.ID           `bun:"id,pk"`
	Version                int64                `bun:"version"`
	Name                   string               `bun:"name"`
	SKU                    string               `bun:"sku"`
	Category               catalog.Category     `bun:"category"`
	Specs                  catalog.ProductSpecs `bun:"specs,type:jsonb"`
	Status                 catalog.Status       `bun:"status"`
	ProvisioningTemplateID string               `bun:"provisioning_template_id"`
	CreatedAt              moment               `bun:"created_at"`
	UpdatedAt              moment               `bun:"updated_at"`

	Regions []regionModel `bun:"rel:has-many,join:tenant_id=tenant_id,join:id=product_id"`
	Pricing []ruleModel   `bun:"rel:has-many,join:tenant_id=tenant_id,join:id=product_id"`
}

type regionModel struct {
	bun.BaseModel `bun:"alias:g"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	ProductID catalog.ID     `bun:"product_id,pk"`
	Region    string         `bun:"region,pk"`
	Line      int            `bun:"line"`
}

type ruleModel struct {
	bun.BaseModel `bun:"alias:r"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	ProductID catalog.ID     `bun:"product_id,pk"`
	Line      int            `bun:"line,pk"`
	Name      string         `bun:"name"`
	Region    string         `bun:"region"`
	Currency  money.Currency `bun:"currency"`
	Period    catalog.Period `bun:"period"`
	Model     price          `bun:"model,type:jsonb"`
}

type customerModel struct {
	bun.BaseModel `bun:"alias:c"`

	TenantID       scope.TenantID         `bun:"tenant_id,pk"`
	ID             customer.ID            `bun:"id,pk"`
	Version        int64                  `bun:"version"`
	Name           string                 `bun:"name"`
	Email          string                 `bun:"email"`
	EmailKey       string                 `bun:"email_key"`
	Company        string                 `bun:"company"`
	BillingAddress customer.Address       `bun:"billing_address,type:jsonb"`
	PaymentMethod  customer.PaymentMethod `bun:"payment_method,type:jsonb"`
	Metadata       map[string]string      `bun:"metadata,type:jsonb"`
	CreatedAt      moment                 `bun:"created_at"`
	UpdatedAt      moment                 `bun:"updated_at"`
	DeletedAt      *moment                `bun:"deleted_at"`
}

type termModel struct {
	bun.BaseModel `bun:"alias:t"`

	TenantID scope.TenantID `bun:"tenant_id,pk"`
	Key      string         `bun:"key,pk"`
	Value    string         `bun:"value,pk"`
	ID       string         `bun:"id,pk"`
}

type eventModel struct {
	bun.BaseModel `bun:"alias:e"`

	TenantID    scope.TenantID  `bun:"tenant_id,pk"`
	ID          event.ID        `bun:"id,pk"`
	Position    *int64          `bun:"position"`
	Type        string          `bun:"type"`
	Subject     string          `bun:"subject"`
	Version     int64           `bun:"version"`
	Time        moment          `bun:"time"`
	Actor       string          `bun:"actor"`
	Reason      string          `bun:"reason"`
	Correlation string          `bun:"correlation_id"`
	Causation   string          `bun:"causation_id"`
	Data        json.RawMessage `bun:"data,type:text"`
}

type streamModel struct {
	bun.BaseModel `bun:"alias:s"`

	TenantID scope.TenantID `bun:"tenant_id,pk"`
	Position int64          `bun:"position"`
}

// moment is a time: a timestamp on PostgreSQL, microseconds on SQLite.
type moment struct{ time.Time }

// AppendQuery writes the time as the database keeps it.
func (m moment) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.SQLite {
		return gen.Append(b, m.UnixMicro()), nil
	}
	return gen.Dialect().AppendTime(b, m.Time), nil
}

// Scan reads the time as the database keeps it.
func (m *moment) Scan(from any) error {
	switch kept := from.(type) {
	case time.Time:
		m.Time = kept.UTC()
	case int64:
		m.Time = time.UnixMicro(kept).UTC()
	default:
		return fmt.Errorf("%T is no time", from)
	}
	return nil
}

// price is a pricing rule's model in a column.
type price struct{ catalog.Model }

// MarshalJSON writes the model.
func (p price) MarshalJSON() ([]byte, error) { return json.Marshal(p.Model) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *price) UnmarshalJSON(text []byte) (err error) {
	p.Model, err = catalog.ParseModel(text)
	return err
}
