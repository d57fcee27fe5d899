-- A row without a tenant is nobody's: no scope sees it, and a key that has no
-- tenant in it holds nobody.
SELECT format('column %I of %s', key_name, name), format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', name, key_name)
FROM tables WHERE NOT key_not_null
