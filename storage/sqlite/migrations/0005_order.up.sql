CREATE TABLE order_orders (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  customer_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'provisioned', 'failed', 'cancelled')),
  phase TEXT NOT NULL CHECK (phase IN ('awaiting_approval', 'in_progress', 'taking_down', 'at_rest')),
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  total_amount TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  metadata TEXT NOT NULL,
  failure TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  approved_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  provisioned_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  CHECK ((status = 'provisioned') = (provisioned_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX order_orders_customer ON order_orders (tenant_id, customer_id, id);
CREATE INDEX order_orders_status ON order_orders (tenant_id, status, id);
CREATE INDEX order_orders_created_at ON order_orders (tenant_id, created_at, id);

CREATE TABLE order_items (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  order_id TEXT NOT NULL,
  id TEXT NOT NULL,
  line INTEGER NOT NULL CHECK (line >= 0),
  product_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  name TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  region TEXT NOT NULL,
  configuration TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  rates TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  amount TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'provisioned', 'failed', 'cancelled')),
  PRIMARY KEY (tenant_id, order_id, id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES order_orders (tenant_id, id)
) STRICT, WITHOUT ROWID;
