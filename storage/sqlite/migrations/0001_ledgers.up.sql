{{range .Services}}
CREATE TABLE {{.}}_outbox (
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

CREATE UNIQUE INDEX {{.}}_outbox_position ON {{.}}_outbox (tenant_id, position);

CREATE TABLE {{.}}_streams (
  tenant_id TEXT NOT NULL PRIMARY KEY CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  position INTEGER NOT NULL CHECK (position > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE {{.}}_receipts (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  hash TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, operation, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE {{.}}_deliveries (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  subscription TEXT NOT NULL,
  event_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, subscription, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE {{.}}_terms (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, key, value, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX {{.}}_terms_id ON {{.}}_terms (tenant_id, id, key, value);
{{end}}
