package sqliteguard

import (
	"testing"

	"github.com/stretchr/testify/require"
	modernc "modernc.org/sqlite"

	"github.com/platforma/platforma/internal/sqlstore"
)

// TestReadsOfATable asks the authorizer what no statement is known to ask it, as
// well as what all do: who reads which column of order_orders, by way of what.
func TestReadsOfATable(t *testing.T) {
	t.Parallel()
	service := sqlstore.Principal{Role: "order", Tenant: acme}
	relay := sqlstore.Principal{Role: sqlstore.RoleRelay}
	for _, c := range []struct {
		who                 sqlstore.Principal
		text                text
		column, schema, via string
		want                bool
	}{
		{who: service, column: "id", schema: "main", via: "view", want: true},
		{who: service, column: "", schema: "main", via: "view"},
		{who: relay, column: "id", schema: "main", via: "view"},
		{who: sqlstore.Principal{Role: "customer", Tenant: acme}, column: "id", schema: "main", via: "view"},
		{who: service, column: "id", schema: "main", via: "view of another"},
		{who: service, column: "id", schema: "main", via: "order_orders"},
		{who: service, column: "id", schema: "main"},
		{who: service, column: "id", schema: "temp", want: true},
		{who: service, column: "", schema: "", want: true},
		{who: service, column: "id", schema: ""},

		{who: service, text: text{declared: true, target: "order_orders", plain: true}, column: "id", schema: "main", want: true},
		{who: service, text: text{declared: true, target: "order_orders", plain: true}, column: "id", schema: "main", via: "x"},
		{who: service, text: text{declared: true, target: "order_orders"}, column: "id", schema: "main"},
		{who: service, text: text{declared: true, target: "order_terms", plain: true}, column: "id", schema: "main"},
		{who: service, text: text{declared: true, target: "order_items", plain: true}, column: "id", schema: "main", want: true},
		{who: relay, text: text{declared: true, target: "order_orders", plain: true}, column: "id", schema: "main"},

		{who: service, text: text{declared: true, target: "order_orders"}, column: "tenant_id", schema: "main", via: "trigger", want: true},
		{who: service, text: text{declared: true, target: "order_orders"}, column: "id", schema: "main", via: "trigger"},
		{who: service, text: text{declared: true, target: "order_items"}, column: "tenant_id", schema: "main", via: "trigger"},
		{who: service, column: "tenant_id", schema: "main", via: "trigger"},
	} {
		s := &state{
			who: c.who, text: c.text, tables: Tables{
				"order_orders": {name: "order_orders", service: "order", tenant: "tenant_id", kin: []string{"order_items"}},
				"order_terms":  {name: "order_terms", service: "order", tenant: "tenant_id"},
			},
			names: names{
				views:    map[string]string{"view": "order_orders", "view of another": "order_terms"},
				triggers: map[string]string{"trigger": "order_orders"},
			},
		}
		require.Equal(t, c.want, s.allows(modernc.AuthRead, "order_orders", c.column, c.schema, c.via), "%+v", c)
	}
}
