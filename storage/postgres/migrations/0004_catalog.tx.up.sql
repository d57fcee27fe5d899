CREATE TABLE catalog.products (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  name text NOT NULL,
  sku text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL CHECK (category IN ('compute', 'storage', 'network', 'service')),
  specs jsonb NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
  provisioning_template_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX products_sku_key ON catalog.products (tenant_id, sku);
CREATE INDEX products_category ON catalog.products (tenant_id, category, id);
CREATE INDEX products_status ON catalog.products (tenant_id, status, id);
-- The primary key comes last: as long as a table is empty all its indexes cost
-- the same, and the planner takes the newest. The foreign keys' checks keep the
-- plan that they made then; with another index they would read the whole tenant
-- for each row of an import.
ALTER TABLE catalog.products ADD PRIMARY KEY (tenant_id, id);

CREATE TABLE catalog.product_regions (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  product_id text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  line bigint NOT NULL CHECK (line >= 0),
  PRIMARY KEY (tenant_id, product_id, region),
  FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.products (tenant_id, id)
);

-- An empty region is every one that has no rule of that name and currency of
-- its own.
CREATE TABLE catalog.pricing_rules (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  product_id text COLLATE "C" NOT NULL,
  line bigint NOT NULL CHECK (line >= 0),
  name text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL CHECK (length(currency) = 3),
  period text COLLATE "C" NOT NULL CHECK (period IN ('once', 'hour', 'day', 'month', 'year')),
  model jsonb NOT NULL,
  PRIMARY KEY (tenant_id, product_id, line),
  FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.products (tenant_id, id)
);
CREATE UNIQUE INDEX pricing_rules_key ON catalog.pricing_rules (tenant_id, product_id, name, region, currency);

CALL platforma.protect('catalog.products', '{{.Prefix}}_catalog');
CALL platforma.protect('catalog.product_regions', '{{.Prefix}}_catalog');
CALL platforma.protect('catalog.pricing_rules', '{{.Prefix}}_catalog');
