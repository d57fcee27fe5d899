-- An owner may take the policies off its own tables, so the application must
-- own nothing in the database: migrate as another role.
-- Mended by a superuser.
SELECT 'login ' || logins.name, CASE logins.oid
  WHEN owner.oid THEN '-- open the database as the login that postgres.Migrate made, not as the role that migrates'
  ELSE format('REASSIGN OWNED BY %s TO %s;', logins.name, owner.name) END
FROM logins LEFT JOIN owner ON true WHERE NOT rolsuper AND EXISTS (
  SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = logins.oid AND deptype = 'o'
  AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
)
