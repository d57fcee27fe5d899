-- Row-level security does not hold the table's owner: what runs as the owner
-- sees every tenant's rows.
SELECT 'table ' || name, format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', name) FROM tables WHERE NOT relforcerowsecurity
