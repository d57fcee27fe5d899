{{range .Services}}
DROP TABLE {{.}}_terms;
DROP TABLE {{.}}_deliveries;
DROP TABLE {{.}}_receipts;
DROP TABLE {{.}}_streams;
DROP TABLE {{.}}_outbox;
{{end}}
