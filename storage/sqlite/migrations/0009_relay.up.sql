-- A lane knows how far its stream goes, so that the lanes with work are found by
-- an index of theirs alone, and which of its events were done or have failed. The
-- lane of no tenant says that a subscription is registered: all are that have
-- lanes already, and so they get one in each tenant.
ALTER TABLE event_lanes RENAME TO event_lanes_before;
CREATE TABLE event_lanes (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  subscription TEXT NOT NULL,
  service TEXT NOT NULL,
  position INTEGER NOT NULL,
  head INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  leased_until INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  claims INTEGER NOT NULL,
  progress TEXT NOT NULL,
  PRIMARY KEY (tenant_id, subscription, service)
) STRICT, WITHOUT ROWID;
INSERT INTO event_lanes SELECT tenant_id, subscription, service, position, position,
  CASE WHEN attempts > 0 THEN 9223372036854775807 ELSE 0 END, retry_at, leased_until, epoch, 0,
  CASE WHEN attempts > 0 THEN '{"failing":[[' || (position + 1) || ',' || attempts || ',' || retry_at || ']]}' ELSE '{}' END
FROM event_lanes_before
UNION ALL
SELECT DISTINCT 'ten_00000000000000000000000000', subscription, service, 0, 0, 0, 0, 0, 0, 0, '{}' FROM event_lanes_before;
{{range .Services}}
INSERT INTO event_lanes SELECT s.tenant_id, z.subscription, z.service, 0, s.position, 0, 0, 0, 0, 0, '{}'
FROM {{.}}_streams AS s JOIN event_lanes AS z ON z.tenant_id = 'ten_00000000000000000000000000' AND z.service = '{{.}}' WHERE true
ON CONFLICT (tenant_id, subscription, service) DO UPDATE SET head = excluded.head;
{{end}}DROP TABLE event_lanes_before;
CREATE INDEX event_lanes_due ON event_lanes (subscription, service, due_at, leased_until) WHERE position < head;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('event_lanes', 'event_lanes', '1000000 100000 1000 1'), ('event_lanes', 'event_lanes_due', '1000000 100000 100000 10 10');
{{range .Services}}
-- A write gives its events positions; of those that the lanes have not been told
-- of the relay tells them.
ALTER TABLE {{.}}_streams ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX {{.}}_streams_untold ON {{.}}_streams (tenant_id) WHERE told < position;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{{.}}_streams', '{{.}}_streams_untold', '100 1');
{{end}}
ANALYZE sqlite_schema;
