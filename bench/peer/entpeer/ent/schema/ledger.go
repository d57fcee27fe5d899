// Package schema describes the tables to ent.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/scope"
)

// term are the columns of what something is found by. The id is that of the
// thing; ent wants a key of one column, and never asks for a term by it.
type term struct{ mixin.Schema }

// Fields are the columns.
func (term) Fields() []ent.Field {
	return []ent.Field{
		field.String("id"),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.String("key").Immutable(),
		field.String("value").Immutable(),
	}
}

// entry are the columns of an event in the outbox.
type entry struct{ mixin.Schema }

// Fields are the columns.
func (entry) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").GoType(event.ID("")),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.String("type").Immutable(),
		field.String("subject").Immutable(),
		field.Int64("version").Immutable(),
		field.Time("time").Immutable(),
		field.String("actor").Immutable(),
		field.String("reason").Immutable(),
		field.String("correlation_id").Immutable(),
		field.String("causation_id").Immutable(),
		field.String("data").Immutable(),
	}
}

// OrderTerm is what an order is found by.
type OrderTerm struct{ ent.Schema }

// Mixin has the columns.
func (OrderTerm) Mixin() []ent.Mixin { return []ent.Mixin{term{}} }

// Annotations name the table.
func (OrderTerm) Annotations() []schema.Annotation { return ledger("order", "terms") }

// OrderEvent is an event of an order.
type OrderEvent struct{ ent.Schema }

// Mixin has the columns.
func (OrderEvent) Mixin() []ent.Mixin { return []ent.Mixin{entry{}} }

// Annotations name the table.
func (OrderEvent) Annotations() []schema.Annotation { return ledger("order", "outbox") }

// ProductTerm is what a product is found by.
type ProductTerm struct{ ent.Schema }

// Mixin has the columns.
func (ProductTerm) Mixin() []ent.Mixin { return []ent.Mixin{term{}} }

// Annotations name the table.
func (ProductTerm) Annotations() []schema.Annotation { return ledger("catalog", "terms") }

// ProductEvent is an event of a product.
type ProductEvent struct{ ent.Schema }

// Mixin has the columns.
func (ProductEvent) Mixin() []ent.Mixin { return []ent.Mixin{entry{}} }

// Annotations name the table.
func (ProductEvent) Annotations() []schema.Annotation { return ledger("catalog", "outbox") }

// ledger names a table that every service has. Ent's migrations, which are not
// used, allow a name in one schema alone: they leave it out.
func ledger(service, name string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Schema: service, Table: name, Skip: true}}
}
