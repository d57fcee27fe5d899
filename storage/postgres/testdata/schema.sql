-- All that a schema consists of, a line each: the objects, who may do what with
-- them, and the roles of the installation whose prefix is $1. Indexes are in the
-- order of their making, which is one that matters.
WITH ours AS (
  SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'public') AND NOT starts_with(nspname, 'pg_t')
), tables AS (
  SELECT c.oid, relkind, relowner, relacl, relrowsecurity, relforcerowsecurity, format('%s.%s', nspname, relname) AS name
  FROM pg_class c JOIN ours n ON n.oid = relnamespace
)
SELECT format('schema %s of %s', nspname, nspowner::regrole) FROM ours
UNION ALL
SELECT format('schema %s: %s', nspname, a) FROM ours, unnest(nspacl) a
UNION ALL
SELECT format('%s %s of %s, policies %s, forced %s', relkind, name, relowner::regrole, relrowsecurity, relforcerowsecurity)
FROM tables
UNION ALL
SELECT format('%s: %s', name, a) FROM tables, unnest(relacl) a
UNION ALL
SELECT format('column %s of %s: %s %s, not null %s, collated %s, default %s', attnum, name, attname,
  format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation, pg_get_expr(adbin, adrelid))
FROM tables JOIN pg_attribute a ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT format('column %s of %s: %s', attname, name, a) FROM tables JOIN pg_attribute ON attrelid = tables.oid, unnest(attacl) a
UNION ALL
SELECT format('constraint %s of %s: %s', conname, name, pg_get_constraintdef(c.oid))
FROM tables JOIN pg_constraint c ON conrelid = tables.oid
UNION ALL
SELECT format('index %s of %s: %s', row_number() OVER (PARTITION BY indrelid ORDER BY indexrelid), name, pg_get_indexdef(indexrelid))
FROM tables JOIN pg_index ON indrelid = tables.oid
UNION ALL
SELECT format('policy %s', p) FROM pg_policies p
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM tables JOIN pg_trigger t ON tgrelid = tables.oid AND NOT tgisinternal
UNION ALL
SELECT format('%s of %s', pg_get_functiondef(p.oid), proowner::regrole) FROM pg_proc p JOIN ours n ON n.oid = pronamespace
UNION ALL
SELECT format('%s: %s', p.oid::regprocedure, a) FROM pg_proc p JOIN ours n ON n.oid = pronamespace, unnest(proacl) a
UNION ALL
SELECT format('default rights: %s', d) FROM pg_default_acl d
UNION ALL
SELECT format('database: %s to %s', privilege_type, grantee::regrole)
FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
WHERE datname = current_database() AND grantee NOT IN (0, datdba)
UNION ALL
SELECT format('role %s, logs in %s, inherits %s, is more %s', rolname, rolcanlogin, rolinherit,
  rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)
FROM pg_roles WHERE starts_with(rolname, $1)
UNION ALL
SELECT format('%s is in %s', member::regrole, roleid::regrole)
FROM pg_auth_members WHERE starts_with(member::regrole::text, $1)
ORDER BY 1
