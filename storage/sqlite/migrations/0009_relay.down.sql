{{range .Services}}
DROP INDEX {{.}}_streams_untold;
ALTER TABLE {{.}}_streams DROP COLUMN told;
{{end}}
ALTER TABLE event_lanes RENAME TO event_lanes_newer;
CREATE TABLE event_lanes (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  subscription TEXT NOT NULL,
  service TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  retry_at INTEGER NOT NULL,
  leased_until INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, subscription, service)
) STRICT, WITHOUT ROWID;
-- The lanes of no tenant say which subscriptions are registered.
INSERT INTO event_lanes SELECT tenant_id, subscription, service, position, coalesce(json_extract(progress, '$.failing[0][1]'), 0),
  coalesce(json_extract(progress, '$.failing[0][2]'), 0), leased_until, epoch
FROM event_lanes_newer
WHERE tenant_id <> 'ten_00000000000000000000000000';
DROP TABLE event_lanes_newer;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('event_lanes', 'event_lanes', '1000000 100000 1000 1');
ANALYZE sqlite_schema;
