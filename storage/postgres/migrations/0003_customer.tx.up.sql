CREATE TABLE customer.customers (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  name text NOT NULL,
  email text NOT NULL,
  email_key text COLLATE "C" NOT NULL,
  company text NOT NULL,
  billing_address jsonb NOT NULL,
  payment_method jsonb NOT NULL,
  metadata jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX customers_email_key ON customer.customers (tenant_id, email_key) WHERE deleted_at IS NULL;

CALL platforma.protect('customer.customers', '{{.Prefix}}_customer');
