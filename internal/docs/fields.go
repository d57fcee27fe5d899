package docs

import (
	"cmp"
	"fmt"
	"go/ast"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fields is a table of the fields of a struct, named as in "order.Order".
func (s *source) fields(of string) (string, error) {
	name, typeName, _ := strings.Cut(of, ".")
	p, err := s.in(name)
	if err != nil {
		return "", err
	}
	rows, err := s.rows(p, typeName)
	return "| field | type | meaning |\n|---|---|---|\n" + rows, err
}

func (s *source) rows(p *parsed, typeName string) (string, error) {
	spec, ok := p.types[typeName]
	if !ok {
		return "", fmt.Errorf("%s has no type %s", p.name, typeName)
	}
	body, ok := spec.Type.(*ast.StructType)
	if !ok {
		return "", fmt.Errorf("%s.%s is no struct", p.name, typeName)
	}
	var b strings.Builder
	for _, field := range body.Fields.List {
		if len(field.Names) == 0 {
			embedded, err := s.rows(p, fmt.Sprint(field.Type))
			if err != nil {
				return "", err
			}
			b.WriteString(embedded)
		}
		for _, ident := range field.Names {
			row, err := s.row(p, typeName, field, ident.Name)
			if err != nil {
				return "", err
			}
			b.WriteString(row)
		}
	}
	return b.String(), nil
}

// row is the row of one field, or nothing where JSON has no such field.
func (s *source) row(p *parsed, typeName string, field *ast.Field, name string) (string, error) {
	json := jsonName(field.Tag)
	if json == "-" || json == "" {
		return "", nil
	}
	meaning, err := s.meaning(p, typeName, name, json, comment(field.Doc), field.Type)
	if err != nil {
		return "", err
	}
	kind, err := s.kind(p, field.Type)
	return fmt.Sprintf("| `%s` | %s | %s |\n", json, kind, meaning), err
}

func jsonName(tag *ast.BasicLit) string {
	if tag == nil {
		return ""
	}
	text, err := strconv.Unquote(tag.Value)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(reflect.StructTag(text).Get("json"), ",")
	return name
}

// meaning is what is said above of the very field; else what its comment says;
// else what is said above of its name; else what its type's comment says. A
// field without a meaning is an error: who adds one says what it is.
func (s *source) meaning(p *parsed, typeName, field, json, doc string, of ast.Expr) (string, error) {
	declared, err := s.typeDoc(p, of, json)
	if err != nil {
		return "", err
	}
	meaning := cmp.Or(common[p.name+"."+typeName+"."+json], sentence(doc, field), common[json], declared)
	if meaning == "" {
		return "", fmt.Errorf("%s.%s.%s has no comment", p.name, typeName, field)
	}
	values, err := s.valuesOf(p, of)
	return meaning + values, err
}

var reference = regexp.MustCompile(`\[([A-Za-z.]+)\]`)

// sentence makes a comment fit for a table: beside the field's name, "Name is
// required" says it twice.
func sentence(text, field string) string {
	if rest, ok := strings.CutPrefix(text, field+" "); ok && field != "" {
		text = strings.TrimPrefix(strings.TrimPrefix(rest, "is "), "are ")
	}
	if text == "" {
		return ""
	}
	text = reference.ReplaceAllString(text, "`$1`")
	text = strings.NewReplacer("|", `\|`, " nil", " null").Replace(text)
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
