package postgres_test

// broken is one fault of a database: what breaks it, as the role that migrates
// or as a superuser, which rule that is against, and what the report names.
type broken struct {
	rule, object, sql string
	superuser         bool
}

// shop are a host's own tables.
const shop = `CREATE SCHEMA shop;
	CREATE TABLE shop.invoices (tenant_id text NOT NULL, id text NOT NULL, total bigint NOT NULL, PRIMARY KEY (tenant_id, id));
	CREATE TABLE shop.notes (account text, body text NOT NULL);
	CALL platforma.isolate('shop.invoices');
	CALL platforma.isolate('shop.notes', 'account')`

// faults are one or more for each rule; $P is the roles' prefix.
var faults = []broken{
	{"login-superuser", "login $P_app", `ALTER ROLE $P_app SUPERUSER`, true},
	{"login-bypasses-policies", "login $P_app", `ALTER ROLE $P_app BYPASSRLS`, true},
	{"login-privileged", "login $P_app", `ALTER ROLE $P_app CREATEROLE`, true},
	{"login-privileged", "login $P_app", `ALTER ROLE $P_app REPLICATION`, true},
	{"login-owns-objects", "login $P_app", `CREATE SCHEMA logins AUTHORIZATION $P_app`, true},
	{"login-owns-objects", "login $P_app", `CREATE TABLE public.logins (); ALTER TABLE public.logins OWNER TO $P_app`, true},
	{"login-inherits", "login $P_app", `ALTER ROLE $P_app INHERIT`, false},
	{"login-becomes-others", "login $P_app", `GRANT pg_read_all_data TO $P_app`, true},
	{"login-becomes-others", "login $P_app", `GRANT $OWNER TO $P_app`, true},
	{"login-granted", "login $P_app on table customer.customers", `GRANT SELECT ON customer.customers TO $P_app`, false},
	{"login-granted", "login $P_app on table customer.customers", `GRANT SELECT (name) ON customer.customers TO $P_app`, false},
	{"login-granted", "login $P_app on table shop.invoices", `GRANT DELETE ON shop.invoices TO $P_app`, false},
	{"login-granted", "login $P_app on table platforma.applied", `GRANT DELETE ON platforma.applied TO $P_app`, false},
	{"login-granted", "login $P_app on schema customer", `GRANT CREATE ON SCHEMA customer TO $P_app`, false},
	{"login-granted", "login $P_app on database $DB", `GRANT CREATE ON DATABASE $DB TO $P_app`, false},
	{"login-granted", "login $P_app on routine platforma.tenant()", `GRANT EXECUTE ON FUNCTION platforma.tenant() TO $P_app`, false},

	{"scope-preset", "DATABASE $DB sets app.tenant_id", `ALTER DATABASE $DB SET app.tenant_id = 'ten_01arz3ndektsv4rrffq69g5fav'`, true},
	{"scope-preset", "ROLE $P_app sets role", `ALTER ROLE $P_app SET role = '$P_order'`, true},
	{"scope-preset", "ROLE $P_app IN DATABASE $DB sets app.tenant_id", `ALTER ROLE $P_app IN DATABASE $DB SET app.tenant_id = 'ten_1'`, true},

	{"role-superuser", "role $P_order", `ALTER ROLE $P_order SUPERUSER`, true},
	{"role-bypasses-policies", "role $P_order", `ALTER ROLE $P_order BYPASSRLS`, true},
	{"role-privileged", "role $P_relay", `ALTER ROLE $P_relay CREATEDB`, true},
	{"role-logs-in", "role $P_host", `ALTER ROLE $P_host LOGIN`, false},
	{"role-inherits", "role $P_order", `ALTER ROLE $P_order INHERIT`, false},
	{"role-member", "role $P_order", `GRANT $P_customer TO $P_order`, false},
	{"role-member", "role $P_order", `GRANT pg_read_all_data TO $P_order`, true},
	{"role-owns-objects", "role $P_order", `CREATE SCHEMA roles AUTHORIZATION $P_order`, true},

	{"table-without-security", "table customer.customers", `ALTER TABLE customer.customers DISABLE ROW LEVEL SECURITY`, false},
	{"table-without-security", "table shop.notes", `ALTER TABLE shop.notes DISABLE ROW LEVEL SECURITY`, false},
	{"table-not-forced", "table event.lanes", `ALTER TABLE event.lanes NO FORCE ROW LEVEL SECURITY`, false},
	{"table-not-forced", "table shop.notes", `ALTER TABLE shop.notes NO FORCE ROW LEVEL SECURITY`, false},
	{"policy-missing", "table customer.customers", `DROP POLICY tenant_isolation ON customer.customers`, false},
	{"policy-missing", "table shop.notes", `DROP POLICY tenant_isolation ON shop.notes`, false},
	{"policy-permissive", "policy tenant_isolation of customer.customers", `DROP POLICY tenant_isolation ON customer.customers;
		CREATE POLICY tenant_isolation ON customer.customers USING (tenant_id = (SELECT platforma.tenant()))
		WITH CHECK (tenant_id = (SELECT platforma.tenant()))`, false},
	{"policy-for-one-command", "policy tenant_isolation of customer.customers", `DROP POLICY tenant_isolation ON customer.customers;
		CREATE POLICY tenant_isolation ON customer.customers AS RESTRICTIVE FOR SELECT
		USING (tenant_id = (SELECT platforma.tenant()))`, false},
	{"policy-roles", "policy tenant_isolation of customer.customers", `ALTER POLICY tenant_isolation ON customer.customers TO $P_order`, false},
	{"policy-roles", "policy tenant_isolation of customer.outbox", `ALTER POLICY tenant_isolation ON customer.outbox TO PUBLIC`, false},
	{"policy-without-using", "policy tenant_isolation of customer.customers", `DROP POLICY tenant_isolation ON customer.customers;
		CREATE POLICY tenant_isolation ON customer.customers AS RESTRICTIVE WITH CHECK (tenant_id = (SELECT platforma.tenant()))`, false},
	{"policy-without-check", "policy tenant_isolation of customer.customers", `DROP POLICY tenant_isolation ON customer.customers;
		CREATE POLICY tenant_isolation ON customer.customers AS RESTRICTIVE USING (tenant_id = (SELECT platforma.tenant()))`, false},
	{"policy-expression", "policy tenant_isolation of customer.customers", `ALTER POLICY tenant_isolation ON customer.customers USING (true)`, false},
	{"policy-expression", "policy tenant_isolation of customer.customers", `ALTER POLICY tenant_isolation ON customer.customers WITH CHECK (true)`, false},
	{"policy-expression", "policy tenant_isolation of customer.customers",
		`ALTER POLICY tenant_isolation ON customer.customers USING (tenant_id = current_setting('app.tenant_id'))`, false},
	{"policy-expression", "policy tenant_isolation of tenant.tenants", `ALTER POLICY tenant_isolation ON tenant.tenants
		USING (id = (SELECT platforma.tenant()) OR slug = 'everybody')`, false},
	{"policy-expression", "policy tenant_isolation of shop.notes", `ALTER POLICY tenant_isolation ON shop.notes USING (platforma.tenant() <> account)`, false},
	{"policy-foreign", "policy more of customer.customers", `CREATE POLICY more ON customer.customers TO $P_customer USING (true)`, false},
	{"policy-foreign", "policy less of customer.customers", `CREATE POLICY less ON customer.customers AS RESTRICTIVE USING (name <> '')`, false},
	{"policy-foreign", "policy report of customer.outbox", `CREATE POLICY report ON customer.outbox TO $OWNER USING (true)`, false},
	{"policy-foreign", "policy service of customer.customers", `ALTER POLICY service ON customer.customers TO PUBLIC`, false},
	{"policy-foreign", "policy service of customer.customers", `DROP POLICY service ON customer.customers; CREATE POLICY service
		ON customer.customers AS RESTRICTIVE TO $P_customer USING (true) WITH CHECK (true)`, false},
	{"policy-foreign", "policy across_$P_relay of event.lanes", `ALTER POLICY across_$P_relay ON event.lanes USING (tenant_id <> '')`, false},
	{"policy-of-access-missing", "policy service of customer.customers", `DROP POLICY service ON customer.customers`, false},
	{"policy-of-access-missing", "policy service of shop.notes", `DROP POLICY service ON shop.notes`, false},
	{"policy-of-access-missing", "policy across_$P_relay of event.lanes", `DROP POLICY across_$P_relay ON event.lanes`, false},
	{"trigger-foreign", "trigger watch of customer.customers", `CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER watch BEFORE INSERT ON customer.customers FOR EACH ROW EXECUTE FUNCTION public.watch()`, false},

	{"tenant-column-nullable", "column account of shop.notes", `ALTER TABLE shop.notes ALTER account DROP NOT NULL`, false},
	{"tenant-column-unchecked", "column tenant_id of customer.customers", `ALTER TABLE customer.customers DROP CONSTRAINT customers_tenant_id_check`, false},
	{"tenant-column-unchecked", "column tenant_id of shop.invoices", `ALTER TABLE shop.invoices DROP CONSTRAINT invoices_tenant_id_check`, false},
	{"tenant-column-unchecked", "column account of shop.notes", `ALTER TABLE shop.notes DROP CONSTRAINT notes_account_check;
		ALTER TABLE shop.notes ADD CHECK (platforma.is_tenant_id(account) OR true)`, false},
	{"index-not-led-by-tenant", "index customer.by_name", `CREATE INDEX by_name ON customer.customers (name)`, false},
	{"index-not-led-by-tenant", "index customer.by_name_and_tenant", `CREATE UNIQUE INDEX by_name_and_tenant ON customer.customers (name DESC, tenant_id)
		INCLUDE (email) WHERE deleted_at IS NULL`, false},
	{"index-not-led-by-tenant", "index customer.by_lower", `CREATE INDEX by_lower ON customer.customers (lower(name), tenant_id)`, false},
	{"index-not-led-by-tenant", "index customer.words", `CREATE INDEX words ON customer.customers USING gin (metadata)`, false},
	{"index-not-led-by-tenant", "index customer.email_once", `ALTER TABLE customer.customers ADD CONSTRAINT email_once UNIQUE (email, tenant_id)`, false},
	{"index-not-led-by-tenant", "index customer.name_once", `ALTER TABLE customer.customers ADD CONSTRAINT name_once EXCLUDE (name WITH =)`, false},
	{"index-not-led-by-tenant", "index shop.invoices_pkey", `ALTER TABLE shop.invoices DROP CONSTRAINT invoices_pkey, ADD PRIMARY KEY (id)`, false},
	{"foreign-key-without-tenant", `constraint of_slug of "order".orders`, `ALTER TABLE "order".orders
		ADD CONSTRAINT of_slug FOREIGN KEY (currency) REFERENCES tenant.tenants (slug)`, false},
	{"foreign-key-without-tenant", `constraint crossed of shop.invoices`, `ALTER TABLE shop.invoices
		ADD CONSTRAINT crossed FOREIGN KEY (id, tenant_id) REFERENCES customer.customers (tenant_id, id)`, false},

	{"function-replaced", "function platforma.tenant()", `ALTER FUNCTION platforma.tenant() IMMUTABLE`, false},
	{"function-replaced", "function platforma.tenant()", `ALTER FUNCTION platforma.tenant() SECURITY DEFINER`, false},
	{"function-replaced", "function platforma.tenant()", `ALTER FUNCTION platforma.tenant() SET search_path = public`, false},
	{"function-replaced", "function platforma.tenant()", `CREATE OR REPLACE FUNCTION platforma.tenant() RETURNS text
		LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN current_setting('app.tenant_id', true); END $$`, false},
	{"function-replaced", "function platforma.tenant()", `CREATE OR REPLACE FUNCTION platforma.tenant() RETURNS text
		LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT current_setting(''app.tenant_id'')'`, false},
	{"function-replaced", "function platforma.expect_one(bigint)", `CREATE OR REPLACE FUNCTION platforma.expect_one(changed bigint) RETURNS bigint
		LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS 'BEGIN RETURN changed; END'`, false},
	{"function-replaced", "function platforma.expect_one(bigint)", `ALTER FUNCTION platforma.expect_one(bigint) STRICT`, false},
	{"function-replaced", "function platforma.is_tenant_id(text)", `CREATE OR REPLACE FUNCTION platforma.is_tenant_id(id text) RETURNS boolean
		LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN true`, false},
	{"function-owner", "routine platforma.tenant()", `ALTER FUNCTION platforma.tenant() OWNER TO CURRENT_USER`, true},
	{"definer-function-reaches-tenants", "routine public.leak()", `CREATE FUNCTION public.leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER
		AS 'SELECT count(*) FROM customer.customers'`, false},
	{"definer-function-reaches-tenants", "routine public.leak_quoted()", `CREATE FUNCTION public.leak_quoted() RETURNS bigint LANGUAGE sql SECURITY DEFINER
		AS 'SELECT count(*) FROM "order" . "orders"'`, false},
	{"definer-function-reaches-tenants", "routine public.leak_by_path()", `CREATE FUNCTION public.leak_by_path() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
		SET search_path = shop AS 'BEGIN RETURN (SELECT count(*) FROM invoices); END'`, false},
	{"definer-function-reaches-tenants", "routine public.leak_parsed(integer)", `CREATE PROCEDURE public.leak_parsed(integer) LANGUAGE sql SECURITY DEFINER
		BEGIN ATOMIC DELETE FROM customer.customers; END`, false},

	{"view-reaches-tenants", "view public.report", `CREATE VIEW public.report AS SELECT count(*) FROM customer.customers`, false},
	{"view-reaches-tenants", "view public.outer_report", `CREATE VIEW public.inner_report WITH (security_invoker)
		AS SELECT * FROM shop.notes;
		CREATE VIEW public.outer_report AS SELECT * FROM public.inner_report`, false},
	{"materialized-view-reaches-tenants", "materialized view public.copy", `CREATE MATERIALIZED VIEW public.copy AS SELECT * FROM customer.customers`, false},
	{"rule-reaches-tenants", "rule nothing of customer.customers", `CREATE RULE nothing AS ON DELETE TO customer.customers DO INSTEAD NOTHING`, false},
	{"rule-reaches-tenants", "rule door of public.door", `CREATE TABLE public.door ();
		CREATE RULE door AS ON INSERT TO public.door DO ALSO DELETE FROM customer.customers`, false},

	{"database-open", "database $DB", `GRANT CONNECT ON DATABASE $DB TO PUBLIC`, false},
	{"database-open", "database $DB", `GRANT TEMPORARY ON DATABASE $DB TO PUBLIC`, false},
	{"granted-to-public", "table customer.customers", `GRANT SELECT ON customer.customers TO PUBLIC`, false},
	{"granted-to-public", "table customer.customers", `GRANT TRUNCATE ON customer.customers TO PUBLIC`, false},
	{"granted-to-public", "table shop.invoices", `GRANT UPDATE (total) ON shop.invoices TO PUBLIC`, false},
	{"granted-to-public", "schema customer", `GRANT USAGE ON SCHEMA customer TO PUBLIC`, false},
	{"granted-to-public", "schema shop", `GRANT CREATE ON SCHEMA shop TO PUBLIC`, false},
	{"granted-to-public", "routine platforma.tenant()", `GRANT EXECUTE ON FUNCTION platforma.tenant() TO PUBLIC`, false},
	{"granted-to-public", "routine customer.helpful()", `CREATE FUNCTION customer.helpful() RETURNS integer LANGUAGE sql AS 'SELECT 1'`, false},
	{"granted-around-policies", "role $P_customer on table customer.customers", `GRANT TRUNCATE ON customer.customers TO $P_customer`, false},
	{"granted-around-policies", "role $P_host on table shop.invoices", `GRANT REFERENCES (id) ON shop.invoices TO $P_host`, false},
	{"granted-around-policies", "role pg_monitor on table customer.customers", `GRANT TRIGGER ON customer.customers TO pg_monitor`, false},
	{"granted-outside-schema", `role $P_customer on table "order".orders`, `GRANT SELECT ON "order".orders TO $P_customer`, false},
	{"granted-outside-schema", `role $P_customer on table "order".orders`, `GRANT SELECT (currency) ON "order".orders TO $P_customer`, false},
	{"granted-outside-schema", `role $P_customer on schema "order"`, `GRANT USAGE ON SCHEMA "order" TO $P_customer`, false},
	{"granted-outside-schema", `role $P_customer on table shop.invoices`, `GRANT SELECT ON shop.invoices TO $P_customer`, false},
	{"granted-outside-schema", `role $P_host on table customer.customers`, `GRANT SELECT ON customer.customers TO $P_host`, false},
	{"granted-outside-schema", `role $P_host on schema customer`, `GRANT USAGE ON SCHEMA customer TO $P_host`, false},
	{"granted-outside-schema", `role $P_customer on database $DB`, `GRANT TEMPORARY ON DATABASE $DB TO $P_customer`, false},
	{"granted-outside-schema", `role $P_operator on sequence public.numbers`, `CREATE SEQUENCE public.numbers; GRANT USAGE ON SEQUENCE public.numbers TO $P_operator`, false},
	{"granted-beyond-need", `role $P_customer on table customer.outbox`, `GRANT UPDATE ON customer.outbox TO $P_customer`, false},
	{"granted-beyond-need", `role $P_relay on table "order".outbox`, `GRANT INSERT ON "order".outbox TO $P_relay`, false},
	{"granted-beyond-need", `role $P_relay on table customer.customers`, `GRANT SELECT ON customer.customers TO $P_relay`, false},
	{"granted-beyond-need", `role $P_operator on table tenant.users`, `GRANT UPDATE (status) ON tenant.users TO $P_operator`, false},
	{"granted-beyond-need", `role $P_customer on schema customer`, `GRANT CREATE ON SCHEMA customer TO $P_customer`, false},

	{"child-without-policy", "table customer.more", `CREATE TABLE customer.more () INHERITS (customer.customers)`, false},
	{"child-without-policy", "table shop.drafts", `CREATE TABLE shop.drafts () INHERITS (shop.notes)`, false},
	{"child-without-policy", "table shop.drafts_of_drafts", `CREATE TABLE shop.drafts_of_drafts () INHERITS (shop.drafts)`, false},
	{"table-not-forced", "table shop.drafts", `ALTER TABLE shop.drafts NO FORCE ROW LEVEL SECURITY`, false},
}
