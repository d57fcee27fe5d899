package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

// Order is an order.
type Order struct{ ent.Schema }

// Annotations name the table.
func (Order) Annotations() []schema.Annotation { return table("order", "orders") }

// Fields are the columns.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").GoType(order.ID("")),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.Int64("version"),
		field.String("customer_id").GoType(customer.ID("")).Immutable(),
		field.String("status").GoType(order.Status("")),
		field.String("phase").GoType(order.Phase("")),
		field.Int("attempt"),
		field.String("total_amount").Immutable(),
		field.String("currency").GoType(money.Currency("")).Immutable(),
		field.JSON("metadata", map[string]string{}).Immutable(),
		field.String("failure"),
		field.String("approved_by"),
		field.Time("approved_at").Optional().Nillable(),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		field.Time("provisioned_at").Optional().Nillable(),
	}
}

// Edges lead to the items.
func (Order) Edges() []ent.Edge { return []ent.Edge{edge.To("items", Item.Type)} }

// Item is an item of an order.
type Item struct{ ent.Schema }

// Annotations name the table.
func (Item) Annotations() []schema.Annotation { return table("order", "items") }

// Fields are the columns.
func (Item) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").GoType(order.ItemID("")),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.String("order_id").GoType(order.ID("")).Immutable(),
		field.Int("line").Immutable(),
		field.String("product_id").GoType(catalog.ID("")).Immutable(),
		field.String("sku").Immutable(),
		field.String("name").Immutable(),
		field.Int64("quantity").Immutable(),
		field.String("region").Immutable(),
		field.JSON("configuration", map[string]string{}).Immutable(),
		field.String("resource_type").GoType(catalog.ResourceType("")).Immutable(),
		field.JSON("rates", []order.Rate{}).Immutable(),
		field.String("snapshot").Immutable(),
		field.String("amount").Immutable(),
		field.String("status").GoType(order.ItemStatus("")),
	}
}

// Edges lead back to the order.
func (Item) Edges() []ent.Edge {
	return []ent.Edge{edge.From("order", Order.Type).Ref("items").Field("order_id").Unique().Required().Immutable()}
}

// table names a table and its service's schema.
func table(service, name string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Schema: service, Table: name}}
}
