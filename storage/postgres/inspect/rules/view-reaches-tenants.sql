-- A view reads in its owner's name, whom the policies may not hold, unless it
-- is a security_invoker.
SELECT 'view ' || name, format('ALTER VIEW %s SET (security_invoker = true);', name) FROM reaching WHERE relkind = 'v' AND NOT invoker
