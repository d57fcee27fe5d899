-- An event is in the index of positions once it has one: writers, which give none,
-- have one index less to write to. And an event that waits is looked up by its
-- subject in an index that no other condition leads to: where the planner knows
-- nothing of what waits, it takes one index of that for as good as another.
{{range .Services}}
DROP INDEX "{{.}}".outbox_position, "{{.}}".outbox_waiting_subject;
CREATE UNIQUE INDEX outbox_position ON "{{.}}".outbox (tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX outbox_waiting_subject ON "{{.}}".outbox (tenant_id, subject, version) WHERE coalesce(position, 0) = 0;
{{end}}
DROP INDEX webhook.outbox_position, webhook.outbox_waiting_subject;
CREATE UNIQUE INDEX outbox_position ON webhook.outbox (tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX outbox_waiting_subject ON webhook.outbox (tenant_id, subject, version) WHERE coalesce(position, 0) = 0;
