-- A host's tables are in none of the library's schemas.
DO $do$
DECLARE
  was text := pg_get_functiondef('platforma.isolate(regclass, name)'::regprocedure);
BEGIN
  IF position($old$'webhook', 'event', 'platforma')$old$ IN was) = 0 THEN
    RAISE EXCEPTION 'platforma.isolate is not what it was';
  END IF;
  EXECUTE replace(was, $old$'webhook', 'event', 'platforma')$old$, $new$'event', 'platforma')$new$);
END
$do$;

DROP TABLE webhook.work, webhook.attempts, webhook.messages, webhook.keys, webhook.endpoints;
DROP TABLE webhook.terms, webhook.deliveries, webhook.receipts, webhook.streams, webhook.outbox;
DROP SCHEMA webhook;
REVOKE ALL ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) FROM "{{.Prefix}}_webhook";
REVOKE USAGE ON SCHEMA platforma FROM "{{.Prefix}}_webhook";

-- How far others have come in its events, which begin anew. The rows are hidden
-- from the owner as long as the policies hold for it too.
ALTER TABLE event.lanes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE event.dead_letters NO FORCE ROW LEVEL SECURITY;
DELETE FROM event.lanes WHERE service = 'webhook';
DELETE FROM event.dead_letters WHERE service = 'webhook';
ALTER TABLE event.lanes FORCE ROW LEVEL SECURITY;
ALTER TABLE event.dead_letters FORCE ROW LEVEL SECURITY;
