-- A role that the library acts under needs none of CREATEROLE, CREATEDB and
-- REPLICATION, with which it reaches beyond its tables.
-- Mended by a superuser.
SELECT 'role ' || name, format('ALTER ROLE %s NOCREATEROLE NOCREATEDB NOREPLICATION;', name) FROM roles WHERE privileged AND NOT rolsuper
