-- The login's own right to the schema "platforma" came before, and stays.
REVOKE USAGE ON SCHEMA platforma FROM "{{.Prefix}}_relay", "{{.Prefix}}_operator";
{{range $service := .Services}}
DROP TABLE "{{$service}}".terms, "{{$service}}".deliveries, "{{$service}}".receipts, "{{$service}}".streams, "{{$service}}".outbox;
DROP SCHEMA "{{$service}}";
REVOKE USAGE ON SCHEMA platforma FROM "{{$.Prefix}}_{{$service}}";
{{end}}
DROP PROCEDURE platforma.protect(regclass, name, name[], name);
DROP FUNCTION platforma.tenant(), platforma.expect_one(bigint), platforma.is_tenant_id(text);
