-- TRUNCATE asks no policy, REFERENCES and TRIGGER reach rows in the name of the
-- table's owner, MAINTAIN locks it for all tenants.
SELECT format('%s on %s', CASE WHEN part IS NULL THEN 'role ' || quote_ident(pg_get_userbyid(grantee)) ELSE 'role ' || whom END,
  what), revoke
FROM granted WHERE around AND grantee <> 0 AND NOT login
