package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/scope"
)

// Product is a product.
type Product struct{ ent.Schema }

// Annotations name the table.
func (Product) Annotations() []schema.Annotation { return table("catalog", "products") }

// Fields are the columns.
func (Product) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").GoType(catalog.ID("")),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.Int64("version"),
		field.String("name"),
		field.String("sku"),
		field.String("category").GoType(catalog.Category("")),
		field.JSON("specs", catalog.ProductSpecs{}),
		field.String("status").GoType(catalog.Status("")),
		field.String("provisioning_template_id"),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
	}
}

// Edges lead to the regions and the rules of the price.
func (Product) Edges() []ent.Edge {
	return []ent.Edge{edge.To("regions", Region.Type), edge.To("pricing", Rule.Type)}
}

// Region is a region of a product. Ent wants a key of one column; that it is
// the key within the product is enough for what is done with it here.
type Region struct{ ent.Schema }

// Annotations name the table.
func (Region) Annotations() []schema.Annotation { return table("catalog", "product_regions") }

// Fields are the columns.
func (Region) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").StorageKey("region"),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.String("product_id").GoType(catalog.ID("")).Immutable(),
		field.Int("line").Immutable(),
	}
}

// Edges lead back to the product.
func (Region) Edges() []ent.Edge {
	return []ent.Edge{edge.From("product", Product.Type).Ref("regions").Field("product_id").Unique().Required().Immutable()}
}

// Rule is a rule of a product's price, known by its name as [Region] is.
type Rule struct{ ent.Schema }

// Annotations name the table.
func (Rule) Annotations() []schema.Annotation { return table("catalog", "pricing_rules") }

// Fields are the columns.
func (Rule) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").StorageKey("name"),
		field.String("tenant_id").GoType(scope.TenantID("")).Immutable(),
		field.String("product_id").GoType(catalog.ID("")).Immutable(),
		field.Int("line").Immutable(),
		field.String("region").Immutable(),
		field.String("currency").GoType(money.Currency("")).Immutable(),
		field.String("period").GoType(catalog.Period("")).Immutable(),
		field.JSON("model", Price{}).Immutable(),
	}
}

// Edges lead back to the product.
func (Rule) Edges() []ent.Edge {
	return []ent.Edge{edge.From("product", Product.Type).Ref("pricing").Field("product_id").Unique().Required().Immutable()}
}

// Price is a rule's model in a column.
type Price struct{ catalog.Model }

// MarshalJSON writes the model.
func (p Price) MarshalJSON() ([]byte, error) { return json.Marshal(p.Model) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Price) UnmarshalJSON(text []byte) (err error) {
	p.Model, err = catalog.ParseModel(text)
	return err
}
