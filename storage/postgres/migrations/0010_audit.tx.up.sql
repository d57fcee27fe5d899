{{range .Services}}
-- What happened to one entity, in order, for the audit. What waits for its
-- position is not in it, so that a writer has nothing to do for it.
CREATE INDEX outbox_subject ON "{{.}}".outbox (tenant_id, subject, position) WHERE position IS NOT NULL;
{{end}}
-- Who asked for what a resource should be: the worker acts in that name.
ALTER TABLE resource.resources
  ADD COLUMN correlation_id text NOT NULL DEFAULT '',
  ADD COLUMN causation_id text NOT NULL DEFAULT '';
