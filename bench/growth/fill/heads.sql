-- Where the tenants' events end, and a subscription that is done with all.
INSERT INTO "order".streams AS streams (tenant_id, position)
SELECT s.acme, s.orders / 2 + 1 FROM size AS s
UNION ALL
SELECT pg_temp.tenant_id(i), (s.orders / 2 - i + s.tenants - 1) / (s.tenants - 1)
FROM size AS s, generate_series(1, least(s.tenants - 1, s.orders / 2)) AS i
ON CONFLICT (tenant_id) DO UPDATE SET position = excluded.position;

INSERT INTO event.lanes (tenant_id, subscription, service, position, head, seen, due_at, leased_until, epoch, claims, progress)
SELECT tenant_id, 'mirror', 'order', position, position, position, 0, 0, 1, 0, '{}' FROM "order".streams
UNION ALL
SELECT 'ten_00000000000000000000000000', 'mirror', 'order', 0, 0, 0, 0, 0, 0, 0, '{}';
