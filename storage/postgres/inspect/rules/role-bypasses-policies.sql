-- BYPASSRLS frees the role from row-level security: in it the library would see
-- every tenant's rows.
-- Mended by a superuser.
SELECT 'role ' || name, format('ALTER ROLE %s NOBYPASSRLS;', name) FROM roles WHERE rolbypassrls AND NOT rolsuper
