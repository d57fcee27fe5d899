-- Whoever has a login on the server may enter the database, and another
-- installation's login among them: PUBLIC is everybody.
SELECT what, format('REVOKE ALL ON %s FROM PUBLIC;', object)
FROM granted WHERE grantee = 0 AND schema IS NULL GROUP BY what, object
