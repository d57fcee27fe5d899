-- Row-level security is not enabled, so that the table's policies hold nobody:
-- every scope sees every tenant's rows.
SELECT 'table ' || name, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', name) FROM tables WHERE NOT relrowsecurity
