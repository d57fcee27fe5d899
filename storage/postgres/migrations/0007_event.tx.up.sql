CREATE SCHEMA event;
GRANT USAGE ON SCHEMA event TO "{{.Prefix}}_relay", "{{.Prefix}}_event", "{{.Login}}";
GRANT USAGE ON SCHEMA platforma TO "{{.Prefix}}_event";
GRANT EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) TO "{{.Prefix}}_event";

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
-- The relay looks for the lanes of one subscription across tenants.
CREATE INDEX lanes_subscription ON event.lanes (subscription, service, tenant_id);

CREATE TABLE event.dead_letters (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  subscription text COLLATE "C" NOT NULL,
  service text COLLATE "C" NOT NULL,
  attempts bigint NOT NULL,
  failure text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CALL platforma.protect('event.lanes', '{{.Prefix}}_event', '{ {{- .Prefix}}_relay}');
CALL platforma.protect('event.dead_letters', '{{.Prefix}}_event', '{ {{- .Prefix}}_relay}');
GRANT SELECT, INSERT, UPDATE ON event.lanes TO "{{.Prefix}}_relay";
GRANT INSERT ON event.dead_letters TO "{{.Prefix}}_relay";
