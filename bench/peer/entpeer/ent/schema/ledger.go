// Package schema describes the tables to ent. Those that every service has are
// described once, as the order service's: which schema is meant, a client says.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/scope"
)

// Term is what something is found by. The id is that of the thing; ent wants a
// key of one column, and never asks for a term by it.
type Term struct{ ent.Schema }

// Annotations name the table.
func (Term) Annotations() []schema.Annotation { return table("order", "terms") }

// Fields are the columns.
func (Term) Fields() []ent.Field {
	return []ent.Field{
		field.String("id"),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.String("key").Immutable(),
		field.String("value").Immutable(),
	}
}

// Entry is an event in the outbox.
type Entry struct{ ent.Schema }

// Annotations name the table.
func (Entry) Annotations() []schema.Annotation { return table("order", "outbox") }

// Fields are the columns.
func (Entry) Fields() []ent.Field {
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
