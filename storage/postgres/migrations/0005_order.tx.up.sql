CREATE TABLE "order".orders (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  customer_id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'processing', 'provisioned', 'failed', 'cancelled')),
  phase text COLLATE "C" NOT NULL CHECK (phase IN ('awaiting_approval', 'in_progress', 'taking_down', 'at_rest')),
  attempt bigint NOT NULL CHECK (attempt > 0),
  total_amount numeric NOT NULL,
  currency text COLLATE "C" NOT NULL CHECK (length(currency) = 3),
  metadata jsonb NOT NULL,
  failure text NOT NULL,
  approved_by text NOT NULL,
  approved_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  provisioned_at timestamptz,
  CHECK ((status = 'provisioned') = (provisioned_at IS NOT NULL))
);
CREATE INDEX orders_customer ON "order".orders (tenant_id, customer_id, id);
CREATE INDEX orders_status ON "order".orders (tenant_id, status, id);
CREATE INDEX orders_created_at ON "order".orders (tenant_id, created_at, id);
-- The key comes last, as in the catalog: the checks of foreign keys plan while
-- the table is empty, and then take the newest index.
ALTER TABLE "order".orders ADD PRIMARY KEY (tenant_id, id);

CREATE TABLE "order".items (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  order_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  line bigint NOT NULL CHECK (line >= 0),
  product_id text COLLATE "C" NOT NULL,
  sku text COLLATE "C" NOT NULL,
  name text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  region text COLLATE "C" NOT NULL,
  configuration jsonb NOT NULL,
  resource_type text COLLATE "C" NOT NULL,
  rates text NOT NULL,
  snapshot text NOT NULL,
  amount numeric NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'processing', 'provisioned', 'failed', 'cancelled')),
  PRIMARY KEY (tenant_id, order_id, id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES "order".orders (tenant_id, id)
);

CALL platforma.protect('"order".orders', '{{.Prefix}}_order');
CALL platforma.protect('"order".items', '{{.Prefix}}_order');
