package sqlite

// hostileSchemes change the rules, or look behind them.
func hostileSchemes() []attack {
	denied := func(why string, texts ...string) []attack {
		var all []attack
		for _, text := range texts {
			all = append(all, attack{why: why, sent: sql1(text), injected: "denied"})
		}
		return all
	}
	var all []attack
	all = append(all, denied("settings",
		"PRAGMA query_only = 0", "PRAGMA recursive_triggers = 0", "PRAGMA writable_schema = 1", "PRAGMA trusted_schema = 1",
		"PRAGMA table_list", "PRAGMA database_list", "PRAGMA foreign_keys = 0", "PRAGMA temp_store = 1",
		"SELECT name FROM pragma_table_list", "SELECT name FROM pragma_function_list")...)
	all = append(all, denied("other files",
		"ATTACH ':memory:' AS other", "DETACH temp", "VACUUM", "VACUUM INTO '/tmp/platforma-copy.db'")...)
	all = append(all, denied("the catalog",
		"SELECT sql FROM sqlite_schema", "SELECT name FROM sqlite_master", "SELECT name FROM temp.sqlite_schema",
		"SELECT name FROM sqlite_temp_master", "SELECT stat FROM main.sqlite_stat1", "SELECT name FROM platforma_migrations")...)
	all = append(all, denied("another schema",
		"CREATE TABLE main.mine (x)", "CREATE TEMP TABLE mine (x)", "CREATE TEMP VIEW mine AS SELECT id FROM main.order_orders",
		"CREATE VIEW main.mine AS SELECT id FROM order_orders", "CREATE TEMP TABLE mine AS SELECT id FROM order_orders",
		"CREATE TEMP TRIGGER mine AFTER INSERT ON main.order_terms BEGIN SELECT 1; END", "CREATE INDEX main.mine ON order_orders (failure)",
		"CREATE VIRTUAL TABLE temp.mine USING fts5(x)", "DROP VIEW temp.order_orders", "DROP TABLE main.order_orders",
		"ALTER TABLE main.order_orders ADD COLUMN mine", "ALTER TABLE main.order_orders RENAME TO mine", "REINDEX", "ANALYZE")...)
	all = append(all, denied("functions",
		"SELECT platforma_tenant()", "SELECT platforma_within('"+globex+"')", "SELECT load_extension('mine')",
		"SELECT sqlite_compileoption_get(0)", "SELECT randomblob(8)", "SELECT abs(-9223372036854775808)",
		"SELECT changes()", "SELECT last_insert_rowid()")...)
	all = append(all, denied("more than one",
		"SELECT 1; SELECT id FROM main.order_orders", "SELECT id FROM order_orders; PRAGMA query_only = 0",
		"SAVEPOINT mine", "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK",
		"BEGIN; UPDATE main.order_orders SET version = 9", "UPDATE main.order_orders SET version = 9; COMMIT", "EXPLAIN SELECT id FROM main.order_orders",
		"EXPLAIN QUERY PLAN SELECT id FROM main.order_orders")...)
	for _, text := range []string{
		"DELETE FROM sqlite_temp_schema", "UPDATE main.sqlite_schema SET sql = ''", "UPDATE order_orders SET version = 9",
		"CREATE INDEX mine ON order_orders (failure)",
	} {
		all = append(all, attack{why: "what SQLite refuses by itself", sent: sql1(text), injected: "error"})
	}
	return append(all,
		attack{why: "a program", sent: sql1("EXPLAIN SELECT failure FROM order_orders WHERE id = 'ord_2'"), injected: "answered"},
		attack{why: "a program that keeps a view", sent: sql1("EXPLAIN SELECT DISTINCT o.failure FROM order_items AS i LEFT JOIN order_orders AS o ON true"), injected: "answered"},
		attack{why: "a plan that keeps a view", sent: sql1("EXPLAIN QUERY PLAN SELECT DISTINCT o.failure FROM order_items AS i FULL JOIN order_orders AS o ON true"), injected: "answered"},
		attack{why: "a plan that keeps two", sent: sql1("EXPLAIN QUERY PLAN SELECT count(*) FROM order_items RIGHT JOIN (SELECT id FROM order_orders UNION SELECT id FROM order_orders) ON true"), injected: "answered"},
		attack{why: "names in an error", sent: sql1("SELECT order_orders.none FROM order_orders JOIN order_orders USING (id)"), injected: "error"},
		attack{why: "names in an error of a view", sent: sql1("SELECT tenant_id FROM order_orders AS a JOIN order_orders AS b ON true"), injected: "error"},
		attack{why: "a plan", sent: sql1("EXPLAIN QUERY PLAN SELECT id FROM order_orders WHERE id = 'ord_2'"), injected: "answered"},
		attack{why: "a filter that is failed on purpose, and another after it", sent: []string{
			"SELECT id FROM order_orders WHERE (failure ->> 'a') = 1", "SELECT id FROM main.order_orders",
		}, injected: "error"},
	)
}
