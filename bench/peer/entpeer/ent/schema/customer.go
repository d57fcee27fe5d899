package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/scope"
)

// Customer is a customer.
type Customer struct{ ent.Schema }

// Annotations name the table.
func (Customer) Annotations() []schema.Annotation { return table("customer", "customers") }

// Fields are the columns.
func (Customer) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").GoType(customer.ID("")),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.Int64("version"),
		field.String("name"),
		field.String("email"),
		field.String("email_key"),
		field.String("company"),
		field.JSON("billing_address", customer.Address{}),
		field.JSON("payment_method", customer.PaymentMethod{}),
		field.JSON("metadata", map[string]string{}),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		field.Time("deleted_at").Optional().Nillable(),
	}
}
