package docs

import (
	"fmt"
	"go/ast"
	"strings"
)

// foreign are the types of JSON that other packages' types are.
var foreign = map[string]string{
	"time.Time":       "time",
	"money.Quantity":  "decimal",
	"money.Currency":  "text",
	"money.Amount":    "amount",
	"money.Rate":      "rate",
	"money.Exact":     "exact amount",
	"netip.Addr":      "IP address",
	"netip.Prefix":    "CIDR block",
	"json.RawMessage": "JSON",
}

// kind is the type of a field in words.
func (s *source) kind(p *parsed, of ast.Expr) (string, error) {
	switch of := of.(type) {
	case *ast.StarExpr:
		inner, err := s.kind(p, of.X)
		return inner + " or null", err
	case *ast.ArrayType:
		inner, err := s.kind(p, of.Elt)
		return "list of " + inner, err
	case *ast.MapType:
		inner, err := s.kind(p, of.Value)
		return "map of " + inner, err
	case *ast.SelectorExpr:
		name := fmt.Sprint(of.X) + "." + of.Sel.Name
		if kind, ok := foreign[name]; ok {
			return kind, nil
		}
		other, err := s.in(fmt.Sprint(of.X))
		if err != nil {
			return "", err
		}
		return s.named(other, of.Sel.Name)
	case *ast.Ident:
		switch of.Name {
		case "string":
			return "text", nil
		case "int", "int64":
			return "integer", nil
		case "bool":
			return "boolean", nil
		}
		return s.named(p, of.Name)
	default:
		return "", fmt.Errorf("%T is no type of a field", of)
	}
}

// named is the type of JSON that a type of the module's is.
func (s *source) named(p *parsed, name string) (string, error) {
	spec, ok := p.types[name]
	if !ok {
		return "", fmt.Errorf("%s has no type %s", p.name, name)
	}
	switch {
	case strings.HasSuffix(name, "ID"):
		return "id", nil
	case name == "Range":
		return "range of addresses", nil
	}
	if _, isStruct := spec.Type.(*ast.StructType); isStruct {
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name)), nil
	}
	if _, isInterface := spec.Type.(*ast.InterfaceType); isInterface {
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name)), nil
	}
	return s.kind(p, spec.Type)
}

// declared finds the declaration of a type of the module.
func (s *source) declared(p *parsed, of ast.Expr) (*parsed, string, error) {
	switch of := of.(type) {
	case *ast.StarExpr:
		return s.declared(p, of.X)
	case *ast.ArrayType:
		return s.declared(p, of.Elt)
	case *ast.Ident:
		return p, of.Name, nil
	case *ast.SelectorExpr:
		name := fmt.Sprint(of.X)
		if _, ok := foreign[name+"."+of.Sel.Name]; ok {
			return nil, "", nil
		}
		other, err := s.in(name)
		return other, of.Sel.Name, err
	default:
		return nil, "", nil
	}
}

// typeDoc is what the comment of a field's type says of it.
func (s *source) typeDoc(p *parsed, of ast.Expr, json string) (string, error) {
	declared, name, err := s.declared(p, of)
	if err != nil || declared == nil {
		return "", err
	}
	doc := declared.docs[name]
	if strings.HasSuffix(name, "ID") && json == "id" {
		// `ID names a customer: "cust_" and 26 characters.`
		_, form, _ := strings.Cut(doc, ": ")
		return strings.ReplaceAll(form, `"`, "`"), nil
	}
	return sentence(doc, name), nil
}

// valuesOf lists the values that a field can have, where its type has only
// some.
func (s *source) valuesOf(p *parsed, of ast.Expr) (string, error) {
	declared, name, err := s.declared(p, of)
	if err != nil || declared == nil || len(declared.values[name]) < 2 {
		return "", err
	}
	var values []string
	for _, c := range declared.values[name] {
		values = append(values, "`"+c.value+"`")
	}
	return " One of " + strings.Join(values, ", ") + ".", nil
}

// kinds is a table of the kinds of errors.
func (s *source) kinds() (string, error) {
	p, err := s.in("fault")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| kind | when |\n|---|---|\n")
	for _, c := range p.values["Kind"] {
		if c.doc == "" {
			return "", fmt.Errorf("fault.%s has no comment", c.name)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.name, sentence(strings.TrimPrefix(c.doc, c.name+": "), c.name))
	}
	return b.String(), nil
}
