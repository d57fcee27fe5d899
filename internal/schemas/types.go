package schemas

import (
	"errors"
	"maps"
	"path"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/internal/docs"
	"github.com/platforma/platforma/order"
)

// types turns Go types into schemas.
type types struct {
	comments docs.Comments
	// structs are those that were met, by the names of their definitions.
	structs map[string]reflect.Type
	failed  []error
}

// reflect makes the schema of a value's type. It is open, as all that is sent
// to readers who must not care for what they do not know.
func (t *types) reflect(of any) (*jsonschema.Schema, error) {
	t.structs, t.failed = map[string]reflect.Type{}, nil
	r := &jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true,
		Namer: name, Mapper: t.mapped, LookupComment: t.comment,
	}
	schema := r.Reflect(of)
	if reflect.TypeOf(of) == reflect.TypeFor[order.Order]() {
		// The price that was sold is kept as text, so that it stays as it is.
		schema.Definitions["order.Item"].Properties.Set("snapshot", &jsonschema.Schema{
			Ref: "#/$defs/catalog.Snapshot", Description: t.comment(reflect.TypeFor[order.Item](), "Snapshot"),
		})
		r.ExpandedStruct = false
		maps.Copy(schema.Definitions, r.Reflect(catalog.Snapshot{}).Definitions)
	}
	for name, definition := range schema.Definitions {
		t.refine(definition, t.structs[name])
	}
	t.refine(schema, reflect.TypeOf(of))
	return schema, errors.Join(t.failed...)
}

// name is what a type is called among the definitions of a schema: "order.Item".
func name(of reflect.Type) string {
	if of.Name() == "" || of.PkgPath() == "" {
		return of.Name()
	}
	return path.Base(of.PkgPath()) + "." + of.Name()
}

// comment is what a type or one of its fields means.
func (t *types) comment(of reflect.Type, field string) string {
	in, ok := strings.CutPrefix(of.PkgPath(), "github.com/platforma/platforma/")
	if !ok {
		return ""
	}
	if field == "" {
		t.structs[name(of)] = of
		text, err := t.comments.Type(in, of.Name())
		t.fail(err)
		return text
	}
	text, err := t.comments.Field(in, of.Name(), field)
	t.fail(err)
	return text
}

func (t *types) fail(err error) {
	if err != nil {
		t.failed = append(t.failed, err)
	}
}

// refine says of a struct's fields what their types alone do not: which may be
// null, and what a text looks like that is more than a text.
func (t *types) refine(schema *jsonschema.Schema, of reflect.Type) {
	if of == nil || of.Kind() != reflect.Struct {
		return
	}
	for f := range of.Fields() {
		if f.Anonymous {
			t.refine(schema, f.Type)
			continue
		}
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		property, ok := schema.Properties.Get(tag)
		if !ok {
			continue
		}
		if form, special := fields[name(of)+"."+f.Name]; special {
			form.Description = property.Description
			property = &form
		}
		if f.Name == "Version" {
			property.Minimum = "1"
		}
		if (f.Type.Kind() == reflect.Pointer || nullable[name(of)+"."+f.Name]) && !strings.Contains(options, "omit") {
			described := property.Description
			property.Description = ""
			property = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{property, {Type: "null"}}, Description: described}
		}
		schema.Properties.Set(tag, property)
	}
}
