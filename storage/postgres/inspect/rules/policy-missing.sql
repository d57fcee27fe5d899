-- The policy tenant_isolation is not there: the policies that let a role at the
-- table show it every tenant's rows.
SELECT 'table ' || name, restore FROM isolation WHERE policy IS NULL
