-- A lane knows how far its stream goes, so that the lanes with work are found by
-- an index of theirs alone, and which of its events were done or have failed. The
-- lane of no tenant says that a subscription is registered: all are that have
-- lanes already, and so they get one in each tenant.
ALTER TABLE event.lanes NO FORCE ROW LEVEL SECURITY; -- else the owner sees nothing
CREATE TABLE event.lanes_before AS SELECT * FROM event.lanes;
DROP TABLE event.lanes;
CREATE TABLE event.lanes (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  subscription text COLLATE "C" NOT NULL,
  service text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  head bigint NOT NULL,
  seen bigint NOT NULL,
  due_at bigint NOT NULL,
  leased_until bigint NOT NULL,
  epoch bigint NOT NULL,
  claims bigint NOT NULL,
  progress text NOT NULL,
  PRIMARY KEY (tenant_id, subscription, service)
);
INSERT INTO event.lanes SELECT tenant_id, subscription, service, position, position,
  CASE WHEN attempts > 0 THEN 9223372036854775807 ELSE 0 END, retry_at, leased_until, epoch, 0,
  CASE WHEN attempts > 0 THEN '{"failing":[[' || (position + 1) || ',' || attempts || ',' || retry_at || ']]}' ELSE '{}' END
FROM event.lanes_before
UNION ALL
SELECT DISTINCT 'ten_00000000000000000000000000', subscription, service, 0, 0, 0, 0, 0, 0, 0, '{}' FROM event.lanes_before;
{{range $service := .Services}}
ALTER TABLE "{{$service}}".streams NO FORCE ROW LEVEL SECURITY;
INSERT INTO event.lanes AS l SELECT s.tenant_id, z.subscription, z.service, 0, s.position, 0, 0, 0, 0, 0, '{}'
FROM "{{$service}}".streams s JOIN event.lanes z ON z.tenant_id = 'ten_00000000000000000000000000' AND z.service = '{{$service}}'
ON CONFLICT (tenant_id, subscription, service) DO UPDATE SET head = excluded.head;
ALTER TABLE "{{$service}}".streams FORCE ROW LEVEL SECURITY;
{{end}}DROP TABLE event.lanes_before;
-- The relay looks for the lanes of one subscription across tenants.
CREATE INDEX lanes_due ON event.lanes (subscription, service, due_at, leased_until) WHERE position < head;
CALL platforma.protect('event.lanes', '{{.Prefix}}_event', '{ {{- .Prefix}}_relay}');

-- The relay deletes what is old and what belongs to a subscription that is no
-- more.
GRANT SELECT, INSERT, UPDATE, DELETE ON event.lanes TO "{{.Prefix}}_relay";
GRANT SELECT, DELETE ON event.dead_letters TO "{{.Prefix}}_relay";
{{range $service := .Services}}
CREATE POLICY "across_{{$.Prefix}}_relay" ON "{{$service}}".deliveries TO "{{$.Prefix}}_relay" USING (true) WITH CHECK (true);
ALTER POLICY tenant_isolation ON "{{$service}}".deliveries TO "{{$.Prefix}}_{{$service}}";
GRANT DELETE ON "{{$service}}".outbox TO "{{$.Prefix}}_relay";
GRANT SELECT, DELETE ON "{{$service}}".deliveries TO "{{$.Prefix}}_relay";
{{end}}
