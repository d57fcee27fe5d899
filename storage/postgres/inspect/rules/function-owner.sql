-- Its owner may replace a function that the policies and checks rest on, at any
-- time: it must be the role that migrates.
-- Mended by a superuser.
SELECT 'routine ' || p.oid::regprocedure, format('ALTER ROUTINE %s OWNER TO %s;', p.oid::regprocedure, owner.name)
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace CROSS JOIN owner
WHERE nspname = 'platforma' AND proowner <> owner.oid
