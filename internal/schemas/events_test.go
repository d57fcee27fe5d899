package schemas_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/schemas"
)

func temporary() (folder string, remove func(), err error) {
	folder, err = os.MkdirTemp("", "platforma-schemas")
	return folder, func() { _ = os.RemoveAll(folder) }, err
}

// compiled are the schemas as they are written down. Closed, they refuse what
// they do not know, which readers must not.
func compiled(t *testing.T, closed bool) map[string]*jsonschema.Schema {
	t.Helper()
	texts, err := schemas.Read(os.DirFS("../.."), schemas.Folder)
	require.NoError(t, err)
	all := map[string]*jsonschema.Schema{}
	for name, text := range texts {
		document := read(t, text)
		if closed {
			closeAll(document)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft2020)
		c.AssertFormat()
		require.NoError(t, c.AddResource("schema.json", document))
		all[name], err = c.Compile("schema.json")
		require.NoError(t, err, name)
	}
	return all
}

func read(t *testing.T, text []byte) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return document
}

// closeAll closes all objects of a schema that have properties.
func closeAll(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		if _, open := schema["additionalProperties"]; !open && schema["type"] == "object" && schema["properties"] != nil {
			schema["additionalProperties"] = false
		}
		for _, below := range schema {
			closeAll(below)
		}
	case []any:
		for _, below := range schema {
			closeAll(below)
		}
	}
}

// Every event that is emitted is in the catalog and as its schema says, with no
// property that the schema does not know; and every event of the catalog is
// emitted.
func TestEventsAreAsTheirSchemasSay(t *testing.T) {
	t.Parallel()
	all, seen := compiled(t, true), map[string]bool{}
	for _, e := range events(t) {
		schema, known := all[e.Type]
		require.True(t, known, "%s is not in the catalog", e.Type)
		seen[e.Type] = true
		require.NoError(t, schema.Validate(read(t, e.Data)), "%s\n%s", e.Type, e.Data)
		text, err := json.Marshal(e)
		require.NoError(t, err)
		require.NoError(t, all[schemas.Envelope].Validate(read(t, text)), "%s", text)
	}
	for _, d := range platforma.EventTypes() {
		require.True(t, seen[d.Type()], "nothing emits %s", d.Type())
	}
	require.Len(t, all, len(platforma.EventTypes())+1)
}

// A schema that lets anything pass would prove nothing.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	all := compiled(t, false)
	placed := all["platforma.order.placed.v1"]
	var good []byte
	for _, e := range events(t) {
		if e.Type == "platforma.order.placed.v1" {
			good = e.Data
		}
	}
	require.NoError(t, placed.Validate(read(t, good)))
	for _, edit := range []func(o map[string]any){
		func(o map[string]any) { delete(o, "id") },
		func(o map[string]any) { o["id"] = "cust_01h455vb4pex5vsknk084sn02q" },
		func(o map[string]any) { o["status"] = "lost" },
		func(o map[string]any) { o["items"] = nil },
		func(o map[string]any) { o["total_amount"] = 12.5 },
		func(o map[string]any) { o["created_at"] = "yesterday" },
		func(o map[string]any) { o["version"] = json.Number("0") },
		func(o map[string]any) { o["items"].([]any)[0].(map[string]any)["snapshot"] = "none" },
	} {
		o, ok := read(t, good).(map[string]any)
		require.True(t, ok)
		edit(o)
		require.Error(t, placed.Validate(o))
	}
	o, _ := read(t, good).(map[string]any)
	o["loyalty"] = "gold"
	require.NoError(t, placed.Validate(o), "readers ignore what they do not know")
}
