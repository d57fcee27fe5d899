-- The functions that policies and checks call name what they call in full, so
-- that no search_path changes what they mean.
CREATE OR REPLACE FUNCTION platforma.tenant() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  id pg_catalog.text := pg_catalog.current_setting('app.tenant_id', true);
BEGIN
  -- After its first transaction a session answers '' where nothing is set.
  IF id IS NULL OR id OPERATOR(pg_catalog.=) '' THEN
    RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'PF001';
  END IF;
  RETURN id;
END
$$;

CREATE OR REPLACE FUNCTION platforma.expect_one(changed bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF changed OPERATOR(pg_catalog.<>) 1 THEN
    RAISE EXCEPTION 'one row was to be changed' USING ERRCODE = 'PF002';
  END IF;
  RETURN changed;
END
$$;

-- The role under which a host's own statements run on the host's own tables.
GRANT USAGE ON SCHEMA platforma TO "{{.Prefix}}_host";
GRANT EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) TO "{{.Prefix}}_host";

-- isolate puts a host's own table under the policy of the library's tables, and
-- grants it to the host's role. It may be called again: a table that somebody
-- changed is then as it should be. The role that calls it owns the table.
CREATE PROCEDURE platforma.isolate(tab regclass, key name DEFAULT 'tenant_id')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  host CONSTANT name := '{{.Prefix}}_host';
  login CONSTANT name := '{{.Login}}';
  space name := (SELECT relnamespace::regnamespace FROM pg_class WHERE oid = tab);
  kind "char" := (SELECT relkind FROM pg_class WHERE oid = tab);
  place int2 := (SELECT attnum FROM pg_attribute WHERE attrelid = tab AND attname = key AND atttypid = 'text'::regtype);
  stray name;
BEGIN
  IF kind NOT IN ('r', 'p') THEN
    RAISE EXCEPTION '% is not a table', tab USING ERRCODE = '42809';
  END IF;
  IF space IN ({{range .Services}}'{{.}}', {{end}}'event', 'platforma') THEN
    RAISE EXCEPTION '% is a table of the library', tab
      USING ERRCODE = '42501', HINT = 'A host keeps its tables in schemas of its own.';
  END IF;
  IF place IS NULL THEN
    RAISE EXCEPTION '% has no column % of type text', tab, key
      USING ERRCODE = '42703', HINT = format('ALTER TABLE %s ADD COLUMN %I text COLLATE "C" NOT NULL', tab, key);
  END IF;
  SELECT indexrelid::regclass INTO stray FROM pg_index WHERE indrelid = tab AND indkey[0] <> place LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the index % of % does not begin with %', stray, tab, key
      USING ERRCODE = '42P17', HINT = 'Else a unique key tells of other tenants'' rows, and no index serves the policy.';
  END IF;
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', tab, key);
  IF NOT EXISTS (
    SELECT FROM pg_constraint WHERE conrelid = tab AND contype = 'c' AND convalidated
    AND pg_get_constraintdef(oid) = format('CHECK (platforma.is_tenant_id(%I))', key)
  ) THEN
    EXECUTE format('ALTER TABLE %s ADD CHECK (platforma.is_tenant_id(%I))', tab, key);
  END IF;
  EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', tab);
  EXECUTE format('DROP POLICY IF EXISTS service ON %s', tab);
  CALL platforma.protect(tab, host, '{}', key);
  -- The login prepares statements before it becomes the role.
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I, %I', space, host, login);
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = host || '_login') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', space, host || '_login');
  END IF;
END
$$;
REVOKE ALL ON PROCEDURE platforma.isolate(regclass, name) FROM PUBLIC;
