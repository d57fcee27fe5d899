-- A rule rewrites a statement into others that run in the table's owner's name.
SELECT format('rule %I of %s', rulename, name), format('DROP RULE %I ON %s;', rulename, name)
FROM reaching WHERE relkind IN ('r', 'p') OR relkind = 'v' AND rulename <> '_RETURN'
UNION
SELECT format('rule %I of %s', rulename, name), format('DROP RULE %I ON %s;', rulename, name)
FROM pg_rewrite JOIN tables ON tables.oid = ev_class
