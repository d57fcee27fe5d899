-- A foreign key without the tenant in it lets a row refer to another tenant's,
-- and tells by its refusal whether that one exists.
SELECT format('constraint %I of %s', conname, child.name), CASE
  WHEN NOT composable THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', child.name, conname)
  -- Forced, the owner would see no row, and the key be taken for valid over any.
  ELSE format(E'BEGIN;\nALTER TABLE %1$s NO FORCE ROW LEVEL SECURITY;\nALTER TABLE %2$s NO FORCE ROW LEVEL SECURITY;\n'
    'ALTER TABLE %1$s DROP CONSTRAINT %3$I, ADD CONSTRAINT %3$I FOREIGN KEY (%4$I, %5$s) REFERENCES %2$s (%6$I, %7$s);\n'
    'ALTER TABLE %1$s FORCE ROW LEVEL SECURITY;\nALTER TABLE %2$s FORCE ROW LEVEL SECURITY;\nCOMMIT;',
    child.name, parent.name, conname, child.key_name, columns, parent.key_name, referred) END
FROM pg_constraint f JOIN tables child ON child.oid = conrelid JOIN tables parent ON parent.oid = confrelid
CROSS JOIN LATERAL (
  SELECT bool_or(here = child.key AND there = parent.key) AS led, array_agg(there) AS keys,
    string_agg(quote_ident(a.attname), ', ' ORDER BY place) AS columns, string_agg(quote_ident(b.attname), ', ' ORDER BY place) AS referred
  FROM unnest(conkey, confkey) WITH ORDINALITY k (here, there, place)
  JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = here JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = there
) k CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT FROM pg_index WHERE indrelid = confrelid AND indisunique AND indpred IS NULL AND indnkeyatts = cardinality(keys) + 1
    AND (indkey::int2[])[0:indnkeyatts - 1] @> (keys || parent.key) AND NOT child.key = ANY (conkey) AND NOT parent.key = ANY (keys)
  ) AS composable
) _
WHERE contype = 'f' AND NOT led AND conparentid = 0
