-- The role has more rights in its own schema than the library uses, such as
-- changing events that were stored.
SELECT format('role %s on %s', whom, what), revoke
FROM excess WHERE inside
