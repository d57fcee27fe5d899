-- A materialized view keeps a copy of tenants' rows, which no policy holds.
SELECT 'materialized view ' || name, format('DROP MATERIALIZED VIEW %s;', name) FROM reaching WHERE relkind = 'm'
