package postgres_test

// hijacks are what somebody does who holds a whole session of the application's
// one login: all that a program of the host's could do.
var hijacks = []attack{
	{
		number: "P112", what: "a table, as the login itself", as: "session", want: "42501",
		do: []string{"SELECT id FROM tenant.tenants"},
	},
	{
		number: "P113", what: "the role of a superuser", as: "session", want: "42501",
		do: []string{"SET ROLE postgres"},
	},
	{
		number: "P114", what: "the role that migrates", as: "session", want: "42501",
		do: []string{"SET ROLE {p}_owner"},
	},
	{
		number: "P115", what: "another login's authorization", as: "session", want: "42501",
		do: []string{"SET SESSION AUTHORIZATION {p}_owner"},
	},
	{
		number: "P116", what: "the authorization of a service's role", as: "session", want: "42501",
		do: []string{"SET SESSION AUTHORIZATION {p}_order"},
	},
	{
		number: "P117", what: "the login itself, within an operation", as: "order@a", want: "42501",
		do: []string{"RESET ROLE", `SELECT id FROM "order".orders`},
	},
	{
		number: "P118", what: "triggers and foreign keys turned off", as: "session", want: "42501",
		do: []string{"SET session_replication_role = replica"},
	},
	{
		number: "P119", what: "row security turned off", as: "session", want: "42501",
		do: []string{
			"SET row_security = off", "BEGIN",
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT id FROM "order".orders`,
		},
	},
	{
		number: "P120", what: "a policy that is dropped", as: "order@a", want: "42501",
		do: []string{`DROP POLICY tenant_isolation ON "order".orders`},
	},
	{
		number: "P121", what: "a policy that is added", as: "order@a", want: "42501",
		do: []string{`CREATE POLICY mine ON "order".orders USING (true)`},
	},
	{
		number: "P122", what: "a table whose row-level security is disabled", as: "order@a", want: "42501",
		do: []string{`ALTER TABLE "order".orders DISABLE ROW LEVEL SECURITY`},
	},
	{
		number: "P123", what: "a trigger", as: "order@a", want: "42501",
		do: []string{`CREATE TRIGGER t BEFORE INSERT ON "order".orders EXECUTE FUNCTION suppress_redundant_updates_trigger()`},
	},
	{
		number: "P124", what: "a rule", as: "order@a", want: "42501",
		do: []string{`CREATE RULE r AS ON SELECT TO "order".orders DO INSTEAD SELECT * FROM "order".orders`},
	},
	{
		number: "P125", what: "an index", as: "order@a", want: "42501",
		do: []string{`CREATE INDEX ON "order".orders (id)`},
	},
	{
		number: "P126", what: "statistics of one's own", as: "order@a", want: "42501",
		do: []string{`CREATE STATISTICS "order".s (mcv) ON tenant_id, status FROM "order".orders`},
	},
	{
		number: "P127", what: "a schema", as: "session", want: "42501", do: []string{"CREATE SCHEMA mine"},
	},
	{
		number: "P128", what: "a role", as: "session", want: "42501", do: []string{"CREATE ROLE mine SUPERUSER"},
	},
	{
		number: "P129", what: "an attribute of one's own", as: "session", want: "42501", do: []string{"ALTER ROLE {p}_app BYPASSRLS"},
	},
	{
		number: "P130", what: "a membership of one's own", as: "session", want: "42501", do: []string{"GRANT {p}_owner TO {p}_app"},
	},
	{
		number: "P131", what: "a grant to everybody, which grants nothing", as: "order@a", want: "false",
		do: []string{
			`GRANT SELECT ON "order".orders TO PUBLIC`,
			`SELECT has_table_privilege('{p}_customer', '"order".orders', 'SELECT')::text`,
		},
	},
	{
		number: "P132", what: "privileges by default", as: "order@a", want: "42501",
		do: []string{"ALTER DEFAULT PRIVILEGES FOR ROLE {p}_owner GRANT SELECT ON TABLES TO PUBLIC"},
	},
	{
		number: "P133", what: "an event trigger", as: "session", want: "42501",
		do: []string{"CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger()"},
	},
	{
		number: "P134", what: "a setting of the server", as: "session", want: "42501", do: []string{"ALTER SYSTEM SET row_security = off"},
	},
	{
		number: "P135", what: "a new start of the server's settings", as: "session", want: "42501", do: []string{"SELECT pg_reload_conf()"},
	},
	{
		number: "P136", what: "an index that is built anew, while all wait", as: "order@a", want: "42501",
		do: []string{`REINDEX TABLE "order".orders`},
	},
	{
		number: "P137", what: "a transaction that stays prepared, with its locks", as: "order@a", want: "55000",
		do: []string{"PREPARE TRANSACTION 'mine'"},
	},
	{
		number: "P138", what: "the mark of a migration", as: "session", want: "42501",
		do: []string{"DELETE FROM platforma.applied"},
	},
	{
		number: "P139", what: "a sequence of the library's", as: "session", want: "42501",
		do: []string{"SELECT nextval('platforma.migrations_id_seq')"},
	},
	{
		number: "P140", what: "a search path with operators of one's own in it", as: "session", want: "42501",
		do: []string{
			`SET search_path = public, "order", pg_catalog`,
			"CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textlike)",
		},
	},
	{
		number: "P141", what: "settings of the session that an operation's own come over", as: "session", want: "{a}",
		do: []string{
			"SET app.tenant_id = '{b}'", "SET ROLE {p}_customer", "BEGIN",
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT tenant_id FROM "order".orders`,
		},
		sealed: denied, // it becomes no role from another one, and the library closes the connection
	},
	{
		number: "P142", what: "another tenant", as: "session", want: "{b}",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{b}', true)`, `SELECT tenant_id FROM "order".orders`,
		},
		open: "a database, or a server, for each tenant; the login is the application's, which serves all",
	},
	{
		number: "P143", what: "another service", as: "session", want: "{a}",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_customer', true), set_config('app.tenant_id', '{a}', true)`, "SELECT tenant_id FROM customer.customers",
		},
		open: logins,
	},
	{
		number: "P144", what: "the events of all tenants, as the relay", as: "session", want: "2",
		do: []string{
			"BEGIN", "SET LOCAL ROLE {p}_relay", `SELECT count(DISTINCT tenant_id) FROM "order".outbox`,
		},
		open: logins,
	},
	{
		number: "P145", what: "the list of tenants, as the operator", as: "session", want: "2",
		do:   []string{"BEGIN", "SET LOCAL ROLE {p}_operator", "SELECT count(*) FROM tenant.tenants"},
		open: logins,
	},
	{
		number: "P146", what: "a tenant of the session, for the operation that forgets its own", as: "session", want: "{b}",
		do: []string{
			"SET app.tenant_id = '{b}'", "BEGIN", "SET LOCAL ROLE {p}_order", `SELECT tenant_id FROM "order".orders`,
		},
		open: "no hijacked session: the library sets nothing for a session, and always sets its own tenant",
	},
	{
		number: "P147", what: "a tenant by default, for all of the login's sessions to come", as: "login", want: "42501",
		do: []string{"SET LOCAL app.tenant_id = '{b}'", "ALTER ROLE {p}_app SET app.tenant_id = '{b}'"},
	},
	{
		number: "P148", what: "a role by default, for all of the login's sessions to come", as: "login", want: "ALTER ROLE",
		do:   []string{"ALTER ROLE {p}_app SET role = '{p}_relay'"},
		open: "the library, which sets its own role in each transaction; what others set stands in pg_db_role_setting",
	},
	{
		number: "P149", what: "the login's password", as: "login", want: "ALTER ROLE",
		do:   []string{"ALTER ROLE {p}_app PASSWORD 'mine'"},
		open: "an authentication without passwords: certificates, or the cloud's own",
	},
	{
		number: "P150", what: "a cursor WITH HOLD, which another tenant's operation reads", as: "session", want: "{a}",
		do: []string{
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`,
			`DECLARE c CURSOR WITH HOLD FOR SELECT tenant_id FROM "order".orders`, "COMMIT",
			"BEGIN", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{b}', true)`, "FETCH c",
		},
		open: "no hijacked session: what was read is kept; the library declares no cursor",
	},
	{
		number: "P151", what: "a second tenant in one transaction", as: "order@a", want: "{b}",
		do:   []string{"SET LOCAL app.tenant_id = '{b}'", `SELECT tenant_id FROM "order".orders`},
		open: "no hijacked session: nothing of PostgreSQL's keeps SET from who may send statements",
	},
	{
		number: "P152", what: "a session of the application's that is cancelled", want: "true",
		try:  cancelling,
		open: logins + ", which then cancels that service's alone",
	},
	{
		number: "P153", what: "the changes of all tables, as a replica", want: "42501",
		try: replica,
	},
	{
		number: "P154", what: "a slot of logical replication", as: "session", want: "42501",
		do: []string{"SELECT pg_create_logical_replication_slot('mine', 'test_decoding')"},
	},
	{
		number: "P155", what: "a publication", as: "session", want: "42501",
		do: []string{"CREATE PUBLICATION mine FOR ALL TABLES"},
	},
	{
		number: "P156", what: "EXPLAIN ANALYZE, which counts the rows that it leaves out", want: "rows removed",
		try:  removed,
		open: "no hijacked session: the count is that of all tenants' rows, and is all that shows",
	},
}
