// Command generate makes the generated parts of the documentation anew; its
// argument is the folder of the module.
package main

import (
	"fmt"
	"os"

	"github.com/platforma/platforma/internal/docs"
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: generate FOLDER")
	}
	root, err := os.OpenRoot(os.Args[1])
	if err != nil {
		fail(err)
	}
	for _, name := range docs.Files() {
		if err := generate(root, name); err != nil {
			fail(name, err)
		}
	}
}

func generate(root *os.Root, name string) error {
	old, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	text, err := docs.Update(root.FS(), string(old))
	if err != nil || text == string(old) {
		return err
	}
	return root.WriteFile(name, []byte(text), 0o644)
}

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, what...)
	os.Exit(1)
}
