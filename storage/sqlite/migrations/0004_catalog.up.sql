CREATE TABLE catalog_products (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  sku TEXT NOT NULL,
  category TEXT NOT NULL CHECK (category IN ('compute', 'storage', 'network', 'service')),
  specs TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
  provisioning_template_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX catalog_products_sku_key ON catalog_products (tenant_id, sku);
CREATE INDEX catalog_products_category ON catalog_products (tenant_id, category, id);
CREATE INDEX catalog_products_status ON catalog_products (tenant_id, status, id);

CREATE TABLE catalog_product_regions (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  product_id TEXT NOT NULL,
  region TEXT NOT NULL,
  line INTEGER NOT NULL CHECK (line >= 0),
  PRIMARY KEY (tenant_id, product_id, region),
  FOREIGN KEY (tenant_id, product_id) REFERENCES catalog_products (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- An empty region is every one that has no rule of that name and currency of
-- its own.
CREATE TABLE catalog_pricing_rules (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  product_id TEXT NOT NULL,
  line INTEGER NOT NULL CHECK (line >= 0),
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  period TEXT NOT NULL CHECK (period IN ('once', 'hour', 'day', 'month', 'year')),
  model TEXT NOT NULL,
  PRIMARY KEY (tenant_id, product_id, line),
  FOREIGN KEY (tenant_id, product_id) REFERENCES catalog_products (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX catalog_pricing_rules_key ON catalog_pricing_rules (tenant_id, product_id, name, region, currency);
