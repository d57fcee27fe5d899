-- Whoever logs in as this role has its rights without a scope of the library's:
-- only the application's login becomes it, for a transaction.
SELECT 'role ' || name, format('ALTER ROLE %s NOLOGIN;', name) FROM roles WHERE rolcanlogin
