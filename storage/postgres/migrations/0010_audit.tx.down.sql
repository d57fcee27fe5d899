ALTER TABLE resource.resources DROP COLUMN correlation_id, DROP COLUMN causation_id;
{{range .Services}}
DROP INDEX "{{.}}".outbox_subject;
{{end}}
