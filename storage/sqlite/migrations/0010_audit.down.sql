ALTER TABLE resource_resources DROP COLUMN causation_id;
ALTER TABLE resource_resources DROP COLUMN correlation_id;
{{range .Services}}
DROP INDEX {{.}}_outbox_subject;
DELETE FROM sqlite_stat1 WHERE idx = '{{.}}_outbox_subject';
{{end}}
ANALYZE sqlite_schema;
