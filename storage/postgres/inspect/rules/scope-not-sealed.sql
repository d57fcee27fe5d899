-- Whoever injects a text into a statement can set another tenant in it, since
-- the role that it runs in may call set_config, or what does it in another's name,
-- or write a block that sets one.
-- Advice.
-- Mended by a superuser.
SELECT door, format(E'BEGIN;\nGRANT %1$s TO %2$s;\nREVOKE %1$s FROM PUBLIC, %3$s;\nCOMMIT;', may, concat_ws(', ', owner.name, keep), every)
FROM owner CROSS JOIN LATERAL (
  SELECT string_agg(quote_ident(rolname), ', ') AS admitted FROM given CROSS JOIN pg_roles r
  WHERE rolname = prefix || '_app' OR rolname IN (SELECT plain || '_login' FROM roles) OR r.oid IN (SELECT oid FROM logins WHERE NOT rolsuper)
) _ CROSS JOIN (SELECT string_agg(name, ', ') AS every FROM roles) everybody CROSS JOIN LATERAL (
  SELECT 'function ' || p.oid::regprocedure, format('EXECUTE ON FUNCTION %s', p.oid::regprocedure), admitted, coalesce(proacl, acldefault('f', proowner))
  FROM pg_proc p WHERE prosrc = 'set_config_by_name'
  UNION ALL
  SELECT format('language %I', lanname), format('USAGE ON LANGUAGE %I', lanname), NULL, coalesce(lanacl, acldefault('l', lanowner))
  FROM pg_language WHERE laninline <> 0 AND lanpltrusted
  UNION ALL
  SELECT 'routine ' || p.oid::regprocedure, format('EXECUTE ON ROUTINE %s', p.oid::regprocedure), NULL, coalesce(proacl, acldefault('f', proowner))
  FROM pg_proc p WHERE prosecdef AND prosrc ~* 'set_config|app\.tenant_id'
  OR EXISTS (SELECT FROM unnest(proconfig) setting WHERE setting LIKE 'app.tenant_id=%')
) doors (door, may, keep, acl)
WHERE EXISTS (SELECT FROM aclexplode(acl) WHERE grantee = 0 OR grantee IN (SELECT oid FROM roles))
