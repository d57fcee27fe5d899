package postgres_test

// injections are statements, or parts of them, that somebody smuggles into an
// operation of the order service for tenant A. The protocol takes one at a time.
var injections = []attack{
	{
		number: "P058", what: "a second statement behind the first", as: "order@a", want: "42601",
		do: []string{`SELECT 1; SELECT set_config('app.tenant_id', '{b}', true)`},
	},
	{
		number: "P059", what: "a UNION with another service", as: "order@a", want: "42501",
		do: []string{`SELECT id FROM "order".orders UNION SELECT id FROM customer.customers`},
	},
	{
		number: "P060", what: "a UNION with another tenant", as: "order@a", want: "{a}",
		do: []string{`SELECT tenant_id FROM "order".orders UNION SELECT tenant_id FROM "order".items WHERE tenant_id <> ''`},
	},
	{
		number: "P061", what: "a condition that is always true", as: "order@a", want: "{a}",
		do: []string{`SELECT tenant_id FROM "order".orders WHERE id = '' OR '1' = '1'`},
	},
	{
		number: "P062", what: "another role and its table in one statement", as: "order@a", want: "42501",
		do: []string{`WITH r AS MATERIALIZED (SELECT set_config('role', '{p}_customer', true)) SELECT c.id FROM r, customer.customers c`},
	},
	{
		number: "P063", what: "the passwords", as: "order@a", want: "42501",
		do: []string{"SELECT rolpassword FROM pg_authid"},
	},
	{
		number: "P064", what: "statistics: the most common values", as: "order@a", want: "SELECT 0",
		do: []string{`SELECT most_common_vals FROM pg_stats WHERE schemaname IN ('tenant', 'customer', 'catalog', 'order', 'resource', 'event')`},
	},
	{
		number: "P065", what: "statistics: the table behind the view", as: "order@a", want: "42501",
		do: []string{"SELECT stavalues1 FROM pg_statistic"},
	},
	{
		number: "P066", what: "statistics: several columns together", as: "order@a", want: "42501",
		do: []string{"SELECT stxdmcv FROM pg_statistic_ext_data"},
	},
	{
		number: "P067", what: "the statements of everybody", as: "order@a", want: "42P01",
		do: []string{"SELECT query FROM pg_stat_statements"},
	},
	{
		number: "P068", what: "a file of the server's", as: "order@a", want: "42501",
		do: []string{"SELECT pg_read_file('postgresql.conf')"},
	},
	{
		number: "P069", what: "a folder of the server's", as: "order@a", want: "42501",
		do: []string{"SELECT pg_ls_dir('.')"},
	},
	{
		number: "P070", what: "COPY to a file", as: "order@a", want: "42501",
		do: []string{`COPY "order".orders TO '/tmp/orders'`},
	},
	{
		number: "P071", what: "COPY to a program", as: "order@a", want: "42501",
		do: []string{`COPY (SELECT 1) TO PROGRAM 'cat'`},
	},
	{
		number: "P072", what: "COPY from a file", as: "order@a", want: "42501",
		do: []string{`COPY "order".orders FROM '/etc/passwd'`},
	},
	{
		number: "P073", what: "a large object from a file", as: "order@a", want: "42501",
		do: []string{"SELECT lo_import('/etc/passwd')"},
	},
	{
		number: "P074", what: "another server", as: "order@a", want: "42883",
		do: []string{"SELECT dblink('dbname=postgres', 'SELECT 1')"},
	},
	{
		number: "P075", what: "an extension that reaches another server", as: "order@a", want: "42501",
		do: []string{"CREATE EXTENSION postgres_fdw"},
	},
	{
		number: "P076", what: "the pages of a table", as: "order@a", want: "42883",
		do: []string{`SELECT get_raw_page('"order".orders', 0)`},
	},
	{
		number: "P077", what: "a function that tells what it is given, before the policy looks", as: "order@a", want: "42501",
		do: []string{`CREATE FUNCTION "order".tell(x text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE '%', x; RETURN true; END $$`},
	},
	{
		number: "P078", what: "a temporary function", as: "order@a", want: "42501",
		do: []string{"CREATE FUNCTION pg_temp.tell(x text) RETURNS boolean LANGUAGE sql AS 'SELECT true'"},
	},
	{
		number: "P079", what: "a temporary table", as: "order@a", want: "42501",
		do: []string{`CREATE TEMPORARY TABLE kept AS SELECT * FROM "order".orders`},
	},
	{
		number: "P080", what: "an operator of one's own", as: "order@a", want: "42501",
		do: []string{"CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textlike)"},
	},
	{
		number: "P081", what: "a view", as: "order@a", want: "42501",
		do: []string{`CREATE VIEW "order".seen AS SELECT * FROM "order".orders`},
	},
	{
		number: "P082", what: "a block of another language with another service in it", as: "order@a", want: "42501",
		do: []string{"DO $$ BEGIN PERFORM id FROM customer.customers; END $$"},
	},
	{
		number: "P083", what: "a block of another language that tells another tenant's rows in the text of its error", want: "told",
		try:    telling,
		open:   "the library, which shows nobody the server's texts; and a sealed database",
		sealed: denied,
	},
	{
		number: "P084", what: "row security that is turned off", as: "order@a", want: "42501",
		do:     []string{"SELECT set_config('row_security', 'off', true)", `SELECT id FROM "order".orders`},
		sealed: denied,
	},
	{
		number: "P085", what: "TRUNCATE", as: "order@a", want: "42501",
		do: []string{`TRUNCATE "order".items`},
	},
	{
		number: "P086", what: "the procedure that protects tables", as: "order@a", want: "42501",
		do: []string{`CALL platforma.protect('"order".orders', '{p}_order')`},
	},
	{
		number: "P087", what: "the texts of other operations, which have placeholders and no values", want: "0 with values",
		try: texts,
	},
	{
		number: "P088", what: "another's tenant, set in WHERE", as: "order@a", want: "{a}",
		do:     []string{`SELECT tenant_id FROM "order".orders WHERE set_config('app.tenant_id', '{b}', true) <> ''`},
		sealed: denied,
	},
	{
		number: "P089", what: "another's tenant, set in the list of columns", as: "order@a", want: "{a}",
		do:     []string{`SELECT o.tenant_id, set_config('app.tenant_id', '{b}', true) FROM "order".orders o`},
		sealed: denied,
	},
	{
		number: "P090", what: "another's tenant, set in ORDER BY", as: "order@a", want: "{a}",
		do:     []string{`SELECT tenant_id FROM "order".orders ORDER BY set_config('app.tenant_id', '{b}', true)`},
		sealed: denied,
	},
	{
		number: "P091", what: "another's tenant, set in RETURNING", as: "order@a", want: "{a}",
		do:     []string{`UPDATE "order".orders SET failure = '' RETURNING tenant_id, set_config('app.tenant_id', '{b}', true)`},
		sealed: denied,
	},
	{
		number: "P092", what: "another's tenant, set in SET of an update", as: "order@a", want: "42501",
		do: []string{`UPDATE "order".orders SET failure = set_config('app.tenant_id', '{b}', true)`},
	},
	{
		number: "P093", what: "another's tenant, set in GROUP BY", as: "order@a", want: "{a}",
		do:     []string{`SELECT tenant_id FROM "order".orders GROUP BY tenant_id, set_config('app.tenant_id', '{b}', true)`},
		sealed: denied,
	},
	{
		number: "P094", what: "another's tenant, set in HAVING", as: "order@a", want: "{a}",
		do:     []string{`SELECT tenant_id FROM "order".orders GROUP BY tenant_id HAVING set_config('app.tenant_id', '{b}', true) <> ''`},
		sealed: denied,
	},
	{
		number: "P095", what: "another's tenant, set in ON CONFLICT DO UPDATE", as: "customer@a", want: "42501",
		do: []string{`INSERT INTO customer.receipts SELECT * FROM customer.receipts
			ON CONFLICT (tenant_id, operation, key) DO UPDATE SET hash = set_config('app.tenant_id', '{b}', true)`},
	},
	{
		number: "P096", what: "another's tenant, set in a column's default", as: "order@a", want: "42501",
		do: []string{`ALTER TABLE "order".orders ALTER failure SET DEFAULT set_config('app.tenant_id', '{b}', true)`},
	},
	{
		number: "P097", what: "another's tenant, set in a join with a second table", as: "order@a", want: "{b}",
		do: []string{`SELECT i.tenant_id FROM (SELECT set_config('app.tenant_id', '{b}', true) AS set FROM "order".orders OFFSET 0) o
			CROSS JOIN LATERAL (SELECT tenant_id FROM "order".items WHERE o.set <> '' OFFSET 0) i`},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P098", what: "another's tenant, set among the values of a row for it", as: "customer@a", want: "{b}",
		do: []string{`INSERT INTO customer.terms (tenant_id, key, value, id)
			VALUES ('{b}', 'k', set_config('app.tenant_id', '{b}', true), 'i') RETURNING tenant_id`},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P099", what: "another's tenant, set in a CTE before the table is read", as: "order@a", want: "{b}",
		do: []string{`WITH s AS MATERIALIZED (SELECT set_config('app.tenant_id', '{b}', true) AS set)
			SELECT o.tenant_id FROM s CROSS JOIN LATERAL (SELECT tenant_id FROM "order".orders WHERE s.set <> '' LIMIT 1) o`},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P100", what: "another's tenant, set in the first half of a UNION", as: "order@a", want: "{b},{b}",
		do:     []string{`SELECT set_config('app.tenant_id', '{b}', true) UNION ALL SELECT tenant_id FROM "order".orders`},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P101", what: "another's tenant, set in LIMIT", as: "order@a", want: "{b}",
		do:     []string{`SELECT tenant_id FROM "order".orders LIMIT length(set_config('app.tenant_id', '{b}', true))`},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P102", what: "another's tenant, set for the operation's next statement", as: "order@a", want: "{b}",
		do:     []string{`SELECT set_config('app.tenant_id', '{b}', true)`, `SELECT tenant_id FROM "order".orders`},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P103", what: "another's tenant, set for the operation's next statement, which names its own as the library's do", as: "order@a", want: "SELECT 0",
		do:     []string{`SELECT set_config('app.tenant_id', '{b}', true)`, `SELECT tenant_id FROM "order".orders WHERE tenant_id = '{a}'`},
		sealed: denied,
	},
	{
		number: "P104", what: "another role, set for the operation's next statement", as: "order@a", want: "{a}",
		do:     []string{`SELECT set_config('role', '{p}_customer', true)`, "SELECT tenant_id FROM customer.customers"},
		open:   logins + "; and " + setting,
		sealed: denied,
	},
	{
		number: "P105", what: "the size of a table, of all tenants together", as: "order@a", want: "true",
		do:   []string{`SELECT (pg_relation_size('"order".orders') > 0)::text`},
		open: "nothing but statements that take no text from outside: sizes and numbers of rows are not hidden, what is in them is",
	},
	{
		number: "P106", what: "the number of rows of a table, of all tenants together", as: "order@a", want: "2",
		do:   []string{`SELECT reltuples FROM pg_class WHERE oid = '"order".orders'::regclass`},
		open: "nothing but statements that take no text from outside: sizes and numbers of rows are not hidden, what is in them is",
	},
	{
		number: "P107", what: "EXPLAIN, whose guess tells a tenant with rows from one without", want: "a guess that differs",
		try:  guess,
		open: "nothing but statements that take no text from outside: the planner guesses from the statistics of all rows",
	},
	{
		number: "P108", what: "a large object, which belongs to no tenant", as: "order@a", want: "true",
		do:   []string{"SELECT (lo_from_bytea(0, 'for whoever has the number') > 0)::text"},
		open: "REVOKE EXECUTE ON FUNCTION lo_from_bytea, lo_create, lo_creat … FROM PUBLIC; the library keeps none",
	},
	{
		number: "P109", what: "a notification, which belongs to no tenant", want: "heard",
		try:  notification,
		open: "REVOKE EXECUTE ON FUNCTION pg_notify FROM PUBLIC, a pooler in transaction mode; the library sends none and listens to none",
	},
	{
		number: "P110", what: "an advisory lock, which belongs to no tenant", as: "order@a", want: "true",
		do:   []string{"SELECT pg_try_advisory_xact_lock(1)::text"},
		open: "REVOKE EXECUTE ON FUNCTION pg_advisory_lock … FROM PUBLIC; the library's are for the relay and for migrations, and tell nothing",
	},
	{
		number: "P111", what: "a lock of a whole table, which has all tenants wait", as: "order@a", want: "LOCK TABLE",
		do:   []string{`LOCK TABLE "order".orders IN ACCESS EXCLUSIVE MODE`},
		open: "nothing for who may delete; ALTER ROLE … SET lock_timeout and idle_in_transaction_session_timeout bound the wait",
	},
}

// What stops attacks that PostgreSQL alone does not.
const (
	setting = "statements that take no text from outside, as all of the library's; and a sealed database"
	logins  = "a login for each service"
)
