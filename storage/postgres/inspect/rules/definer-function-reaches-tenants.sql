-- A SECURITY DEFINER function reads and writes in its owner's name, whom the
-- policies may not hold, and its text names a table of tenants.
SELECT 'routine ' || p.oid::regprocedure, format('ALTER ROUTINE %s SECURITY INVOKER;', p.oid::regprocedure)
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE prosecdef AND nspname NOT IN ('pg_catalog', 'information_schema') AND EXISTS (
  SELECT FROM tables WHERE prosrc ~* format('(\m|")%s"?\s*\.\s*"?%s(\M|")', schema, relname)
  OR prosrc ~* format('\m%s\M', relname) AND array_to_string(proconfig, ' ') ~ format('search_path=.*\m%s\M', schema)
  OR EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND refclassid = 'pg_class'::regclass AND refobjid = tables.oid
  )
)
