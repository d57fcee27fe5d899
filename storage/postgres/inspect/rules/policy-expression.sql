-- The policy tenant_isolation compares with something else than the tenant that
-- is set, so that rows of others may pass.
SELECT 'policy tenant_isolation of ' || name, restore FROM isolation
WHERE (visible <> condition OR written <> condition) AND polcmd = '*' AND NOT polpermissive
