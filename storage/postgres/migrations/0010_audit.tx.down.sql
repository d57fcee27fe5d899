-- Who goes down with another installation's prefix is stopped at the first step.
SELECT '"{{.Prefix}}_host"'::regrole;

ALTER TABLE resource.resources DROP COLUMN correlation_id, DROP COLUMN causation_id;
{{range .Services}}
DROP INDEX "{{.}}".outbox_subject;
{{end}}
