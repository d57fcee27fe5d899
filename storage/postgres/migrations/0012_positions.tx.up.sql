-- An event is in the index of positions once it has one: writers, which give none,
-- have one index less to write to.
{{range .Services}}
DROP INDEX "{{.}}".outbox_position;
CREATE UNIQUE INDEX outbox_position ON "{{.}}".outbox (tenant_id, position) WHERE position IS NOT NULL;
{{end}}
DROP INDEX webhook.outbox_position;
CREATE UNIQUE INDEX outbox_position ON webhook.outbox (tenant_id, position) WHERE position IS NOT NULL;
