package gormpeer

import (
	"gorm.io/gorm/schema"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

type metadata = document[map[string]string]

type orderModel struct {
	TenantID      scope.TenantID `gorm:"primaryKey"`
	ID            order.ID       `gorm:"primaryKey"`
	Version       int64
	CustomerID    customer.ID
	Status        order.Status
	Phase         order.Phase
	Attempt       int
	TotalAmount   string
	Currency      money.Currency
	Metadata      metadata
	Failure       string
	ApprovedBy    string
	ApprovedAt    *moment
	CreatedAt     moment `gorm:"autoCreateTime:false"`
	UpdatedAt     moment `gorm:"autoUpdateTime:false"`
	ProvisionedAt *moment

	Items []itemModel `gorm:"foreignKey:TenantID,OrderID;references:TenantID,ID"`
}

type itemModel struct {
	TenantID      scope.TenantID `gorm:"primaryKey"`
	OrderID       order.ID       `gorm:"primaryKey"`
	ID            order.ItemID   `gorm:"primaryKey"`
	Line          int
	ProductID     catalog.ID
	SKU           string
	Name          string
	Quantity      int64
	Region        string
	Configuration metadata
	ResourceType  catalog.ResourceType
	Rates         document[[]order.Rate]
	Snapshot      string
	Amount        string
	Status        order.ItemStatus
}

type productModel struct {
	TenantID               scope.TenantID `gorm:"primaryKey"`
	ID                     catalog.ID     `gorm:"primaryKey"`
	Version                int64
	Name                   string
	SKU                    string
	Category               catalog.Category
	Specs                  document[catalog.ProductSpecs]
	Status                 catalog.Status
	ProvisioningTemplateID string
	CreatedAt              moment `gorm:"autoCreateTime:false"`
	UpdatedAt              moment `gorm:"autoUpdateTime:false"`

	Regions []regionModel `gorm:"foreignKey:TenantID,ProductID;references:TenantID,ID"`
	Pricing []ruleModel   `gorm:"foreignKey:TenantID,ProductID;references:TenantID,ID"`
}

type regionModel struct {
	TenantID  scope.TenantID `gorm:"primaryKey"`
	ProductID catalog.ID     `gorm:"primaryKey"`
	Region    string         `gorm:"primaryKey"`
	Line      int
}

type ruleModel struct {
	TenantID  scope.TenantID `gorm:"primaryKey"`
	ProductID catalog.ID     `gorm:"primaryKey"`
	Line      int            `gorm:"primaryKey;autoIncrement:false"`
	Name      string
	Region    string
	Currency  money.Currency
	Period    catalog.Period
	Model     document[price]
}

type customerModel struct {
	TenantID       scope.TenantID `gorm:"primaryKey"`
	ID             customer.ID    `gorm:"primaryKey"`
	Version        int64
	Name           string
	Email          string
	EmailKey       string
	Company        string
	BillingAddress document[customer.Address]
	PaymentMethod  document[customer.PaymentMethod]
	Metadata       metadata
	CreatedAt      moment `gorm:"autoCreateTime:false"`
	UpdatedAt      moment `gorm:"autoUpdateTime:false"`
	DeletedAt      *moment
}

// Every service has its own terms, events and streams: which, the query says.

type termModel struct {
	TenantID scope.TenantID `gorm:"primaryKey"`
	Key      string         `gorm:"primaryKey"`
	Value    string         `gorm:"primaryKey"`
	ID       string         `gorm:"primaryKey"`
}

type eventModel struct {
	TenantID      scope.TenantID `gorm:"primaryKey"`
	ID            event.ID       `gorm:"primaryKey"`
	Position      *int64
	Type          string
	Subject       string
	Version       int64
	Time          moment
	Actor         string
	Reason        string
	CorrelationID string
	CausationID   string
	Data          string
}

type streamModel struct {
	TenantID scope.TenantID `gorm:"primaryKey"`
	Position int64
}

func (orderModel) TableName(n schema.Namer) string    { return table(n, "order", "orders") }
func (itemModel) TableName(n schema.Namer) string     { return table(n, "order", "items") }
func (productModel) TableName(n schema.Namer) string  { return table(n, "catalog", "products") }
func (regionModel) TableName(n schema.Namer) string   { return table(n, "catalog", "product_regions") }
func (ruleModel) TableName(n schema.Namer) string     { return table(n, "catalog", "pricing_rules") }
func (customerModel) TableName(n schema.Namer) string { return table(n, "customer", "customers") }
