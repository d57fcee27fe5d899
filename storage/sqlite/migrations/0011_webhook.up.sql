-- The sixth service. Its ledger is what the first migration makes for the others.
CREATE TABLE webhook_outbox (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  position INTEGER CHECK (position > 0),
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  version INTEGER NOT NULL,
  time INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  causation_id TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX webhook_outbox_position ON webhook_outbox (tenant_id, position);
CREATE INDEX webhook_outbox_subject ON webhook_outbox (tenant_id, subject, position);

CREATE TABLE webhook_streams (
  tenant_id TEXT NOT NULL PRIMARY KEY CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  position INTEGER NOT NULL CHECK (position > 0),
  told INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_streams_untold ON webhook_streams (tenant_id) WHERE told < position;

CREATE TABLE webhook_receipts (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  hash TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, operation, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  subscription TEXT NOT NULL,
  event_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, subscription, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_terms (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, key, value, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_terms_id ON webhook_terms (tenant_id, id, key, value);

CREATE TABLE webhook_endpoints (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
  reason TEXT NOT NULL,
  failures INTEGER NOT NULL CHECK (failures >= 0),
  failing_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((failures = 0) = (failing_since IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_endpoints_status ON webhook_endpoints (tenant_id, status, id);

-- What requests are signed with. A former secret signs until a time.
CREATE TABLE webhook_keys (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  endpoint_id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  current_secret TEXT NOT NULL,
  former_secret TEXT NOT NULL,
  former_until INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id),
  CHECK ((former_secret = '') = (former_until IS NULL))
) STRICT, WITHOUT ROWID;

-- A delivery of an event to an endpoint; "deliveries" are what every service has
-- of what was delivered to itself.
CREATE TABLE webhook_messages (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  endpoint_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_service TEXT NOT NULL,
  event_type TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
  tries INTEGER NOT NULL CHECK (tries >= 0),
  due_at INTEGER,
  reason TEXT NOT NULL,
  delivered_at INTEGER,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id),
  CHECK ((status = 'pending') = (due_at IS NOT NULL)),
  CHECK ((status = 'delivered') = (delivered_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_messages_due ON webhook_messages (tenant_id, endpoint_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_messages_status ON webhook_messages (tenant_id, status, id);
CREATE INDEX webhook_messages_event ON webhook_messages (tenant_id, event_id, id);
CREATE INDEX webhook_messages_endpoint_status ON webhook_messages (tenant_id, endpoint_id, status, id);
CREATE INDEX webhook_messages_endpoint ON webhook_messages (tenant_id, endpoint_id, id);

CREATE TABLE webhook_attempts (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  endpoint_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  finished_at INTEGER,
  duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
  status_code INTEGER NOT NULL CHECK (status_code >= 0),
  error TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES webhook_messages (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_attempts_message ON webhook_attempts (tenant_id, message_id, id);
CREATE INDEX webhook_attempts_endpoint ON webhook_attempts (tenant_id, endpoint_id, id);

-- The queue of the workers: a row for each endpoint, due when the earliest of its
-- pending messages is. They look for what is due across tenants, so that one index
-- here is led by the time, not the tenant.
CREATE TABLE webhook_work (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  endpoint_id TEXT NOT NULL,
  due_at INTEGER,
  leased_until INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_work_due ON webhook_work (due_at, tenant_id, endpoint_id) WHERE due_at IS NOT NULL;

-- As of all other tables, the planner is told of a database that has grown.
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl, CASE origin WHEN 'pk' THEN tbl ELSE idx END, '1000000 ' || group_concat(same, ' ')
FROM (
  SELECT t.name AS tbl, i.name AS idx, i.origin AS origin,
    CASE
      WHEN i."unique" AND c.seqno = max(c.seqno) OVER (PARTITION BY i.name) THEN 1
      WHEN c.seqno = 0 THEN 100000
      WHEN c.seqno = 1 THEN 1000
      ELSE 10
    END AS same
  FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c
  WHERE t.type = 'table' AND t.name LIKE 'webhook_%'
  ORDER BY t.name, i.name, c.seqno
)
GROUP BY tbl, idx;
UPDATE sqlite_stat1 SET stat = '100 1' WHERE idx = 'webhook_streams_untold';
UPDATE sqlite_stat1 SET stat = '1000000 100000 10 1' WHERE idx = 'webhook_outbox_subject';
ANALYZE sqlite_schema;
