-- Every table of the database that is not the server's own, as JSON: how it is
-- called in SQL, its columns, the columns of each unique index with the primary
-- key first, and what it refers to.
SELECT json_build_object(
  'schema', n.nspname,
  'name', c.relname,
  'sql', c.oid::regclass::text,
  'columns', (
    SELECT json_agg(json_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'checked', EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)))
      ORDER BY a.attnum)
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'uniques', (
    SELECT json_agg(ARRAY(
        SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number ORDER BY k.place)
      ORDER BY i.indisprimary DESC, i.indexrelid)
    FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique),
  'parents', (
    SELECT json_agg(json_build_object(
        'table', k.confrelid::regclass::text,
        'columns', ARRAY(
          SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY o (number, place)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.number ORDER BY o.place),
        'keys', ARRAY(
          SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY o (number, place)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = o.number ORDER BY o.place)))
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'),
  'referenced', EXISTS (SELECT FROM pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f'))::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
