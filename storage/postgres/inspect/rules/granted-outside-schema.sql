-- A service owns its data: its role has no right in another's schema, nor on
-- anything else of the database.
SELECT format('role %s on %s', whom, what), revoke
FROM excess WHERE NOT inside
