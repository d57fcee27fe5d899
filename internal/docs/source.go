package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// source is the module's code, parsed as far as it was asked for.
type source struct {
	module   fs.FS
	packages map[string]*parsed
}

// parsed is a package's types with their comments, and the constants of each.
type parsed struct {
	name   string
	types  map[string]*ast.TypeSpec
	docs   map[string]string
	values map[string][]constant
}

type constant struct{ name, value, doc string }

// in parses a package of the module, once.
func (s *source) in(name string) (*parsed, error) {
	if p, ok := s.packages[name]; ok {
		return p, nil
	}
	files, err := fs.Glob(s.module, path.Join(name, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &parsed{name: name, types: map[string]*ast.TypeSpec{}, docs: map[string]string{}, values: map[string][]constant{}}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(s.module, file)
		if err != nil {
			return nil, err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range tree.Decls {
			if general, ok := decl.(*ast.GenDecl); ok {
				p.add(general)
			}
		}
	}
	s.packages[name] = p
	return p, nil
}

func (p *parsed) add(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			p.types[spec.Name.Name] = spec
			p.docs[spec.Name.Name] = comment(spec.Doc)
			if len(decl.Specs) == 1 {
				p.docs[spec.Name.Name] = comment(decl.Doc)
			}
		case *ast.ValueSpec:
			of, typed := spec.Type.(*ast.Ident)
			if !typed || len(spec.Values) != 1 {
				continue
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok {
				continue
			}
			if value, err := strconv.Unquote(literal.Value); err == nil {
				p.values[of.Name] = append(p.values[of.Name], constant{spec.Names[0].Name, value, comment(spec.Doc)})
			}
		}
	}
}

// comment is a comment's text in one line.
func comment(group *ast.CommentGroup) string {
	return strings.Join(strings.Fields(group.Text()), " ")
}
