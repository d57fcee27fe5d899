package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma/internal/faulty"
	"github.com/platforma/platforma/storage/storagetest"
)

// contract lists the clauses of the storage contract with their rules.
func contract() string {
	var b strings.Builder
	b.WriteString("| clause | rule |\n|---|---|\n")
	for _, c := range storagetest.Clauses() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, cell(c.Rule))
	}
	return b.String()
}

// faults lists what was planted in a good adapter, and which clauses found it.
func faults() string {
	var b strings.Builder
	b.WriteString("| fault | what is wrong | clauses that fail |\n|---|---|---|\n")
	for _, f := range faulty.All() {
		var names []string
		for _, c := range f.Clauses {
			if !slices.Contains(f.Also, c) {
				names = append(names, "`"+c+"`")
			}
		}
		for _, c := range f.Also {
			names = append(names, "(`"+c+"`)")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(f.Name), cell(f.What), strings.Join(names, ", "))
	}
	return b.String()
}

// cell is a text in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
