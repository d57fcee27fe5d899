CREATE TABLE resource.clusters (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  name text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  labels jsonb NOT NULL,
  capacity jsonb NOT NULL,
  used jsonb NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'draining', 'offline')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX clusters_name_key ON resource.clusters (tenant_id, name);
CREATE INDEX clusters_region ON resource.clusters (tenant_id, region, id);
CREATE INDEX clusters_status ON resource.clusters (tenant_id, status, id);
-- The key comes last, as in the catalog: the checks of foreign keys plan while
-- the table is empty, and then take the newest index.
ALTER TABLE resource.clusters ADD PRIMARY KEY (tenant_id, id);

CREATE TABLE resource.networks (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  cluster_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  cidr text COLLATE "C" NOT NULL,
  gateway text COLLATE "C" NOT NULL,
  reserved jsonb NOT NULL,
  allocated jsonb NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'closed')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES resource.clusters (tenant_id, id)
);
CREATE UNIQUE INDEX networks_name_key ON resource.networks (tenant_id, cluster_id, name);
CREATE INDEX networks_cluster ON resource.networks (tenant_id, cluster_id, id);
CREATE INDEX networks_status ON resource.networks (tenant_id, status, id);

-- cluster_id is empty where there was no room for a resource.
CREATE TABLE resource.resources (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  customer_id text COLLATE "C" NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  order_item_id text COLLATE "C" NOT NULL,
  unit bigint NOT NULL CHECK (unit > 0),
  attempt bigint NOT NULL CHECK (attempt > 0),
  cluster_id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL CHECK (type IN ('virtual_machine', 'container', 'network', 'storage', 'load_balancer')),
  name text NOT NULL,
  region text COLLATE "C" NOT NULL,
  template text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('provisioning', 'running', 'stopped', 'error', 'terminated')),
  desired text COLLATE "C" NOT NULL CHECK (desired IN ('running', 'stopped', 'terminated')),
  phase text COLLATE "C" NOT NULL CHECK (phase IN ('requested', 'applying', 'accepted', 'unknown', 'at_rest', 'failed')),
  action text COLLATE "C" NOT NULL CHECK (action IN ('', 'create', 'start', 'stop', 'terminate')),
  reason text COLLATE "C" NOT NULL,
  specs jsonb NOT NULL,
  network jsonb NOT NULL,
  external_id text NOT NULL,
  tries bigint NOT NULL CHECK (tries >= 0),
  token text COLLATE "C" NOT NULL,
  due_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  terminated_at timestamptz,
  CHECK ((status = 'terminated') = (terminated_at IS NOT NULL))
);
-- A unit is made once in an attempt, and has one live resource at most.
CREATE UNIQUE INDEX resources_unit_key ON resource.resources (tenant_id, order_id, order_item_id, unit, attempt);
CREATE UNIQUE INDEX resources_live_unit_key ON resource.resources (tenant_id, order_id, order_item_id, unit)
  WHERE status <> 'terminated';
CREATE INDEX resources_order ON resource.resources (tenant_id, order_id, id);
CREATE INDEX resources_cluster ON resource.resources (tenant_id, cluster_id, id);
CREATE INDEX resources_customer ON resource.resources (tenant_id, customer_id, id);
CREATE INDEX resources_live ON resource.resources (tenant_id, customer_id) WHERE status <> 'terminated';
CREATE INDEX resources_type ON resource.resources (tenant_id, type, id);
CREATE INDEX resources_status ON resource.resources (tenant_id, status, id);
CREATE INDEX resources_region ON resource.resources (tenant_id, region, id);
ALTER TABLE resource.resources ADD PRIMARY KEY (tenant_id, id);

CREATE TABLE resource.instances (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  cluster_id text COLLATE "C" NOT NULL,
  resource_id text COLLATE "C" NOT NULL,
  external_id text NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('running', 'stopped', 'terminated')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES resource.clusters (tenant_id, id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resource.resources (tenant_id, id)
);
CREATE UNIQUE INDEX instances_resource_key ON resource.instances (tenant_id, resource_id);
CREATE INDEX instances_cluster ON resource.instances (tenant_id, cluster_id, id);
CREATE INDEX instances_status ON resource.instances (tenant_id, status, id);

CREATE TABLE resource.usage (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (platforma.is_tenant_id(tenant_id)),
  version bigint NOT NULL CHECK (version > 0),
  live bigint NOT NULL CHECK (live >= 0),
  updated_at timestamptz NOT NULL
);

-- The queue of the workers: a row for each live resource. They look for what is
-- due across tenants, so that one index here is led by the time, not the tenant.
CREATE TABLE resource.work (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  resource_id text COLLATE "C" NOT NULL,
  due_at bigint,
  leased_until bigint NOT NULL,
  epoch bigint NOT NULL,
  PRIMARY KEY (tenant_id, resource_id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resource.resources (tenant_id, id)
);
CREATE INDEX work_due ON resource.work (due_at, tenant_id, resource_id) WHERE due_at IS NOT NULL;

CALL platforma.protect('resource.clusters', '{{.Prefix}}_resource');
CALL platforma.protect('resource.networks', '{{.Prefix}}_resource');
CALL platforma.protect('resource.resources', '{{.Prefix}}_resource');
CALL platforma.protect('resource.instances', '{{.Prefix}}_resource');
CALL platforma.protect('resource.usage', '{{.Prefix}}_resource');
CALL platforma.protect('resource.work', '{{.Prefix}}_resource', '{ {{- .Prefix}}_relay}');

-- Workers claim; what is due, the service says.
GRANT SELECT, UPDATE (leased_until, epoch) ON resource.work TO "{{.Prefix}}_relay";
