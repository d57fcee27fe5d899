package sqlite

// Why some attacks tell something where they are texts of the library's own.
const (
	beforeTrigger = "an update looks at the rows of its condition before the trigger does, so that one that fails tells of them: " +
		"for that only the library's own texts may write, whose conditions compare keys"
	uniqueForAll = "slugs are unique across tenants, so that one that is taken is"
)

// hostileWrites change rows of globex's, or ask for them by changing others.
func hostileWrites() []attack {
	const theirs, ours = " WHERE tenant_id = '" + globex + "'", " WHERE tenant_id = '" + acme + "'"
	return []attack{
		{why: "an update of its rows", sent: sql1("UPDATE main.order_orders SET version = 99" + theirs), injected: "denied", declared: "nothing"},
		{why: "an update of all rows", sent: sql1("UPDATE main.order_orders SET version = 99"), injected: "denied", declared: "answered"},
		{why: "an update that replaces", sent: sql1("UPDATE OR REPLACE main.order_streams SET tenant_id = '" + acme + "'" + theirs), injected: "denied", declared: "nothing"},
		{why: "a row that is taken", sent: sql1("UPDATE main.order_terms SET tenant_id = '" + acme + "'" + theirs), injected: "denied", declared: "nothing"},
		{why: "a row that is given away", sent: sql1("UPDATE main.order_terms SET tenant_id = '" + globex + "'" + ours), injected: "denied", declared: "refused"},
		{why: "its row by an update that answers", sent: sql1("UPDATE main.order_orders SET version = version" + theirs + " RETURNING failure"), injected: "denied", declared: "nothing"},
		{why: "a delete of its rows", sent: sql1("DELETE FROM main.order_terms" + theirs), injected: "denied", declared: "nothing"},
		{why: "a delete of all rows", sent: sql1("DELETE FROM main.order_terms"), injected: "denied", declared: "answered"},
		{why: "its row by a delete that answers", sent: sql1("DELETE FROM main.order_terms" + theirs + " RETURNING value"), injected: "denied", declared: "nothing"},
		{why: "a row for it", sent: sql1("INSERT INTO main.order_terms VALUES ('" + globex + "', 'word', 'new', 'ord_2')"), injected: "denied", declared: "refused"},
		{why: "a row that it has", sent: sql1("INSERT INTO main.order_streams (tenant_id, position) VALUES ('" + globex + "', 1)"), injected: "denied", declared: "refused"},
		{why: "a row that is ignored if it has it", sent: sql1("INSERT OR IGNORE INTO main.order_streams (tenant_id, position) VALUES ('" + globex + "', 1)"), injected: "denied", declared: "refused"},
		{why: "a row in the place of its", sent: sql1("REPLACE INTO main.order_streams (tenant_id, position) VALUES ('" + globex + "', 9)"), injected: "denied", declared: "refused"},
		{why: "a tenant in the place of it", as: tenantOfAcme, sent: sql1("REPLACE INTO main.tenant_tenants VALUES ('" + acme + "', 1, '', 'slug-2', 'active', '[]', '{}', 1, 1)"), injected: "denied", declared: "constraint", leaks: uniqueForAll},
		{why: "an upsert of its row", sent: sql1("INSERT INTO main.order_streams (tenant_id, position) VALUES ('" + globex + "', 9) ON CONFLICT (tenant_id) DO UPDATE SET position = 9"), injected: "denied", declared: "refused"},
		{why: "an upsert that gives away", sent: sql1("INSERT INTO main.order_streams (tenant_id, position) VALUES ('" + acme + "', 9) ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = '" + globex + "'"), injected: "denied", declared: "refused"},
		{why: "many rows, one of them for it", sent: sql1("INSERT INTO main.order_terms VALUES ('" + acme + "', 'a', 'b', 'c'), ('" + globex + "', 'a', 'b', 'c')"), injected: "denied", declared: "refused"},
		{why: "a child of its order", sent: sql1("INSERT INTO main.order_items VALUES ('" + acme + "', 'ord_2', 'item_3', 0, '', '', '', 1, '', '{}', '', '[]', '', '1', 'pending')"), injected: "denied", declared: "constraint"},
		{why: "its slug", as: tenantOfAcme, sent: sql1("UPDATE main.tenant_tenants SET slug = 'slug-2'"), injected: "denied", declared: "constraint", leaks: uniqueForAll},
		{why: "its slug, and never mind it", as: tenantOfAcme, sent: sql1("INSERT INTO main.tenant_tenants VALUES ('" + acme + "', 1, '', 'slug-2', 'active', '[]', '{}', 1, 1) ON CONFLICT (slug) DO UPDATE SET name = 'taken'"), injected: "denied", declared: "nothing", leaks: uniqueForAll},

		{why: "another table's rows in ours", sent: sql1("UPDATE main.order_orders SET failure = (SELECT max(failure) FROM main.order_orders)"), injected: "denied"},
		{why: "the same through a CTE", sent: sql1("WITH x AS (SELECT failure FROM main.order_orders) UPDATE main.order_orders SET failure = (SELECT max(failure) FROM x)"), injected: "denied"},
		{why: "the same through FROM", sent: sql1("UPDATE main.order_orders SET failure = o.failure FROM main.order_orders AS o"), injected: "denied"},
		{why: "the same in an answer", sent: sql1("UPDATE main.order_orders SET version = 2 RETURNING (SELECT max(failure) FROM main.order_orders)"), injected: "denied"},
		{why: "a copy of its rows", sent: sql1("INSERT INTO main.order_terms SELECT '" + acme + "', 'x', failure, id FROM main.order_orders"), injected: "denied"},
		{why: "a copy of what is seen", sent: sql1("INSERT INTO main.order_terms SELECT tenant_id, 'x', failure, id FROM order_orders"), injected: "denied", declared: "answered"},
		{why: "a delete by its rows", sent: sql1("DELETE FROM main.order_terms WHERE id IN (SELECT id FROM main.order_orders)"), injected: "denied"},

		{why: "a condition that fails on its row", sent: sql1("UPDATE main.order_orders SET version = 9 WHERE id = 'ord_2' AND (failure ->> 'a') = 1"), injected: "denied", declared: "error", leaks: beforeTrigger},
		{why: "a value that is refused for its row", sent: sql1("UPDATE main.order_orders SET version = 'text' WHERE id = 'ord_2'"), injected: "denied", declared: "constraint", leaks: beforeTrigger},

		{why: "a view takes no rows", sent: sql1("INSERT INTO order_terms VALUES ('" + globex + "', 'a', 'b', 'c')"), injected: "denied"},
		{why: "another service's table", sent: sql1("UPDATE main.customer_customers SET name = ''"), injected: "denied"},
		{why: "another service's outbox", sent: sql1("INSERT INTO main.catalog_streams (tenant_id, position) SELECT tenant_id, position FROM order_streams"), injected: "denied"},
		{why: "dead letters are the relay's to add", as: eventOfAcme, sent: sql1("INSERT INTO main.event_dead_letters VALUES ('" + acme + "', 'd', 'e', 's', 'order', 1, '', 1)"), injected: "denied"},
		{why: "the relay changes no event", as: relay, sent: sql1("UPDATE main.order_outbox SET data = ''"), injected: "denied"},
		{why: "nor when work is due", as: relay, sent: sql1("UPDATE main.resource_work SET due_at = 0"), injected: "denied"},
		{why: "nor where a stream ends", as: relay, sent: sql1("UPDATE main.order_streams SET position = 1"), injected: "denied"},
		{why: "nor drops work", as: relay, sent: sql1("DELETE FROM main.resource_work"), injected: "denied"},
		{why: "the operator changes no tenant", as: operator, sent: sql1("UPDATE main.tenant_tenants SET status = 'archived'"), injected: "denied"},
	}
}
