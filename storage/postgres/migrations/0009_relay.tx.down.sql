{{range $service := .Services}}
REVOKE SELECT, DELETE ON "{{$service}}".deliveries FROM "{{$.Prefix}}_relay";
REVOKE DELETE ON "{{$service}}".outbox FROM "{{$.Prefix}}_relay";
ALTER POLICY tenant_isolation ON "{{$service}}".deliveries TO PUBLIC;
DROP POLICY "across_{{$.Prefix}}_relay" ON "{{$service}}".deliveries;
{{end}}
REVOKE SELECT, DELETE ON event.dead_letters FROM "{{.Prefix}}_relay";

ALTER TABLE event.lanes NO FORCE ROW LEVEL SECURITY; -- else the owner sees nothing
CREATE TABLE event.lanes_after AS SELECT * FROM event.lanes;
DROP TABLE event.lanes;
CREATE TABLE event.lanes (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  subscription text COLLATE "C" NOT NULL,
  service text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  attempts bigint NOT NULL,
  retry_at bigint NOT NULL,
  leased_until bigint NOT NULL,
  epoch bigint NOT NULL,
  PRIMARY KEY (tenant_id, subscription, service)
);
-- The lanes of no tenant say which subscriptions are registered.
INSERT INTO event.lanes SELECT tenant_id, subscription, service, position, coalesce((progress::jsonb #>> '{failing,0,1}')::bigint, 0),
  coalesce((progress::jsonb #>> '{failing,0,2}')::bigint, 0), leased_until, epoch
FROM event.lanes_after
WHERE tenant_id <> 'ten_00000000000000000000000000';
DROP TABLE event.lanes_after;
-- The relay looks for the lanes of one subscription across tenants.
CREATE INDEX lanes_subscription ON event.lanes (subscription, service, tenant_id);
CALL platforma.protect('event.lanes', '{{.Prefix}}_event', '{ {{- .Prefix}}_relay}');
GRANT SELECT, INSERT, UPDATE ON event.lanes TO "{{.Prefix}}_relay";
