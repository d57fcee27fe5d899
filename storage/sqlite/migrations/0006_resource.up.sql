CREATE TABLE resource_clusters (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  labels TEXT NOT NULL,
  capacity TEXT NOT NULL,
  used TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'draining', 'offline')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX resource_clusters_name_key ON resource_clusters (tenant_id, name);
CREATE INDEX resource_clusters_region ON resource_clusters (tenant_id, region, id);
CREATE INDEX resource_clusters_status ON resource_clusters (tenant_id, status, id);

CREATE TABLE resource_networks (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  cluster_id TEXT NOT NULL,
  name TEXT NOT NULL,
  cidr TEXT NOT NULL,
  gateway TEXT NOT NULL,
  reserved TEXT NOT NULL,
  allocated TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'closed')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES resource_clusters (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX resource_networks_name_key ON resource_networks (tenant_id, cluster_id, name);
CREATE INDEX resource_networks_cluster ON resource_networks (tenant_id, cluster_id, id);
CREATE INDEX resource_networks_status ON resource_networks (tenant_id, status, id);

-- cluster_id is empty where there was no room for a resource.
CREATE TABLE resource_resources (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  customer_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  order_item_id TEXT NOT NULL,
  unit INTEGER NOT NULL CHECK (unit > 0),
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  cluster_id TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('virtual_machine', 'container', 'network', 'storage', 'load_balancer')),
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  template TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('provisioning', 'running', 'stopped', 'error', 'terminated')),
  desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped', 'terminated')),
  phase TEXT NOT NULL CHECK (phase IN ('requested', 'applying', 'accepted', 'unknown', 'at_rest', 'failed')),
  action TEXT NOT NULL CHECK (action IN ('', 'create', 'start', 'stop', 'terminate')),
  reason TEXT NOT NULL,
  specs TEXT NOT NULL,
  network TEXT NOT NULL,
  external_id TEXT NOT NULL,
  tries INTEGER NOT NULL CHECK (tries >= 0),
  token TEXT NOT NULL,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  terminated_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  CHECK ((status = 'terminated') = (terminated_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- A unit is made once in an attempt, and has one live resource at most.
CREATE UNIQUE INDEX resource_resources_unit_key ON resource_resources (tenant_id, order_id, order_item_id, unit, attempt);
CREATE UNIQUE INDEX resource_resources_live_unit_key ON resource_resources (tenant_id, order_id, order_item_id, unit)
  WHERE status <> 'terminated';
CREATE INDEX resource_resources_order ON resource_resources (tenant_id, order_id, id);
CREATE INDEX resource_resources_cluster ON resource_resources (tenant_id, cluster_id, id);
CREATE INDEX resource_resources_customer ON resource_resources (tenant_id, customer_id, id);
CREATE INDEX resource_resources_live ON resource_resources (tenant_id, customer_id) WHERE status <> 'terminated';
CREATE INDEX resource_resources_type ON resource_resources (tenant_id, type, id);
CREATE INDEX resource_resources_status ON resource_resources (tenant_id, status, id);
CREATE INDEX resource_resources_region ON resource_resources (tenant_id, region, id);

CREATE TABLE resource_instances (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  cluster_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  external_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'stopped', 'terminated')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES resource_clusters (tenant_id, id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resource_resources (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX resource_instances_resource_key ON resource_instances (tenant_id, resource_id);
CREATE INDEX resource_instances_cluster ON resource_instances (tenant_id, cluster_id, id);
CREATE INDEX resource_instances_status ON resource_instances (tenant_id, status, id);

CREATE TABLE resource_usage (
  tenant_id TEXT NOT NULL PRIMARY KEY CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  version INTEGER NOT NULL CHECK (version > 0),
  live INTEGER NOT NULL CHECK (live >= 0),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The queue of the workers: a row for each live resource. They look for what is
-- due across tenants, so that one index here is led by the time, not the tenant.
CREATE TABLE resource_work (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  resource_id TEXT NOT NULL,
  due_at INTEGER,
  leased_until INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, resource_id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resource_resources (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_work_due ON resource_work (due_at, tenant_id, resource_id) WHERE due_at IS NOT NULL;
