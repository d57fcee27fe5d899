{{range .Services}}
-- What happened to one entity, in order, for the audit.
CREATE INDEX {{.}}_outbox_subject ON {{.}}_outbox (tenant_id, subject, position);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{{.}}_outbox', '{{.}}_outbox_subject', '1000000 100000 10 1');
{{end}}
-- Who asked for what a resource should be: the worker acts in that name.
ALTER TABLE resource_resources ADD COLUMN correlation_id TEXT NOT NULL DEFAULT '';
ALTER TABLE resource_resources ADD COLUMN causation_id TEXT NOT NULL DEFAULT '';
ANALYZE sqlite_schema;
