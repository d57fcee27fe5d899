-- PUBLIC is everybody, the login outside a scope and other services among them.
SELECT what, revoke
FROM granted WHERE grantee = 0 AND CASE WHEN oid = schema THEN own OR verb = 'CREATE' ELSE own OR tenants END
