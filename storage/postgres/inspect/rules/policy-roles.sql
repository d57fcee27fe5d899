-- The policy tenant_isolation is not for the roles that it has to hold: another
-- one sees every tenant's rows.
SELECT 'policy tenant_isolation of ' || name, restore FROM isolation WHERE polroles <> ARRAY[whom::oid] AND NOT polpermissive
