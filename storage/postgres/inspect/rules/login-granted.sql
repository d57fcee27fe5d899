-- The login has a right of its own on what belongs to tenants or to the
-- library, so that a statement outside a scope has it too.
SELECT format('login %s on %s', whom, what), revoke
FROM granted
WHERE login AND NOT (object = 'TABLE platforma.applied' AND verb = 'SELECT')
AND CASE WHEN object LIKE 'DATABASE %' THEN verb NOT IN ('CONNECT', 'TEMPORARY') WHEN oid = schema THEN own AND verb <> 'USAGE' ELSE own OR tenants END
