// Package schemas makes a JSON Schema of each event's data from the Go types
// and their comments, and says which changes of a published one break nobody.
// It is a module of its own, so that what makes and reads schemas reaches nobody
// who imports the library.
package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"github.com/invopop/jsonschema"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/docs"
)

//go:generate go run ./generate ../..

// Folder is where the schemas are, from the root of the library's module.
const Folder = "docs/events"

// Envelope names the schema of what is around the data.
const Envelope = "platforma.event.v1"

// address is where the repository has the schemas; an id need not be fetched.
const address = "https://github.com/platforma/platforma/docs/events/"

// Generate makes the schema of each event's data, and of the envelope, by the
// event's type. The module is the library's code, for its comments.
func Generate(module fs.FS) (map[string][]byte, error) {
	types := &types{comments: docs.NewComments(module)}
	all := map[string][]byte{}
	for _, d := range platforma.EventTypes() {
		schema, err := types.schema(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Type(), err)
		}
		if all[d.Type()], err = text(schema); err != nil {
			return nil, err
		}
	}
	var err error
	all[Envelope], err = text(envelope())
	return all, err
}

// schema is the schema of an event's data.
func (t *types) schema(d event.Definition) (*jsonschema.Schema, error) {
	schema, err := t.reflect(d.Data)
	if err != nil {
		return nil, err
	}
	schema.ID = jsonschema.ID(address + d.Type() + ".json")
	schema.Title = d.Type()
	schema.Description = d.When + " The data: " + schema.Description
	return schema, nil
}

// text is a schema as it is written, the same each time.
func text(schema *jsonschema.Schema) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(schema)
	return b.Bytes(), err
}

// Types are the names of schemas, sorted.
func Types(all map[string][]byte) []string {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
