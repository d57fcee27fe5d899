package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/tenant"
)

// strangers are right statements with the wrong tenant: A asks for what is B's.
var strangers = []attack{
	{
		number: "P029", what: "a read by key", as: "order@a", want: "SELECT 0",
		do: []string{`SELECT id FROM "order".orders WHERE tenant_id = '{b}' AND id = '{order b}'`},
	},
	{
		number: "P030", what: "a read by key that leaves the tenant to the policy", as: "order@a", want: "SELECT 0",
		do: []string{`SELECT id FROM "order".orders WHERE id = '{order b}'`},
	},
	{
		number: "P031", what: "an update by key", as: "order@a", want: "UPDATE 0",
		do: []string{`UPDATE "order".orders SET failure = 'x' WHERE id = '{order b}'`},
	},
	{
		number: "P032", what: "a delete by key", as: "order@a", want: "DELETE 0",
		do: []string{`DELETE FROM "order".items WHERE order_id = '{order b}'`},
	},
	{
		number: "P033", what: "an upsert onto another's row", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.receipts (tenant_id, operation, key, hash, entity_id, created_at)
			VALUES ('{b}', 'customer.create', 'ada', '', '', now())
			ON CONFLICT (tenant_id, operation, key) DO UPDATE SET hash = excluded.hash`},
	},
	{
		number: "P034", what: "an upsert that does nothing on another's row", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.receipts (tenant_id, operation, key, hash, entity_id, created_at)
			VALUES ('{b}', 'customer.create', 'ada', '', '', now()) ON CONFLICT DO NOTHING`},
	},
	{
		number: "P035", what: "a MERGE into another's row", as: "order@a", want: "MERGE 0",
		do: []string{`MERGE INTO "order".orders o USING (VALUES ('{order b}')) v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET failure = 'x'`},
	},
	{
		number: "P036", what: "an update from a list of another's ids", as: "order@a", want: "UPDATE 0",
		do: []string{`UPDATE "order".orders o SET failure = 'x' FROM unnest(ARRAY['{order b}']) AS given (id) WHERE o.id = given.id`},
	},
	{
		number: "P037", what: "an own row that is handed to another", as: "order@a", want: "42501",
		do: []string{`UPDATE "order".items SET tenant_id = '{b}'`},
	},
	{
		number: "P038", what: "another's row that is taken", as: "order@a", want: "UPDATE 0",
		do: []string{`UPDATE "order".items SET tenant_id = '{a}' WHERE tenant_id = '{b}'`},
	},
	{
		number: "P039", what: "a unique index as an oracle: another's key is free", as: "customer@a", want: "UPDATE 1",
		do: []string{
			`UPDATE customer.customers SET email_key = 'free@example.com'`,
			`UPDATE customer.customers SET email_key = 'ada@example.com'`, // which is B's as well
		},
	},
	{
		number: "P040", what: "a primary key as an oracle: another's id is free", as: "customer@a", want: "UPDATE 1",
		do: []string{`UPDATE customer.customers SET id = '{customer b}'`},
	},
	{
		number: "P041", what: "a key in another's tenant as an oracle: the row is there", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.receipts (tenant_id, operation, key, hash, entity_id, created_at)
			SELECT tenant_id, operation, key, hash, entity_id, created_at FROM
			(VALUES ('{b}', 'customer.create', 'ada', '', '', now())) v (tenant_id, operation, key, hash, entity_id, created_at)`},
	},
	{
		number: "P042", what: "a foreign key as an oracle: the parent is there, and another's", want: `23503: Key is not present in table "orders".`,
		try: func(t *testing.T, h *hostile) string { return h.foreignKey(t, string(h.b.Order.ID)) },
	},
	{
		number: "P043", what: "a foreign key as an oracle: there is no parent", want: `23503: Key is not present in table "orders".`,
		try: func(t *testing.T, h *hostile) string { return h.foreignKey(t, "ord"+noID) },
	},
	{
		number: "P044", what: "a row lock as an oracle: NOWAIT on a row that somebody holds", want: "SELECT 0",
		try: func(t *testing.T, h *hostile) string {
			holder := connect(t, h.database.Superuser)
			tx, err := holder.Begin(t.Context())
			require.NoError(t, err)
			defer tx.Rollback(t.Context()) //nolint:errcheck // it ends with the test
			_, err = tx.Exec(t.Context(), `SELECT FROM "order".orders WHERE id = $1 FOR UPDATE`, h.b.Order.ID)
			require.NoError(t, err)
			return h.attempt(t, attack{as: "order@a", do: []string{`SELECT id FROM "order".orders WHERE id = '{order b}' FOR UPDATE NOWAIT`}})
		},
	},
	{
		number: "P045", what: "a row that breaks a check, whose error could quote it", want: `23514: ""`,
		try: func(t *testing.T, h *hostile) string {
			e := h.refused(t, "order@a", `UPDATE "order".orders SET attempt = -1`)
			return fmt.Sprintf("%s: %q", e.Code, e.Detail)
		},
	},
	{
		number: "P046", what: "a key that is there twice, whose error could quote it", want: `23505: ""`,
		try: func(t *testing.T, h *hostile) string {
			e := h.refused(t, "relay@", `UPDATE "order".outbox SET position = 1`)
			return fmt.Sprintf("%s: %q", e.Code, e.Detail)
		},
	},
	{
		number: "P047", what: "a failing expression as an oracle: a division", as: "order@a", want: "0",
		do: []string{`SELECT count(*) FROM "order".orders WHERE tenant_id = '{b}' AND 1 / (attempt - attempt) > 0`},
	},
	{
		number: "P048", what: "a failing expression as an oracle: a cast whose error quotes the value", as: "order@a", want: "0",
		do: []string{`SELECT count(*) FROM "order".orders WHERE CASE WHEN tenant_id = '{b}' THEN id::int ELSE 0 END = 1`},
	},
	{
		number: "P049", what: "a function with a side effect that looks before the policy does", as: "order@a", want: "false",
		do: []string{
			`SELECT count(*) FROM "order".orders WHERE set_config('app.seen', concat(current_setting('app.seen', true), id), true) <> ''`,
			`SELECT (current_setting('app.seen') LIKE '%{order b}%')::text`,
		},
		sealed: denied,
	},
	{
		number: "P050", what: "a system column", as: "order@a", want: "{a}",
		do: []string{`SELECT tenant_id FROM "order".orders WHERE ctid >= '(0,0)' AND xmin::text <> ''`},
	},
	{
		number: "P051", what: "a sample of the table", as: "order@a", want: "{a}",
		do: []string{`SELECT tenant_id FROM "order".orders TABLESAMPLE SYSTEM (100)`},
	},
	{
		number: "P052", what: "a whole row", as: "order@a", want: "SELECT 0",
		do: []string{`SELECT o::text FROM "order".orders o WHERE o::text LIKE '%{b}%'`},
	},
	{
		number: "P053", what: "an order, through the service", want: "as a missing one",
		try: func(t *testing.T, h *hostile) string {
			return h.alike(t, string(h.b.Order.ID), "ord"+noID, func(id string) error {
				_, err := h.platform.Orders.Get(tenant.NewContext(t.Context(), h.a.Tenant), order.ID(id))
				return err
			})
		},
	},
	{
		number: "P054", what: "a customer that is changed, through the service", want: "as a missing one",
		try: func(t *testing.T, h *hostile) string {
			name := "Mallory"
			return h.alike(t, string(h.b.Customer.ID), "cust"+noID, func(id string) error {
				ctx := tenant.NewContext(t.Context(), h.a.Tenant)
				_, err := h.platform.Customers.Update(ctx, customer.ID(id), customer.Change{Name: &name})
				return err
			})
		},
	},
	{
		number: "P055", what: "an order for another's customer, through the service", want: "as a missing one",
		try: func(t *testing.T, h *hostile) string {
			return h.alike(t, string(h.b.Customer.ID), "cust"+noID, func(id string) error {
				_, err := h.platform.Orders.Place(tenant.NewContext(t.Context(), h.a.Tenant), order.Draft{
					Customer: customer.ID(id), Items: []order.ItemDraft{{Product: h.a.Product.ID, Quantity: 1, Region: "nyc1"}},
				})
				return err
			})
		},
	},
	{
		number: "P056", what: "a tenant's slug is unique for all: taking one tells that it is taken", as: "tenant@a", want: "23505",
		do:   []string{`UPDATE tenant.tenants SET slug = 'other'`},
		open: "nothing: slugs are public names; the error tells no more than that",
	},
	{
		number: "P057", what: "the key of a tenant's creation is unique for all: using one tells that it was used", as: "tenant@a", want: "23505",
		do:   []string{`UPDATE tenant.commands SET key = (SELECT replace(key, 'acme', 'other') FROM tenant.commands)`},
		open: "nothing but keys that nobody guesses; the library writes this table when a tenant is created, and not after",
	},
}

// foreignKey gives an item of A another order, and says what the error tells.
func (h *hostile) foreignKey(t *testing.T, parent string) string {
	t.Helper()
	e := h.refused(t, "order@a", fmt.Sprintf(`UPDATE "order".items SET order_id = '%s'`, parent))
	return e.Code + ": " + strings.ReplaceAll(e.Detail, parent, "?")
}

// alike says whether an operation answers to another's id as to one that
// nothing has.
func (*hostile) alike(t *testing.T, others, missing string, operation func(id string) error) string {
	t.Helper()
	one, none := operation(others), operation(missing)
	require.Error(t, one)
	require.Error(t, none)
	if got := strings.ReplaceAll(one.Error(), others, missing); got != none.Error() {
		return got + ", and a missing one: " + none.Error()
	}
	return "as a missing one"
}
