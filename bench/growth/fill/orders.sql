-- The orders of the numbers $1 to $2, as they would lie after a year in which
-- all tenants ordered: those of one time together, whoever placed them. All are
-- provisioned but twenty of the tenant that is looked at, which failed.
WITH numbered AS (
  SELECT n, n % 2 = 0 AS own, n / 2 AS nth, n / 2 % (s.tenants - 1) AS other, 1735689600000 + n * s.step AS ms, s.*
  FROM generate_series($1::bigint, $2::bigint) AS n, size AS s
), shared AS MATERIALIZED (
  SELECT *, CASE WHEN own THEN nth % customers ELSE customers + other + (tenants - 1) * (nth / (tenants - 1) % each) END AS customer
  FROM numbered
), made AS MATERIALIZED (
  SELECT n, ms, to_timestamp(ms / 1000.0) AS at, CASE WHEN own THEN acme ELSE pg_temp.tenant_id(other + 1) END AS tenant_id,
    pg_temp.made('ord', ms, 'order ' || n) AS id,
    pg_temp.customer_id(customer) AS customer_id,
    CASE WHEN own AND nth % (orders / 40) = 7 THEN 'failed' ELSE 'provisioned' END AS status,
    CASE WHEN own THEN nth + 2 ELSE nth / (tenants - 1) + 1 END AS position
  FROM shared
), orders AS (
  INSERT INTO "order".orders (tenant_id, id, version, customer_id, status, phase, attempt, total_amount, currency, metadata, failure,
    approved_by, approved_at, created_at, updated_at, provisioned_at)
  SELECT m.tenant_id, m.id, 4, m.customer_id, m.status, 'at_rest', o.attempt, o.total_amount, o.currency,
    pg_temp.worded(o.metadata::text, m.n)::jsonb, CASE WHEN m.status = 'failed' THEN 'no capacity' ELSE '' END,
    'host', m.at, m.at, m.at, CASE WHEN m.status = 'provisioned' THEN m.at END
  FROM made AS m, an_order AS o
), items AS (
  INSERT INTO "order".items (tenant_id, order_id, id, line, product_id, sku, name, quantity, region, configuration, resource_type,
    rates, snapshot, amount, status)
  SELECT m.tenant_id, m.id, pg_temp.made('item', m.ms, 'item ' || m.n || ' ' || i.line), i.line, i.product_id, i.sku, i.name,
    i.quantity, i.region, i.configuration, i.resource_type, i.rates, i.snapshot, i.amount, m.status
  FROM made AS m, its_items AS i
), terms AS (
  INSERT INTO "order".terms (tenant_id, key, value, id)
  SELECT m.tenant_id, t.key, pg_temp.worded(t.value, m.n), m.id FROM made AS m, its_terms AS t
)
INSERT INTO "order".outbox
  (tenant_id, id, position, type, subject, version, time, actor, reason, correlation_id, causation_id, data)
SELECT m.tenant_id, pg_temp.made('evt', m.ms, 'event ' || m.n), m.position, e.type, m.id, e.version, m.at, e.actor, e.reason,
  e.correlation_id, e.causation_id,
  pg_temp.worded(replace(replace(e.data, e.tenant_id, m.tenant_id), e.subject, m.id), m.n)
FROM made AS m, its_event AS e
