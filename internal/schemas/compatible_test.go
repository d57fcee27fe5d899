package schemas_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/schemas"
)

// published is a small schema with all that a schema of ours has.
const published = `{
	"$defs": {"a.Item": {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}},
	"type": "object",
	"properties": {
		"id": {"type": "string", "pattern": "^ord_"},
		"status": {"type": "string", "enum": ["pending", "done"]},
		"ended_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
		"items": {"type": "array", "items": {"$ref": "#/$defs/a.Item"}},
		"labels": {"type": "object", "additionalProperties": {"type": "string"}},
		"note": {"type": "string"},
		"model": {"oneOf": [
			{"type": "object", "properties": {"kind": {"const": "flat"}}, "required": ["kind"]},
			{"type": "object", "properties": {"kind": {"const": "per_unit"}}, "required": ["kind"]}
		]},
		"version": {"type": "integer", "minimum": 1}
	},
	"required": ["id", "status", "items", "version"]
}`

// Each rule, by a change that keeps it or breaks it.
func TestWhatBreaksWhoReads(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ what, from, to, broken string }{
		{"nothing", ``, ``, ""},
		{"another description", `{"type": "integer", `, `{"description": "Counts.", "type": "integer", `, ""},

		{"a property more", `"note": {`, `"more": {"type": "string"}, "note": {`, ""},
		{"a property less", `"note": {"type": "string"},`, ``, "/note: the property is gone"},
		{"a property under another name", `"note": {`, `"remark": {`, "/note: the property is gone"},
		{"a property less, deep", `"properties": {"sku": {"type": "string"}}`, `"properties": {}`, "/items/*/sku: the property is gone"},

		{"what was optional is always there", `["id",`, `["note", "id",`, ""},
		{"what was always there is optional", `["id", `, `[`, "/id: it is not always there any more"},
		{"the same, deep", `, "required": ["sku"]`, ``, "/items/*/sku: it is not always there any more"},

		{"another type", `"note": {"type": "string"}`, `"note": {"type": "integer"}`, "/note: the type was [string] and is [integer]"},
		{"a further type", `"note": {"type": "string"}`, `"note": {"type": ["string", "integer"]}`, "/note: the type was"},
		{"any type", `"note": {"type": "string"}`, `"note": {}`, "/note: the type was [string] and is []"},
		{
			"null comes", `"note": {"type": "string"}`, `"note": {"anyOf": [{"type": "string"}, {"type": "null"}]}`,
			"/note: the type was [string] and is [string null]",
		},
		{
			"null goes", `{"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}`,
			`{"type": "string", "format": "date-time"}`, "",
		},

		{"a value more", `"done"]`, `"done", "failed"]`, `/status: "failed" is a new value`},
		{"a value less", `, "done"]`, `]`, `/status: "done" is no value any more`},
		{"any value", `, "enum": ["pending", "done"]`, ``, `/status: "pending" is no value any more`},
		{"some values alone", `"note": {"type": "string"}`, `"note": {"type": "string", "enum": ["a", "b"]}`, ""},

		{"another thing in a list", `{"$ref": "#/$defs/a.Item"}`, `{"type": "string"}`, "/items/*/sku: the property is gone"},
		{"anything in a list", `, "items": {"$ref": "#/$defs/a.Item"}`, ``, "/items/*: it can be anything now"},
		{
			"another thing in a map", `"additionalProperties": {"type": "string"}`, `"additionalProperties": {"type": "boolean"}`,
			"/labels/*: the type was [string] and is [boolean]",
		},

		{"an alternative more", `"model": {"oneOf": [`, `"model": {"oneOf": [{"type": "string"}, `, "/model: there were 2 alternatives and are 3"},
		{"another alternative", `"const": "flat"`, `"const": "tiered"`, "/model/kind: const was flat and is tiered"},

		{"another pattern", `"^ord_"`, `"^order_"`, "/id: pattern was ^ord_ and is ^order_"},
		{"no pattern", `, "pattern": "^ord_"`, ``, "/id: pattern was ^ord_ and is <nil>"},
		{"a pattern where there was none", `"note": {`, `"note": {"pattern": "^a", `, ""},
		{"no format", `, "format": "date-time"`, ``, "/ended_at: format was date-time and is <nil>"},
		{"another bound", `"minimum": 1`, `"minimum": 0`, "/version: minimum was 1 and is 0"},
	} {
		require.True(t, row.from == "" || strings.Count(published, row.from) == 1, "%s: there is one such place", row.what)
		present := strings.Replace(published, row.from, row.to, 1)
		breaks, err := schemas.Breaks(map[string][]byte{"t.v1": []byte(published)}, map[string][]byte{"t.v1": []byte(present)})
		require.NoError(t, err, row.what)
		if row.broken == "" {
			require.Empty(t, breaks, row.what)
			continue
		}
		require.NotEmpty(t, breaks, row.what)
		require.Contains(t, breaks[0].String(), "t.v1 "+row.broken, row.what)
	}

	breaks, err := schemas.Breaks(map[string][]byte{"t.v1": []byte(published)}, map[string][]byte{"t.v2": []byte(published)})
	require.NoError(t, err)
	require.Equal(t, []schemas.Break{{Type: "t.v1", What: "the type is gone"}}, breaks)
	breaks, err = schemas.Breaks(nil, map[string][]byte{"t.v1": []byte(published)})
	require.NoError(t, err)
	require.Empty(t, breaks, "a new type breaks nobody")
	_, err = schemas.Breaks(map[string][]byte{"t.v1": []byte("{")}, map[string][]byte{"t.v1": []byte("{}")})
	require.ErrorContains(t, err, "t.v1")
}

// What is published stays as it was promised.
func TestPublishedSchemasAreKept(t *testing.T) {
	t.Parallel()
	module := os.DirFS("../..")
	before, err := schemas.Read(module, schemas.Published)
	require.NoError(t, err)
	require.NotEmpty(t, before, "none is published: go run ./publish ../..")
	present, err := schemas.Generate(module)
	require.NoError(t, err)
	breaks, err := schemas.Breaks(before, present)
	require.NoError(t, err)
	require.Empty(t, breaks, "who reads events would break: give the entity's events a new version (\"placed.v2\"), and let v1 go with a major release")
}

func TestSchemasAreUpToDate(t *testing.T) {
	t.Parallel()
	module := os.DirFS("../..")
	written, err := schemas.Read(module, schemas.Folder)
	require.NoError(t, err)
	fresh, err := schemas.Generate(module)
	require.NoError(t, err)
	require.Equal(t, schemas.Types(fresh), schemas.Types(written), "run `make generate`")
	for _, name := range schemas.Types(fresh) {
		require.Equal(t, string(fresh[name]), string(written[name]), "%s is stale: run `make generate`", name)
	}
}
