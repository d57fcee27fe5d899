-- The library has no triggers on its tables: this one sees, changes or copies
-- what a service stores, in the service's name.
SELECT format('trigger %I of %s', tgname, name), format('DROP TRIGGER %I ON %s;', tgname, name)
FROM tables JOIN pg_trigger ON tgrelid = tables.oid WHERE own AND NOT tgisinternal
