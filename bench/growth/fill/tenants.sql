-- Nobody looks at the tables half-way: a snapshot of then would keep their rows
-- from being seen as old.
ALTER TABLE tenant.tenants SET (autovacuum_enabled = false);
ALTER TABLE customer.customers SET (autovacuum_enabled = false);
ALTER TABLE "order".orders SET (autovacuum_enabled = false);
ALTER TABLE "order".items SET (autovacuum_enabled = false);
ALTER TABLE "order".terms SET (autovacuum_enabled = false);
ALTER TABLE "order".outbox SET (autovacuum_enabled = false, toast.autovacuum_enabled = false);

-- The other tenants, each with its role and the event of its creation, and
-- everybody's customers.
INSERT INTO tenant.tenants (id, version, name, slug, status, suspensions, settings, created_at, updated_at)
SELECT pg_temp.tenant_id(i), t.version, 'Tenant ' || i, 'tenant-' || i, t.status, t.suspensions, t.settings, t.created_at, t.updated_at
FROM size AS s, tenant.tenants AS t, generate_series(1, s.tenants - 1) AS i WHERE t.id = s.acme;

INSERT INTO tenant.roles (tenant_id, id, version, name, permissions, built_in, created_at, updated_at)
SELECT pg_temp.tenant_id(i), pg_temp.made('role', 1704067200000 + i, 'role ' || i), r.version, r.name, r.permissions, r.built_in,
  r.created_at, r.updated_at
FROM size AS s, tenant.roles AS r, generate_series(1, s.tenants - 1) AS i WHERE r.tenant_id = s.acme;

INSERT INTO tenant.outbox
  (tenant_id, id, position, type, subject, version, time, actor, reason, correlation_id, causation_id, data)
SELECT pg_temp.tenant_id(i), pg_temp.made('evt', 1704067200000 + i, 'tenant event ' || i || ' ' || e.version || e.type), e.position, e.type, pg_temp.tenant_id(i),
  e.version, e.time, e.actor, e.reason, e.correlation_id, e.causation_id, replace(e.data, s.acme, pg_temp.tenant_id(i))
FROM size AS s, tenant.outbox AS e, generate_series(1, s.tenants - 1) AS i WHERE e.tenant_id = s.acme;

INSERT INTO tenant.streams (tenant_id, position)
SELECT pg_temp.tenant_id(i), e.position
FROM size AS s, tenant.streams AS e, generate_series(1, s.tenants - 1) AS i WHERE e.tenant_id = s.acme;

INSERT INTO customer.customers (tenant_id, id, version, name, email, email_key, company, billing_address, payment_method, metadata,
  created_at, updated_at)
SELECT CASE WHEN i < s.customers THEN s.acme ELSE pg_temp.tenant_id((i - s.customers) % (s.tenants - 1) + 1) END,
  pg_temp.customer_id(i), c.version, c.name, 'Ada.' || i || '@example.com', 'ada.' || i || '@example.com', c.company,
  c.billing_address, c.payment_method, c.metadata, c.created_at, c.updated_at
FROM size AS s, customer.customers AS c, generate_series(0, s.customers + s.each * (s.tenants - 1) - 1) AS i
WHERE c.tenant_id = s.acme;

INSERT INTO customer.terms (tenant_id, key, value, id)
SELECT CASE WHEN i < s.customers THEN s.acme ELSE pg_temp.tenant_id((i - s.customers) % (s.tenants - 1) + 1) END,
  t.key, t.value, pg_temp.customer_id(i)
FROM size AS s, customer.terms AS t, generate_series(0, s.customers + s.each * (s.tenants - 1) - 1) AS i
WHERE t.tenant_id = s.acme;
