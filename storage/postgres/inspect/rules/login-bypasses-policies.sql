-- BYPASSRLS frees the application from row-level security: it would see every
-- tenant's rows, whatever its scope.
-- Mended by a superuser.
SELECT 'login ' || name, format('ALTER ROLE %s NOBYPASSRLS;', name) FROM logins WHERE rolbypassrls AND NOT rolsuper
