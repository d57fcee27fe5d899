package schemas

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// ids are the prefixes of ids, by their types.
var ids = map[reflect.Type]string{
	reflect.TypeFor[tenant.ID]():           "ten",
	reflect.TypeFor[tenant.UserID]():       "usr",
	reflect.TypeFor[tenant.RoleID]():       "role",
	reflect.TypeFor[customer.ID]():         "cust",
	reflect.TypeFor[catalog.ID]():          "prod",
	reflect.TypeFor[order.ID]():            "ord",
	reflect.TypeFor[order.ItemID]():        "item",
	reflect.TypeFor[resource.ID]():         "res",
	reflect.TypeFor[resource.ClusterID]():  "clus",
	reflect.TypeFor[resource.NetworkID]():  "net",
	reflect.TypeFor[resource.InstanceID](): "inst",
	reflect.TypeFor[webhook.ID]():          "hook",
	reflect.TypeFor[event.ID]():            "evt",
}

// idForm is the form of an id, by the alphabet of its 26 characters.
func idForm(prefix string) string { return prefix + "_[0-7][0-9a-hjkmnp-tv-z]{25}" }

func whole(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^" + pattern + "$"}
}

const (
	decimal  = `-?[0-9]+(\.[0-9]+)?`
	currency = "[A-Z]{3}"
)

// fields are those that are more special than their types: an id that may be
// empty, numbers that are kept as text.
var fields = map[string]jsonschema.Schema{
	"resource.Resource.ClusterID": *whole("(" + idForm("clus") + ")?"),
	"order.Order.TotalAmount":     *whole(decimal),
	"order.Item.Amount":           *whole(decimal),
}

// nullable are the lists that are null where there is nothing in them: all
// others are left out then, or are never empty.
var nullable = map[string]bool{"tenant.Role.Permissions": true}

// mapped is the schema of a type with a form of its own in JSON; nil is any
// other.
func (t *types) mapped(of reflect.Type) *jsonschema.Schema {
	if prefix, ok := ids[of]; ok {
		return whole(idForm(prefix))
	}
	switch of {
	case reflect.TypeFor[money.Quantity]():
		return whole(decimal)
	case reflect.TypeFor[money.Currency]():
		return whole(currency)
	case reflect.TypeFor[money.Amount](), reflect.TypeFor[money.Rate](), reflect.TypeFor[money.Exact]():
		return inCurrency()
	case reflect.TypeFor[netip.Addr]():
		return &jsonschema.Schema{Type: "string", AnyOf: []*jsonschema.Schema{{Format: "ipv4"}, {Format: "ipv6"}}}
	case reflect.TypeFor[netip.Prefix]():
		return whole("[0-9a-f:.]+/[0-9]{1,3}")
	case reflect.TypeFor[resource.Range]():
		return whole("[0-9a-f:.]+(-[0-9a-f:.]+)?")
	case reflect.TypeFor[catalog.Model]():
		return model()
	case reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{Type: "object"}
	}
	return t.enumerated(of)
}

// enumerated is the schema of a type of texts that has only some values.
func (t *types) enumerated(of reflect.Type) *jsonschema.Schema {
	in, ok := strings.CutPrefix(of.PkgPath(), "github.com/platforma/platforma/")
	if !ok || of.Kind() != reflect.String {
		return nil
	}
	values, err := t.comments.Values(in, of.Name())
	t.fail(err)
	schema := &jsonschema.Schema{Type: "string"}
	for _, value := range values {
		schema.Enum = append(schema.Enum, value)
	}
	return schema
}

// property is one of an object's.
type property struct {
	name   string
	schema *jsonschema.Schema
}

// object is a schema of an object that has all of some properties.
func object(properties ...property) *jsonschema.Schema {
	schema := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	for _, p := range properties {
		schema.Properties.Set(p.name, p.schema)
		schema.Required = append(schema.Required, p.name)
	}
	return schema
}

// inCurrency is a number in a currency; nothing has none.
func inCurrency() *jsonschema.Schema {
	return object(property{"number", whole(decimal)}, property{"currency", whole("(" + currency + ")?")})
}

// model is one of the models of prices, by its kind.
func model() *jsonschema.Schema {
	kind := func(k catalog.Kind) property { return property{"kind", &jsonschema.Schema{Const: k}} }
	rate := property{"rate", inCurrency()}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		object(kind(catalog.KindFlat), rate),
		object(kind(catalog.KindPerUnit), property{"unit", &jsonschema.Schema{Type: "string"}}, rate),
	}}
}
