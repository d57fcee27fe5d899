// Command generate makes the schemas of the events anew; its argument is the
// folder of the library's module.
package main

import (
	"fmt"
	"os"

	"github.com/platforma/platforma/internal/schemas"
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: generate FOLDER")
	}
	root, err := os.OpenRoot(os.Args[1])
	if err != nil {
		fail(err)
	}
	all, err := schemas.Generate(root.FS())
	if err != nil {
		fail(err)
	}
	if err := schemas.Write(root, schemas.Folder, all); err != nil {
		fail(err)
	}
}

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, what...)
	os.Exit(1)
}
