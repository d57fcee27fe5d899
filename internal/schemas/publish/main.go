// Command publish makes the present schemas those of a release, which all later
// ones must be compatible with; its argument is the folder of the library's
// module. It refuses what would break who reads events.
package main

import (
	"fmt"
	"os"

	"github.com/platforma/platforma/internal/schemas"
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: publish FOLDER")
	}
	root, err := os.OpenRoot(os.Args[1])
	if err != nil {
		fail(err)
	}
	present, err := schemas.Generate(root.FS())
	if err != nil {
		fail(err)
	}
	published, err := schemas.Read(root.FS(), schemas.Published)
	if err != nil {
		fail(err)
	}
	breaks, err := schemas.Breaks(published, present)
	if err != nil {
		fail(err)
	}
	if len(breaks) > 0 {
		for _, b := range breaks {
			fmt.Fprintln(os.Stderr, b)
		}
		fail("these changes break who reads events: they need new versions of the types")
	}
	if err := schemas.Write(root, schemas.Published, present); err != nil {
		fail(err)
	}
}

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, what...)
	os.Exit(1)
}
