DROP TABLE tenant_user_roles;
DROP TABLE tenant_roles;
DROP TABLE tenant_users;
DROP TABLE tenant_commands;
DROP TABLE tenant_tenants;

-- What the service's ledger says of what is gone.
DELETE FROM tenant_outbox;
DELETE FROM tenant_streams;
DELETE FROM tenant_receipts;
DELETE FROM tenant_deliveries;
DELETE FROM tenant_terms;
