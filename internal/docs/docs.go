// Package docs writes the parts of the documentation that the code says
// already: the fields of the entities, with the comments that they have there,
// the state machines, the permissions, the kinds of errors, the example, and the
// storage contract. In a file, such a part stands between two marks:
//
//	<!-- generated: states order -->
//	<!-- end -->
//
// "make generate" makes all of them anew; a test fails while one is stale.
package docs

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

//go:generate go run ./generate ../..

// Files returns the files with generated parts, by their paths from the root
// of the module.
func Files() []string {
	return []string{"README.md", "docs/adapter.md", "docs/model.md", "docs/webhooks.md", "docs/contract.md", "docs/events.md"}
}

var part = regexp.MustCompile(`(?s)<!-- generated: ([^\n]*?) -->\n.*?<!-- end -->`)

// Update returns a file's text with each generated part made anew from the
// module's code.
func Update(module fs.FS, text string) (string, error) {
	code := &source{module: module, packages: map[string]*parsed{}}
	var failed error
	updated := part.ReplaceAllStringFunc(text, func(old string) string {
		name := part.FindStringSubmatch(old)[1]
		body, err := code.part(name)
		if err != nil && failed == nil {
			failed = fmt.Errorf("the part %q: %w", name, err)
		}
		return "<!-- generated: " + name + " -->\n\n" + strings.TrimSpace(body) + "\n\n<!-- end -->"
	})
	return updated, failed
}

// part writes the part of a name: a word for what it is, and what it is of.
func (s *source) part(name string) (string, error) {
	what, of, _ := strings.Cut(name, " ")
	switch what {
	case "states":
		return states(of)
	case "fields":
		return s.fields(of)
	case "events":
		return events(of)
	case "permissions":
		return permissions(), nil
	case "code":
		return s.code(of)
	case "function":
		name, file, _ := strings.Cut(of, " ")
		return s.function(name, file)
	case "kinds":
		return s.kinds()
	case "clauses":
		return contract(), nil
	case "faults":
		return faults(), nil
	default:
		return "", fmt.Errorf("nothing is called %q", what)
	}
}
