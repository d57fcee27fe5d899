-- Who goes down with another installation's prefix is stopped at the first step.
SELECT '"{{.Prefix}}_host"'::regrole;

-- Those after it are made anew too: the planner takes them in their order.
{{range .Services}}
DROP INDEX "{{.}}".outbox_position, "{{.}}".outbox_waiting, "{{.}}".outbox_waiting_subject, "{{.}}".outbox_subject;
CREATE UNIQUE INDEX outbox_position ON "{{.}}".outbox (tenant_id, position);
CREATE INDEX outbox_waiting ON "{{.}}".outbox (tenant_id, id) WHERE position IS NULL;
CREATE INDEX outbox_waiting_subject ON "{{.}}".outbox (tenant_id, subject, version) WHERE position IS NULL;
CREATE INDEX outbox_subject ON "{{.}}".outbox (tenant_id, subject, position) WHERE position IS NOT NULL;
{{end}}
DROP INDEX webhook.outbox_position, webhook.outbox_subject, webhook.outbox_waiting, webhook.outbox_waiting_subject;
CREATE UNIQUE INDEX outbox_position ON webhook.outbox (tenant_id, position);
CREATE INDEX outbox_subject ON webhook.outbox (tenant_id, subject, position) WHERE position IS NOT NULL;
CREATE INDEX outbox_waiting ON webhook.outbox (tenant_id, id) WHERE position IS NULL;
CREATE INDEX outbox_waiting_subject ON webhook.outbox (tenant_id, subject, version) WHERE position IS NULL;
