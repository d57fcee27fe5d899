-- The policy tenant_isolation is for one kind of statement alone: the others
-- reach every tenant's rows.
SELECT 'policy tenant_isolation of ' || name, restore FROM isolation WHERE polcmd <> '*' AND NOT polpermissive
