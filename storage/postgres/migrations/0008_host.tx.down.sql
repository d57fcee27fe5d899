-- A host's tables stay as they are; their role loses what it needs to use them.
DROP PROCEDURE platforma.isolate(regclass, name);
REVOKE EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) FROM "{{.Prefix}}_host";
REVOKE USAGE ON SCHEMA platforma FROM "{{.Prefix}}_host";

CREATE OR REPLACE FUNCTION platforma.tenant() RETURNS text
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

CREATE OR REPLACE FUNCTION platforma.expect_one(changed bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF changed <> 1 THEN
    RAISE EXCEPTION 'one row was to be changed' USING ERRCODE = 'PF002';
  END IF;
  RETURN changed;
END
$$;
