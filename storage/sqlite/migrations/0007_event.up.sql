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

CREATE TABLE event_dead_letters (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  subscription TEXT NOT NULL,
  service TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  failure TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
