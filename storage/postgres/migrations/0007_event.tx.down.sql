DROP TABLE event.dead_letters, event.lanes;
DROP SCHEMA event;

REVOKE EXECUTE ON FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text) FROM "{{.Prefix}}_event";
REVOKE USAGE ON SCHEMA platforma FROM "{{.Prefix}}_event";
