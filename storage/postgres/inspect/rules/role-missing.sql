-- A role that the library acts under does not exist: the prefix is not the one
-- that the database was migrated with, or somebody dropped it.
SELECT 'role ' || name, '-- postgres.Migrate makes the roles of its MigrateOptions.Prefix' FROM roles WHERE oid IS NULL
