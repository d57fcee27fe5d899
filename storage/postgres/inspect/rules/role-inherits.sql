-- The role would have the rights of whatever it is made a member of, at once: a
-- service keeps to its own.
SELECT 'role ' || name, format('ALTER ROLE %s NOINHERIT;', name) FROM roles WHERE rolinherit
