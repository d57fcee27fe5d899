-- The library made no such policy: a permissive one may let a role at rows that
-- are none of its business, a restrictive one hides rows from the service.
SELECT format('policy %I of %s', p.policy, tables.name), format('DROP POLICY %I ON %s;', p.policy, tables.name) || CASE
  WHEN access.policy IS NULL THEN '' ELSE format(E'\nCREATE POLICY %I ON %s TO %s USING (true) WITH CHECK (true);',
    access.policy, tables.name, access.role_name) END
FROM policies p JOIN tables ON oid = tab LEFT JOIN access ON access.tab = p.tab AND access.policy = p.policy
WHERE own AND p.policy <> 'tenant_isolation'
AND (polpermissive AND polcmd = '*' AND polroles = ARRAY[access.role] AND visible = 'true' AND written = 'true') IS NOT TRUE
