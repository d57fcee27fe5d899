-- Nothing keeps a text that is no tenant's id, such as an empty one, out of the
-- column that says whose a row is.
SELECT format('column %I of %s', key_name, name), format('ALTER TABLE %s ADD CHECK (platforma.is_tenant_id(%I));', name, key_name)
FROM tables WHERE NOT EXISTS (SELECT FROM checks WHERE conrelid = oid AND checks.key = tables.key AND sound)
