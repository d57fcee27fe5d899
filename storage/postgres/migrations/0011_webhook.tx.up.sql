-- The sixth service. Its ledger is what the first migration makes for the others.
CREATE SCHEMA webhook;
GRANT USAGE ON SCHEMA platforma, webhook TO "{{.Prefix}}_webhook", "{{.Login}}";
GRANT EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) TO "{{.Prefix}}_webhook";

CREATE TABLE webhook.outbox (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  position bigint CHECK (position > 0),
  type text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  time timestamptz NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  correlation_id text NOT NULL,
  causation_id text NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX outbox_position ON webhook.outbox (tenant_id, position);
CREATE INDEX outbox_subject ON webhook.outbox (tenant_id, subject, position) WHERE position IS NOT NULL;
-- What waits for a position, by tenant and id, and by subject and version.
CREATE INDEX outbox_waiting ON webhook.outbox (tenant_id, id) WHERE position IS NULL;
CREATE INDEX outbox_waiting_subject ON webhook.outbox (tenant_id, subject, version) WHERE position IS NULL;

CREATE TABLE webhook.streams (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (platforma.is_tenant_id(tenant_id)),
  position bigint NOT NULL CHECK (position > 0)
);

CREATE TABLE webhook.receipts (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  operation text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, operation, key)
);

CREATE TABLE webhook.deliveries (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  subscription text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, subscription, event_id)
);

CREATE TABLE webhook.terms (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL
);
-- By the key rows are found that have a word, by the index whether one that is
-- found has another. The key comes last: where both cost the same, the planner
-- takes the newest.
CREATE INDEX terms_id ON webhook.terms (tenant_id, id, key, value);
ALTER TABLE webhook.terms ADD PRIMARY KEY (tenant_id, key, value, id);

CALL platforma.protect('webhook.outbox', '{{.Prefix}}_webhook', '{ {{- .Prefix}}_relay}');
CALL platforma.protect('webhook.streams', '{{.Prefix}}_webhook', '{ {{- .Prefix}}_relay}');
CALL platforma.protect('webhook.receipts', '{{.Prefix}}_webhook');
CALL platforma.protect('webhook.deliveries', '{{.Prefix}}_webhook', '{ {{- .Prefix}}_relay}');
CALL platforma.protect('webhook.terms', '{{.Prefix}}_webhook');

-- Services append events and read their own; the relay gives positions, reads,
-- and deletes what is old. Nobody changes an event.
REVOKE UPDATE, DELETE ON webhook.outbox FROM "{{.Prefix}}_webhook";
REVOKE ALL ON webhook.streams FROM "{{.Prefix}}_webhook";
GRANT USAGE ON SCHEMA webhook TO "{{.Prefix}}_relay";
GRANT SELECT, UPDATE (position), DELETE ON webhook.outbox TO "{{.Prefix}}_relay";
GRANT SELECT, DELETE ON webhook.deliveries TO "{{.Prefix}}_relay";
GRANT SELECT, INSERT, UPDATE ON webhook.streams TO "{{.Prefix}}_relay";

CREATE TABLE webhook.endpoints (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  url text COLLATE "C" NOT NULL,
  types jsonb NOT NULL,
  description text NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
  reason text NOT NULL,
  failures bigint NOT NULL CHECK (failures >= 0),
  failing_since timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((failures = 0) = (failing_since IS NULL))
);
CREATE INDEX endpoints_status ON webhook.endpoints (tenant_id, status, id);
ALTER TABLE webhook.endpoints ADD PRIMARY KEY (tenant_id, id);

-- What requests are signed with. A former secret signs until a time.
CREATE TABLE webhook.keys (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  endpoint_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  current_secret text COLLATE "C" NOT NULL,
  former_secret text COLLATE "C" NOT NULL,
  former_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook.endpoints (tenant_id, id),
  CHECK ((former_secret = '') = (former_until IS NULL))
);

-- A delivery of an event to an endpoint; "deliveries" are what every service has
-- of what was delivered to itself.
CREATE TABLE webhook.messages (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  endpoint_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  event_service text COLLATE "C" NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
  tries bigint NOT NULL CHECK (tries >= 0),
  due_at timestamptz,
  reason text NOT NULL,
  delivered_at timestamptz,
  payload text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook.endpoints (tenant_id, id),
  CHECK ((status = 'pending') = (due_at IS NOT NULL)),
  CHECK ((status = 'delivered') = (delivered_at IS NOT NULL))
);
CREATE INDEX messages_due ON webhook.messages (tenant_id, endpoint_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX messages_status ON webhook.messages (tenant_id, status, id);
CREATE INDEX messages_event ON webhook.messages (tenant_id, event_id, id);
CREATE INDEX messages_endpoint_status ON webhook.messages (tenant_id, endpoint_id, status, id);
CREATE INDEX messages_endpoint ON webhook.messages (tenant_id, endpoint_id, id);
ALTER TABLE webhook.messages ADD PRIMARY KEY (tenant_id, id);

CREATE TABLE webhook.attempts (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  endpoint_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL CHECK (number > 0),
  finished_at timestamptz,
  duration_ms bigint NOT NULL CHECK (duration_ms >= 0),
  status_code bigint NOT NULL CHECK (status_code >= 0),
  error text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  FOREIGN KEY (tenant_id, message_id) REFERENCES webhook.messages (tenant_id, id)
);
CREATE INDEX attempts_message ON webhook.attempts (tenant_id, message_id, id);
CREATE INDEX attempts_endpoint ON webhook.attempts (tenant_id, endpoint_id, id);
ALTER TABLE webhook.attempts ADD PRIMARY KEY (tenant_id, id);

-- The queue of the workers: a row for each endpoint, due when the earliest of its
-- pending messages is. They look for what is due across tenants, so that one index
-- here is led by the time, not the tenant.
CREATE TABLE webhook.work (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  endpoint_id text COLLATE "C" NOT NULL,
  due_at bigint,
  leased_until bigint NOT NULL,
  epoch bigint NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook.endpoints (tenant_id, id)
);
CREATE INDEX work_due ON webhook.work (due_at, tenant_id, endpoint_id) WHERE due_at IS NOT NULL;

CALL platforma.protect('webhook.endpoints', '{{.Prefix}}_webhook');
CALL platforma.protect('webhook.keys', '{{.Prefix}}_webhook');
CALL platforma.protect('webhook.messages', '{{.Prefix}}_webhook');
CALL platforma.protect('webhook.attempts', '{{.Prefix}}_webhook');
CALL platforma.protect('webhook.work', '{{.Prefix}}_webhook', '{ {{- .Prefix}}_relay}');

-- Workers claim; what is due, the service says.
GRANT SELECT, UPDATE (leased_until, epoch) ON webhook.work TO "{{.Prefix}}_relay";

-- A host's tables are in none of the library's schemas.
DO $do$
DECLARE
  was text := pg_get_functiondef('platforma.isolate(regclass, name)'::regprocedure);
BEGIN
  IF position($old$'event', 'platforma')$old$ IN was) = 0 THEN
    RAISE EXCEPTION 'platforma.isolate is not what it was';
  END IF;
  EXECUTE replace(was, $old$'event', 'platforma')$old$, $new$'webhook', 'event', 'platforma')$new$);
END
$do$;
