-- A table that holds tenants' rows is not there, is no table, or has no column
-- that says whose a row is, so that no policy can hold it.
SELECT 'table ' || wanted, '-- create it with a column tenant_id, and CALL platforma.isolate'
FROM given, unnest(tables) wanted
WHERE to_regclass(wanted) IS NULL OR NOT EXISTS (SELECT FROM tables WHERE oid = to_regclass(wanted) UNION SELECT FROM bare WHERE oid = to_regclass(wanted))
