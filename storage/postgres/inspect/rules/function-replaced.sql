-- The policies and checks rest on this function. Another body answers with
-- another tenant, an IMMUTABLE one is kept in a plan and serves it to the next
-- tenant, a SECURITY DEFINER one or one with settings of its own runs in other
-- circumstances.
SELECT 'function ' || signature, definition
FROM (VALUES ('platforma.tenant()', 's', $definition$CREATE OR REPLACE FUNCTION platforma.tenant() RETURNS text
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
$$;$definition$), ('platforma.expect_one(bigint)', 'i', $definition$CREATE OR REPLACE FUNCTION platforma.expect_one(changed bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF changed OPERATOR(pg_catalog.<>) 1 THEN
    RAISE EXCEPTION 'one row was to be changed' USING ERRCODE = 'PF002';
  END IF;
  RETURN changed;
END
$$;$definition$), ('platforma.is_tenant_id(text)', 'i', $definition$CREATE OR REPLACE FUNCTION platforma.is_tenant_id(id text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN length(id) = 30 AND left(id, 4) = 'ten_';$definition$)) expected (signature, volatility, definition)
LEFT JOIN functions USING (signature) LEFT JOIN pg_proc p USING (oid)
WHERE (provolatile = volatility AND NOT prosecdef AND NOT proisstrict AND proconfig IS NULL AND CASE
  WHEN prosqlbody IS NULL THEN strpos(definition, '$$' || prosrc || '$$') > 0
  ELSE pg_get_function_sqlbody(oid) = 'RETURN ((length(id) = 30) AND ("left"(id, 4) = ''ten_''::text))'
END) IS NOT TRUE
