CREATE TABLE tenant.tenants (
  id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (platforma.is_tenant_id(id)),
  version bigint NOT NULL CHECK (version > 0),
  name text NOT NULL,
  slug text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'suspended', 'archived')),
  suspensions jsonb NOT NULL,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX tenants_slug_key ON tenant.tenants (slug);
CREATE INDEX tenants_status ON tenant.tenants (status, id);

-- The receipts of keyed creations of tenants: unique across tenants, for the
-- operator who creates them acts in none.
CREATE TABLE tenant.commands (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (platforma.is_tenant_id(tenant_id)),
  operation text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX commands_key ON tenant.commands (operation, key);

CREATE TABLE tenant.users (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  email text NOT NULL,
  email_key text COLLATE "C" NOT NULL,
  name text NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON tenant.users (tenant_id, email_key);
CREATE INDEX users_status ON tenant.users (tenant_id, status, id);
-- The key comes last, as in the catalog: the checks of foreign keys plan while
-- the table is empty, and then take the newest index.
ALTER TABLE tenant.users ADD PRIMARY KEY (tenant_id, id);

CREATE TABLE tenant.roles (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  name text COLLATE "C" NOT NULL,
  permissions jsonb NOT NULL,
  built_in boolean NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX roles_name_key ON tenant.roles (tenant_id, name);

CREATE TABLE tenant.user_roles (
  tenant_id text COLLATE "C" NOT NULL CHECK (platforma.is_tenant_id(tenant_id)),
  user_id text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, user_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES tenant.users (tenant_id, id),
  FOREIGN KEY (tenant_id, role) REFERENCES tenant.roles (tenant_id, name)
);
CREATE INDEX user_roles_role ON tenant.user_roles (tenant_id, role);

CALL platforma.protect('tenant.tenants', '{{.Prefix}}_tenant', '{ {{- .Prefix}}_operator}', 'id');
CALL platforma.protect('tenant.commands', '{{.Prefix}}_tenant', '{ {{- .Prefix}}_operator}');
CALL platforma.protect('tenant.users', '{{.Prefix}}_tenant', '{ {{- .Prefix}}_operator}');
CALL platforma.protect('tenant.user_roles', '{{.Prefix}}_tenant', '{ {{- .Prefix}}_operator}');
CALL platforma.protect('tenant.roles', '{{.Prefix}}_tenant');

GRANT USAGE ON SCHEMA tenant TO "{{.Prefix}}_operator";
GRANT SELECT ON tenant.tenants, tenant.commands, tenant.users, tenant.user_roles TO "{{.Prefix}}_operator";
