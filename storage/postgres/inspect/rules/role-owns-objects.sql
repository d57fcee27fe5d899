-- An owner may take the policies off its own tables, so a role that the library
-- acts under must own nothing in the database.
-- Mended by a superuser.
SELECT 'role ' || roles.name, format('REASSIGN OWNED BY %s TO %s;', roles.name, owner.name)
FROM roles CROSS JOIN owner WHERE EXISTS (
  SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = roles.oid AND deptype = 'o'
  AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
)
