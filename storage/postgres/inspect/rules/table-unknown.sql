-- A table that holds tenants' rows is not there, is no table, or has no column
-- that says whose a row is, so that no policy can hold it.
SELECT 'table ' || wanted, '-- create it with a column tenant_id, and CALL platforma.isolate'
FROM named WHERE oid IS NULL OR oid NOT IN (SELECT oid FROM tables UNION ALL SELECT oid FROM bare)
