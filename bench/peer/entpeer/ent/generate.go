// Package ent is generated from the schema beside it.
package ent

//go:generate go tool ent generate --feature sql/execquery,sql/schemaconfig ./schema
