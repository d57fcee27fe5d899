-- A unique key across tenants tells one whether another has a value, and the
-- policy can use no index that begins with another column.
SELECT 'index ' || index, CASE
  WHEN amname <> 'btree' AND contype IS NULL THEN format('DROP INDEX %s;', index)
  WHEN contype IS NULL THEN format(E'DROP INDEX %s;\n%s;', index, regexp_replace(definition, 'USING btree \(', format('USING btree (%I, ', key_name)))
  WHEN contype NOT IN ('p', 'u') THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', name, conname)
  ELSE format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I %3$s (%4$s);', name, conname,
    CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, (
      SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum <> key, place)
      FROM (SELECT 0 AS place, key AS num UNION ALL SELECT place, num FROM unnest(conkey) WITH ORDINALITY k (num, place) WHERE num <> key) _
      JOIN pg_attribute ON attrelid = tables.oid AND attnum = num
    )) END
FROM tables JOIN pg_index x ON indrelid = tables.oid AND indkey[0] <> key
JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_am ON pg_am.oid = relam
LEFT JOIN pg_constraint ON conindid = indexrelid AND conrelid = tables.oid AND contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (SELECT format('%I.%I', nspname, c.relname) AS index, pg_get_indexdef(indexrelid) AS definition) _
-- What the library itself looks up across tenants: a tenant by its slug, the
-- operator's commands, the lanes of a subscription, work that is due.
WHERE NOT (own AND format('%s.%s', nspname, c.relname) IN (
  'tenant.tenants_slug_key', 'tenant.tenants_status', 'tenant.commands_key', 'event.lanes_due', 'resource.work_due', 'webhook.work_due'
))
