package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
)

// exampleFile holds what users write. It is compiled and run as a test.
const exampleFile = "example_test.go"

// code is a piece of the example: the body of a function, or a type with its
// methods. Of another file, whose path follows the name, it is the whole
// function.
func (s *source) code(of string) (string, error) {
	name, file, whole := strings.Cut(of, " ")
	if !whole {
		file = exampleFile
	}
	text, err := fs.ReadFile(s.module, file)
	if err != nil {
		return "", err
	}
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	between := func(from, to token.Pos) string {
		return string(text[files.Position(from).Offset:files.Position(to).Offset])
	}
	var pieces []string
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if whole && decl.Name.Name == name {
				pieces = append(pieces, between(decl.Pos(), decl.End()))
			} else if decl.Recv == nil && decl.Name.Name == name {
				pieces = append(pieces, body(between(decl.Body.Lbrace+1, decl.Body.Rbrace)))
			}
			if !whole && decl.Recv != nil && receiver(decl) == name {
				pieces = append(pieces, between(decl.Pos(), decl.End()))
			}
		case *ast.GenDecl:
			if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok && spec.Name.Name == name {
				pieces = append(pieces, between(decl.Doc.Pos(), decl.End()))
			}
		}
	}
	if len(pieces) == 0 {
		return "", fmt.Errorf("%s has no %s", file, name)
	}
	return "```go\n" + strings.Join(pieces, "\n\n") + "\n```", nil
}

func receiver(method *ast.FuncDecl) string {
	of := method.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	return fmt.Sprint(of)
}

// body is a function's body as a text of its own.
func body(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\n\t", "\n"))
}
