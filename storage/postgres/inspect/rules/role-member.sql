-- The role may become another, so that a service reaches what is another's.
SELECT 'role ' || name, format('REVOKE %I FROM %s;', pg_get_userbyid(roleid), name) FROM roles JOIN pg_auth_members ON member = roles.oid
