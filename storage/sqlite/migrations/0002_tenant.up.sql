CREATE TABLE tenant_tenants (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30 AND substr(id, 1, 4) = 'ten_'),
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'archived')),
  suspensions TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tenants_slug_key ON tenant_tenants (slug);
CREATE INDEX tenants_status ON tenant_tenants (status, id);

CREATE TABLE tenant_commands (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX commands_key ON tenant_commands (operation, key);

CREATE TABLE tenant_users (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX users_email_key ON tenant_users (tenant_id, email_key);
CREATE INDEX users_status ON tenant_users (tenant_id, status, id);

CREATE TABLE tenant_roles (
  tenant_id TEXT NOT NULL CHECK (length(tenant_id) = 30 AND substr(tenant_id, 1, 4) = 'ten_'),
  id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  permissions TEXT NOT NULL,
  built_in INTEGER NOT NULL CHECK (built_in IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX roles_name_key ON tenant_roles (tenant_id, name);

CREATE TABLE tenant_user_roles (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (tenant_id, user_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES tenant_users (tenant_id, id),
  FOREIGN KEY (tenant_id, role) REFERENCES tenant_roles (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_roles_role ON tenant_user_roles (tenant_id, role);
