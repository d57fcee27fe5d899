-- The login may become a role that the policies do not hold, that owns the
-- tables or reaches the server's files, or, as the login of one service,
-- another service's.
SELECT 'login ' || logins.name, format('REVOKE %I FROM %s;', r.rolname, logins.name)
FROM logins JOIN pg_auth_members m ON member = logins.oid JOIN pg_roles r ON r.oid = roleid LEFT JOIN roles ON roles.oid = r.oid
WHERE NOT logins.rolsuper AND CASE WHEN roles.oid IS NOT NULL THEN roles.oid <> logins.own ELSE EXISTS (
  SELECT FROM pg_roles strong WHERE pg_has_role(r.oid, strong.oid, 'MEMBER') AND (
    strong.rolsuper OR strong.rolbypassrls OR strong.oid = (SELECT oid FROM owner) OR strong.rolname IN (
      'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'
    )
  )
) END
