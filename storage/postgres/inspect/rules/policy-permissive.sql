-- As a permissive policy tenant_isolation only adds to what others let through:
-- rows of other tenants among it.
SELECT 'policy tenant_isolation of ' || name, restore FROM isolation WHERE polpermissive
