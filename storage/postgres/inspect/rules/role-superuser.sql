-- Row-level security does not hold a superuser: in this role the library would
-- see every tenant's rows.
-- Mended by a superuser.
SELECT 'role ' || name, format('ALTER ROLE %s NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;', name) FROM roles WHERE rolsuper
