package docs

import (
	"fmt"
	"go/ast"
	"io/fs"
	"strings"
)

// Comments tells what the documentation says of the module's types.
type Comments struct{ code *source }

// NewComments returns the comments of a module's code.
func NewComments(module fs.FS) Comments {
	return Comments{&source{module: module, packages: map[string]*parsed{}}}
}

// Type is the comment of a type of a package: "order", "Item".
func (c Comments) Type(in, name string) (string, error) {
	p, err := c.code.in(in)
	if err != nil {
		return "", err
	}
	return plain(p.docs[name]), nil
}

// Field is what a field of a struct means. One without a meaning is an error.
func (c Comments) Field(in, of, name string) (string, error) {
	p, err := c.code.in(in)
	if err != nil {
		return "", err
	}
	spec, ok := p.types[of]
	if !ok {
		return "", fmt.Errorf("%s has no type %s", in, of)
	}
	body, ok := spec.Type.(*ast.StructType)
	if !ok {
		return "", fmt.Errorf("%s.%s is no struct", in, of)
	}
	for _, field := range body.Fields.List {
		for _, ident := range field.Names {
			if ident.Name == name {
				meaning, err := c.code.meaning(p, of, name, jsonName(field.Tag), comment(field.Doc), field.Type)
				return plain(meaning), err
			}
		}
	}
	return "", fmt.Errorf("%s.%s has no field %s", in, of, name)
}

// Values are the values that a type of texts can have, or none where it can
// have any.
func (c Comments) Values(in, of string) ([]string, error) {
	p, err := c.code.in(in)
	if err != nil || len(p.values[of]) < 2 {
		return nil, err
	}
	var values []string
	for _, constant := range p.values[of] {
		values = append(values, constant.value)
	}
	return values, nil
}

// plain is a text outside of a table.
func plain(text string) string {
	return strings.ReplaceAll(reference.ReplaceAllString(text, "`$1`"), `\|`, "|")
}
