package postgres_test

// mistakes are what an operator does in good faith, with rights that the
// application does not have. A transaction of a superuser's makes each, looks
// at what the application would see then, and is rolled back.
var mistakes = []attack{
	{
		number: "P157", what: "a policy too many", as: "superuser", want: "{a}",
		do: []string{
			`CREATE POLICY sloppy ON "order".orders USING (true) WITH CHECK (true)`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT tenant_id FROM "order".orders`,
		},
	},
	{
		number: "P158", what: "a grant to another service", as: "superuser", want: "SELECT 0",
		do: []string{
			`GRANT USAGE ON SCHEMA "order" TO {p}_customer`, `GRANT ALL ON "order".orders TO {p}_customer`,
			`SELECT set_config('role', '{p}_customer', true), set_config('app.tenant_id', '{a}', true)`, `SELECT tenant_id FROM "order".orders`,
		},
	},
	{
		number: "P159", what: "a grant to everybody", as: "superuser", want: "SELECT 0",
		do: []string{
			`GRANT ALL ON "order".orders TO PUBLIC`, "SELECT set_config('role', '{p}_app', true)", `SELECT tenant_id FROM "order".orders`,
		},
	},
	{
		number: "P160", what: "a table that nobody put under the policy", as: "superuser", want: "42501",
		do: []string{
			`CREATE TABLE "order".forgotten AS SELECT * FROM "order".orders`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT id FROM "order".forgotten`,
		},
	},
	{
		number: "P161", what: "a view of the owner's", as: "superuser", want: "SELECT 0",
		do: []string{
			`CREATE VIEW "order".seen AS SELECT * FROM "order".orders`, `ALTER VIEW "order".seen OWNER TO {p}_owner`,
			`GRANT SELECT ON "order".seen TO {p}_order`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT tenant_id FROM "order".seen`,
		},
	},
	{
		number: "P162", what: "a view that looks with the eyes of who asks", as: "superuser", want: "{a}",
		do: []string{
			`CREATE VIEW "order".seen WITH (security_invoker = true) AS SELECT * FROM "order".orders`, `GRANT SELECT ON "order".seen TO {p}_order`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT tenant_id FROM "order".seen`,
		},
	},
	{
		number: "P163", what: "a SECURITY DEFINER function of the owner's", as: "owner", want: "0",
		do: []string{
			`CREATE FUNCTION platforma.seen() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM "order".orders'`,
			"SELECT platforma.seen()",
		},
	},
	{
		number: "P164", what: "a backfill by the owner without a tenant", as: "owner", want: "UPDATE 0",
		do: []string{`UPDATE "order".orders SET failure = 'backfilled'`},
	},
	{
		number: "P165", what: "a materialized view of the owner's", as: "owner", want: "SELECT 0",
		do: []string{
			`CREATE MATERIALIZED VIEW "order".seen AS SELECT * FROM "order".orders`, `SELECT tenant_id FROM "order".seen`,
		},
	},
	{
		number: "P166", what: "Open with the owner's DSN", want: "refused",
		try: opening(func(h *hostile) string { return h.database.Owner }),
	},
	{
		number: "P167", what: "Open with a superuser's DSN", want: "refused",
		try: opening(func(h *hostile) string { return h.database.Superuser }),
	},
	{
		number: "P168", what: "Open with the application's DSN, for comparison", want: "opened",
		try: opening(func(h *hostile) string { return h.database.App }),
	},
	{
		number: "P169", what: "a write in the operator's role", as: "operator@", want: "42501",
		do: []string{"UPDATE tenant.tenants SET status = 'archived'"},
	},
	{
		number: "P170", what: "a customer in the operator's role", as: "operator@", want: "42501",
		do: []string{"SELECT email FROM customer.customers"},
	},
	{
		number: "P171", what: "an event that the relay changes", as: "relay@", want: "42501",
		do: []string{`UPDATE "order".outbox SET data = '{}'`},
	},
	{
		number: "P172", what: "an event that the relay changes", as: "relay@", want: "42501",
		do: []string{`UPDATE "order".outbox SET data = ''`},
	},
	{
		number: "P173", what: "a resource in the relay's role", as: "relay@", want: "42501",
		do: []string{"SELECT id FROM resource.resources"},
	},
	{
		number: "P174", what: "a TRUNCATE by the owner, which asks no policy", as: "owner", want: "TRUNCATE TABLE",
		do:   []string{`TRUNCATE "order".items`},
		open: "not working as the owner",
	},
	{
		number: "P175", what: "a table without FORCE: its owner sees all", as: "owner", want: "2",
		do:   []string{`ALTER TABLE "order".orders NO FORCE ROW LEVEL SECURITY`, `SELECT count(*) FROM "order".orders`},
		open: doctor,
	},
	{
		number: "P176", what: "a table without row-level security", as: "superuser", want: "2",
		do: []string{
			`ALTER TABLE "order".orders DISABLE ROW LEVEL SECURITY`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT count(*) FROM "order".orders`,
		},
		open: doctor,
	},
	{
		number: "P177", what: "a service's role that bypasses row-level security", as: "superuser", want: "2",
		do: []string{
			"ALTER ROLE {p}_order BYPASSRLS",
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT count(*) FROM "order".orders`,
		},
		open: doctor,
	},
	{
		number: "P178", what: "a view of a superuser's", as: "superuser", want: "2",
		do: []string{
			`CREATE VIEW "order".seen AS SELECT * FROM "order".orders`, `GRANT SELECT ON "order".seen TO {p}_order`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT count(*) FROM "order".seen`,
		},
		open: doctor,
	},
	{
		number: "P179", what: "a SECURITY DEFINER function of a superuser's", as: "superuser", want: "2",
		do: []string{
			`CREATE FUNCTION "order".seen() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM "order".orders'`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT "order".seen()`,
		},
		open: doctor,
	},
	{
		number: "P180", what: "a child table without a policy of its own", as: "superuser", want: "1",
		do: []string{
			`CREATE TABLE "order".child () INHERITS ("order".orders)`,
			`INSERT INTO "order".child SELECT * FROM "order".orders WHERE tenant_id = '{b}'`, `GRANT SELECT ON "order".child TO {p}_order`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, `SELECT count(*) FROM "order".child`,
		},
		open: doctor,
	},
	{
		number: "P181", what: "a function of the policy that is IMMUTABLE: a plan keeps its first tenant", as: "superuser", want: "{a}",
		do: []string{
			"ALTER FUNCTION platforma.tenant() IMMUTABLE", "SET LOCAL plan_cache_mode = force_generic_plan",
			`PREPARE one AS SELECT tenant_id FROM "order".orders`,
			`SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`, "EXECUTE one",
			"SET LOCAL app.tenant_id = '{b}'", "EXECUTE one",
		},
		open: doctor,
	},
	{
		number: "P182", what: "a unique index without the tenant: another's id is taken", as: "superuser", want: "23505",
		do: []string{
			"CREATE UNIQUE INDEX ON customer.customers (id)",
			`SELECT set_config('role', '{p}_customer', true), set_config('app.tenant_id', '{a}', true)`,
			`UPDATE customer.customers SET id = '{customer b}'`,
		},
		open: doctor,
	},
}

const doctor = "Open, which refuses such a database"

// copies are backups and replicas, and what comes of them.
var copies = []attack{
	{
		number: "P183", what: "pg_dump as the application's login", want: "permission denied",
		try: dumping(func(h *hostile) string { return h.database.App }, "--data-only", "--schema=order"),
	},
	{
		number: "P184", what: "pg_dump as the owner, whom row-level security holds", want: "row-level security",
		try: dumping(func(h *hostile) string { return h.database.Owner }, "--data-only", "--schema=order"),
	},
	{
		number: "P185", what: "pg_dump as the owner, told to make do with what it may see: a backup without rows", want: "no tenant",
		try:  dumping(func(h *hostile) string { return h.database.Owner }, "--data-only", "--schema=order", "--enable-row-security"),
		open: "a backup by a superuser, or a role with BYPASSRLS; and a restore that is looked at",
	},
	{
		number: "P186", what: "pg_dump as a superuser: all of both tenants, whoever gets hold of it", want: "both tenants",
		try:  dumping(func(h *hostile) string { return h.database.Superuser }, "--data-only", "--schema=order"),
		open: "encryption of backups: a file has no policies",
	},
	{
		number: "P187", what: "what a restore leaves out: the policies", want: "all tables forced and restricted",
		try: forced,
	},
	{
		number: "P188", what: "a replica, which is read only: another tenant", as: "session", want: "{a}",
		do: []string{
			"BEGIN READ ONLY", `SELECT set_config('role', '{p}_order', true), set_config('app.tenant_id', '{a}', true)`,
			`SELECT tenant_id FROM "order".orders`,
		},
	},
	{
		number: "P189", what: "a replica, which is read only: no tenant", as: "session", want: "PF001",
		do: []string{"BEGIN READ ONLY", "SET LOCAL ROLE {p}_order", `SELECT tenant_id FROM "order".orders`},
	},
	{
		number: "P190", what: "COPY of a query, which is one more SELECT", as: "order@a", want: "1",
		do: []string{`SELECT count(*) FROM (SELECT * FROM "order".orders) AS exported`},
	},
}
