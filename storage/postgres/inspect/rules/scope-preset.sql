-- A tenant or a role is set for whole sessions, so that a statement outside a
-- scope, which should be refused, is in one.
-- Mended by a superuser.
SELECT whom || ' sets ' || setting, format('ALTER %s RESET %s;', whom, setting)
FROM pg_db_role_setting CROSS JOIN LATERAL (
  SELECT CASE
    WHEN setrole = 0 AND setdatabase = 0 THEN 'ROLE ALL'
    WHEN setrole = 0 THEN format('DATABASE %I', current_database())
    WHEN setdatabase = 0 THEN format('ROLE %I', pg_get_userbyid(setrole))
    ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), current_database())
  END AS whom
) _ CROSS JOIN LATERAL (SELECT lower(split_part(line, '=', 1)) AS setting FROM unnest(setconfig) line) s
WHERE setting IN ('app.tenant_id', 'role')
AND setdatabase IN (SELECT 0 UNION ALL SELECT oid FROM pg_database WHERE datname = current_database())
AND setrole IN (SELECT 0 UNION ALL SELECT oid FROM logins UNION ALL SELECT oid FROM roles)
