-- Without a WITH CHECK of its own the policy tenant_isolation says nothing
-- about the rows that are written.
SELECT 'policy tenant_isolation of ' || name, restore FROM isolation WHERE written IS NULL AND polcmd = '*' AND NOT polpermissive
