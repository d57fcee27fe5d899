-- With CREATEROLE, CREATEDB or REPLICATION the application could give itself
-- other roles' rights, or read the server's log of all changes.
-- Mended by a superuser.
SELECT 'login ' || name, format('ALTER ROLE %s NOCREATEROLE NOCREATEDB NOREPLICATION;', name) FROM logins WHERE privileged AND NOT rolsuper
