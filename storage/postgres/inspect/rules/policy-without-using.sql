-- Without USING the policy tenant_isolation hides no row from reading, changing
-- and deleting.
SELECT 'policy tenant_isolation of ' || name, restore FROM isolation WHERE visible IS NULL AND polcmd = '*' AND NOT polpermissive
