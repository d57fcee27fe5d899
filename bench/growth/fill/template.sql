-- The one order that was placed, which all others repeat.
CREATE TEMP TABLE an_order AS SELECT o.* FROM "order".orders AS o, size AS s WHERE o.tenant_id = s.acme;
CREATE TEMP TABLE its_items AS SELECT i.* FROM "order".items AS i, size AS s WHERE i.tenant_id = s.acme;
CREATE TEMP TABLE its_terms AS SELECT t.* FROM "order".terms AS t, size AS s WHERE t.tenant_id = s.acme AND t.key <> 'open';
CREATE TEMP TABLE its_event AS SELECT e.* FROM "order".outbox AS e, size AS s WHERE e.tenant_id = s.acme;
ANALYZE size, an_order, its_items, its_terms, its_event;
