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
// methods.
func (s *source) code(name string) (string, error) {
	text, err := fs.ReadFile(s.module, exampleFile)
	if err != nil {
		return "", err
	}
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, exampleFile, text, parser.ParseComments|parser.SkipObjectResolution)
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
			if decl.Recv == nil && decl.Name.Name == name {
				pieces = append(pieces, body(between(decl.Body.Lbrace+1, decl.Body.Rbrace)))
			}
			if decl.Recv != nil && receiver(decl) == name {
				pieces = append(pieces, between(decl.Pos(), decl.End()))
			}
		case *ast.GenDecl:
			if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok && spec.Name.Name == name {
				pieces = append(pieces, between(decl.Doc.Pos(), decl.End()))
			}
		}
	}
	if len(pieces) == 0 {
		return "", fmt.Errorf("%s has no %s", exampleFile, name)
	}
	return "```go\n" + strings.Join(pieces, "\n\n") + "\n```", nil
}

// function is a whole function of a file.
func (s *source) function(name, file string) (string, error) {
	text, err := fs.ReadFile(s.module, file)
	if err != nil {
		return "", err
	}
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, file, text, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	for _, decl := range tree.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == name {
			return "```go\n" + string(text[files.Position(f.Pos()).Offset:files.Position(f.End()).Offset]) + "\n```", nil
		}
	}
	return "", fmt.Errorf("%s has no %s", file, name)
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
