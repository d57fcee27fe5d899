-- A partition or an inheriting table can be named in a statement itself, and
-- its parent's policies do not hold it then.
SELECT 'table ' || bare_name, format(E'ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY;\nALTER TABLE %1$s FORCE ROW LEVEL SECURITY;\n', bare_name) ||
  replace(restore, ' ON ' || name, ' ON ' || bare_name)
FROM bare JOIN isolation ON isolation.oid = parent CROSS JOIN LATERAL (
  SELECT format('%I.%I', nspname, relname) AS bare_name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = bare.oid
) _
