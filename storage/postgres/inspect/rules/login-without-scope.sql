-- The database is sealed, and the login may not call set_config, with which each
-- of its transactions begins: nothing works.
-- Mended by a superuser.
SELECT 'login ' || logins.name, format('GRANT EXECUTE ON FUNCTION %s TO %s;', p.oid::regprocedure, logins.name)
FROM logins CROSS JOIN pg_proc p
WHERE p.proname = 'set_config' AND p.pronamespace = 'pg_catalog'::regnamespace AND NOT has_function_privilege(logins.oid, p.oid, 'EXECUTE')
