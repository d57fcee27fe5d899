-- Row-level security does not hold a superuser: the application would see every
-- tenant's rows, whatever its scope.
-- Mended by a superuser.
SELECT 'login ' || name, format('ALTER ROLE %s NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;', name)
FROM logins WHERE rolsuper
