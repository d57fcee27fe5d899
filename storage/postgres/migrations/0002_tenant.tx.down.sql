REVOKE USAGE ON SCHEMA tenant FROM "{{.Prefix}}_operator";

DROP TABLE tenant.user_roles, tenant.roles, tenant.users, tenant.commands, tenant.tenants;

-- What the service's ledger says of what is gone. Its rows are hidden from the
-- owner, who would delete none of them; truncating asks no policy.
TRUNCATE tenant.outbox, tenant.streams, tenant.receipts, tenant.deliveries, tenant.terms;
