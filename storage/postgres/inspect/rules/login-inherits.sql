-- The login has the rights of a role without becoming it, so that a statement
-- outside a scope reaches that role's tables.
SELECT 'login ' || logins.name, format('ALTER ROLE %s NOINHERIT;', logins.name) ||
  CASE WHEN current_setting('server_version_num')::int >= 160000 THEN coalesce((
    SELECT string_agg(format(E'\nGRANT %I TO %s WITH INHERIT FALSE;', roleid::regrole::text, logins.name), '')
    FROM pg_auth_members m WHERE member = logins.oid AND (to_jsonb(m) ->> 'inherit_option')::boolean
  ), '') ELSE '' END
FROM logins WHERE NOT rolsuper AND EXISTS (
  SELECT FROM pg_auth_members m WHERE member = logins.oid AND coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, rolinherit)
)
