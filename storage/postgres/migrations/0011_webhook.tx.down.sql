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
