package postgres_test

// setters try whatever else might set a tenant, as injected text or as a
// statement of its own, from within an operation of the order service for tenant
// A. The last statement looks whose orders are seen then.
var setters = []attack{
	{
		number: "P191", what: "the setting's row in pg_settings, whose rule calls set_config; the tenant's is not among them", as: "order@a", want: "{a}",
		do:     []string{"UPDATE pg_settings SET setting = '{b}' WHERE name = 'app.tenant_id'", orders},
		sealed: denied,
	},
	{
		number: "P192", what: "the row of a setting that pg_settings has", as: "order@a", want: "off",
		do:     []string{"UPDATE pg_settings SET setting = 'off' WHERE name = 'row_security'", "SELECT current_setting('row_security')"},
		open:   "nothing has to: without row_security the tables are refused, not opened",
		sealed: denied,
	},
	{
		number: "P193", what: "pg_settings in a CTE, in which its rule does nothing", as: "order@a", want: "on",
		do: []string{"WITH s AS (UPDATE pg_settings SET setting = 'off' WHERE name = 'row_security') SELECT 1", "SELECT current_setting('row_security')"},
	},
	{
		number: "P194", what: "SET in the text that query_to_xml runs", as: "order@a", want: "0A000",
		do: []string{"SELECT query_to_xml('SET LOCAL app.tenant_id = ''{b}''', false, true, '')"},
	},
	{
		number: "P195", what: "set_config in the text that query_to_xml runs", as: "order@a", want: "{b}",
		do:     []string{"SELECT query_to_xml('SELECT set_config(''app.tenant_id'', ''{b}'', true)', false, true, '')::text", orders},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P196", what: "set_config in the text that ts_stat runs", as: "order@a", want: "{b}",
		do: []string{
			"SELECT count(*) FROM ts_stat('SELECT to_tsvector(set_config(''app.tenant_id'', ''{b}'', true))')", orders,
		},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P197", what: "SET in a block", as: "order@a", want: "{b}",
		do:     []string{"DO $$ BEGIN SET LOCAL app.tenant_id = '{b}'; END $$", orders},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P198", what: "SET in a text that a block runs", as: "order@a", want: "{b}",
		do:     []string{"DO $$ BEGIN EXECUTE 'SET LOCAL app.tenant_id = ''{b}'''; END $$", orders},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P199", what: "EXPLAIN ANALYZE, which runs what it explains", as: "order@a", want: "{b}",
		do:     []string{"EXPLAIN ANALYZE SELECT set_config('app.tenant_id', '{b}', true)", orders},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P200", what: "a cursor over set_config", as: "order@a", want: "{b}",
		do: []string{
			"DECLARE c CURSOR FOR SELECT set_config('app.tenant_id', '{b}', true)", "FETCH c", orders,
		},
		open:   setting,
		sealed: denied,
	},
	{
		number: "P201", what: "SET behind another statement", as: "order@a", want: "42601",
		do: []string{"SELECT 1; SET LOCAL app.tenant_id = '{b}'"},
	},
	{
		number: "P202", what: "SET in parentheses", as: "order@a", want: "42601",
		do: []string{"SELECT (SET LOCAL app.tenant_id = '{b}')"},
	},
	{
		number: "P203", what: "SET in a CTE", as: "order@a", want: "42601",
		do: []string{"WITH s AS (SET LOCAL app.tenant_id = '{b}') SELECT 1"},
	},
	{
		number: "P204", what: "a statement that is prepared for SET", as: "order@a", want: "42601",
		do: []string{"PREPARE s AS SET LOCAL app.tenant_id = '{b}'"},
	},
	{
		number: "P205", what: "a function that has the setting", as: "order@a", want: "42501",
		do: []string{`CREATE FUNCTION "order".other() RETURNS bigint LANGUAGE sql SET app.tenant_id = '{b}' AS 'SELECT count(*) FROM "order".orders'`},
	},
	{
		number: "P206", what: "the setting for the function that the policies ask", as: "order@a", want: "42501",
		do: []string{"ALTER FUNCTION platforma.tenant() SET app.tenant_id = '{b}'"},
	},
	{
		number: "P207", what: "another name for set_config", as: "order@a", want: "42501",
		do: []string{"CREATE FUNCTION pg_temp.again(text, text, boolean) RETURNS text LANGUAGE internal AS 'set_config_by_name'"},
	},
	{
		number: "P208", what: "set_config for the role itself", as: "order@a", want: "GRANT",
		do:     []string{"GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO {p}_order"},
		open:   "nothing has to: it grants nothing that everybody has not",
		sealed: denied,
	},
	{
		number: "P209", what: "a tenant by default, for the database", as: "order@a", want: "42501",
		do: []string{"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.tenant_id = ''{b}''', current_database()); END $$"},
	},
	{
		number: "P210", what: "a tenant by default, for the role", as: "order@a", want: "42501",
		do: []string{"ALTER ROLE {p}_order SET app.tenant_id = '{b}'"},
	},
	{
		number: "P211", what: "a tenant by default, for the login, which the transaction does not have yet", as: "order@a", want: "42501",
		do: []string{"ALTER ROLE {p}_app SET app.tenant_id = '{b}'"},
	},
	{
		number: "P212", what: "no tenant", as: "order@a", want: "PF001",
		do: []string{"RESET app.tenant_id", orders},
	},
	{
		number: "P213", what: "no setting at all", as: "order@a", want: "25001",
		do: []string{"DISCARD ALL"},
	},
	{
		number: "P214", what: "another tenant's point to go back to", as: "order@a", want: "3B001",
		do: []string{"ROLLBACK TO SAVEPOINT other"},
	},
	{
		number: "P215", what: "SET as a whole statement of its own, which no fragment is", as: "order@a", want: "{b}",
		do:   []string{"SET LOCAL app.tenant_id = '{b}'", orders},
		open: "statements that are the application's own, whatever is in them: who can send a statement of its choice holds the session",
	},
}

// orders says whose orders are seen.
const orders = `SELECT tenant_id FROM "order".orders`
