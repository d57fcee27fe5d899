-- What every service's tables are protected with. The schema "platforma" is
-- the library's own; the owner of all is the role that migrates.

CREATE FUNCTION platforma.tenant() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  id text := current_setting('app.tenant_id', true);
BEGIN
  -- After its first transaction a session answers '' where nothing is set.
  IF id IS NULL OR id = '' THEN
    RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'PF001';
  END IF;
  RETURN id;
END
$$;

-- A change that must hit exactly one row and did not stops the batch.
CREATE FUNCTION platforma.expect_one(changed bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF changed <> 1 THEN
    RAISE EXCEPTION 'one row was to be changed' USING ERRCODE = 'PF002';
  END IF;
  RETURN changed;
END
$$;

CREATE FUNCTION platforma.is_tenant_id(id text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN length(id) = 30 AND left(id, 4) = 'ten_';

-- protect puts a tenant table under row-level security and grants it to its
-- service's role. The policy is restrictive, so that no other can widen it.
-- A table that a role across tenants reaches too is restricted for its
-- service's role; all others are restricted for everybody.
CREATE PROCEDURE platforma.protect(tab regclass, service name, across name[] DEFAULT '{}', key name DEFAULT 'tenant_id')
LANGUAGE plpgsql AS $$
DECLARE
  own text := format('%I = (SELECT platforma.tenant())', key);
  whom text := CASE WHEN across = '{}' THEN 'PUBLIC' ELSE quote_ident(service) END;
  other name;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
  EXECUTE format('CREATE POLICY tenant_isolation ON %s AS RESTRICTIVE TO %s USING (%s) WITH CHECK (%s)', tab, whom, own, own);
  EXECUTE format('CREATE POLICY service ON %s TO %I USING (true) WITH CHECK (true)', tab, service);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', tab, service);
  FOREACH other IN ARRAY across LOOP
    EXECUTE format('CREATE POLICY %I ON %s TO %I USING (true) WITH CHECK (true)', 'across_' || other, tab, other);
  END LOOP;
END
$$;

REVOKE ALL ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) FROM PUBLIC;
REVOKE ALL ON PROCEDURE platforma.protect(regclass, name, name[], name) FROM PUBLIC;
{{range $service := .Services}}
CREATE SCHEMA "{{$service}}";
GRANT USAGE ON SCHEMA platforma, "{{$service}}" TO "{{$.Prefix}}_{{$service}}", "{{$.Login}}";
GRANT EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) TO "{{$.Prefix}}_{{$service}}";

CREATE TABLE "{{$service}}".outbox (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  position bigint CHECK (position > 0),
  type text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  time timestamptz NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  correlation_id text NOT NULL,
  causation_id text NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX outbox_position ON "{{$service}}".outbox (tenant_id, position);
-- What waits for a position, by tenant and id, and by subject and version.
CREATE INDEX outbox_waiting ON "{{$service}}".outbox (tenant_id, id) WHERE position IS NULL;
CREATE INDEX outbox_waiting_subject ON "{{$service}}".outbox (tenant_id, subject, version) WHERE position IS NULL;

CREATE TABLE "{{$service}}".streams (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (platforma.is_tenant_id(tenant_id)),
  position bigint NOT NULL CHECK (position > 0)
);

CREATE TABLE "{{$service}}".receipts (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  operation text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, operation, key)
);

CREATE TABLE "{{$service}}".deliveries (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  subscription text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, subscription, event_id)
);

CREATE TABLE "{{$service}}".terms (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL
);
-- By the key rows are found that have a word, by the index whether one that is
-- found has another. The key comes last: where both cost the same, the planner
-- takes the newest.
CREATE INDEX terms_id ON "{{$service}}".terms (tenant_id, id, key, value);
ALTER TABLE "{{$service}}".terms ADD PRIMARY KEY (tenant_id, key, value, id);

CALL platforma.protect('"{{$service}}".outbox', '{{$.Prefix}}_{{$service}}', '{ {{- $.Prefix}}_relay}');
CALL platforma.protect('"{{$service}}".streams', '{{$.Prefix}}_{{$service}}', '{ {{- $.Prefix}}_relay}');
CALL platforma.protect('"{{$service}}".receipts', '{{$.Prefix}}_{{$service}}');
CALL platforma.protect('"{{$service}}".deliveries', '{{$.Prefix}}_{{$service}}');
CALL platforma.protect('"{{$service}}".terms', '{{$.Prefix}}_{{$service}}');

-- Services append events and read their own; the relay gives positions and
-- reads. Neither changes an event or takes one away.
REVOKE UPDATE, DELETE ON "{{$service}}".outbox FROM "{{$.Prefix}}_{{$service}}";
REVOKE ALL ON "{{$service}}".streams FROM "{{$.Prefix}}_{{$service}}";
GRANT USAGE ON SCHEMA "{{$service}}" TO "{{$.Prefix}}_relay";
GRANT SELECT, UPDATE (position) ON "{{$service}}".outbox TO "{{$.Prefix}}_relay";
GRANT SELECT, INSERT, UPDATE ON "{{$service}}".streams TO "{{$.Prefix}}_relay";
{{end}}
GRANT USAGE ON SCHEMA platforma TO "{{.Prefix}}_relay", "{{.Prefix}}_operator", "{{.Login}}";
GRANT EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text)
  TO "{{.Prefix}}_relay", "{{.Prefix}}_operator";
