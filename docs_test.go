package platforma_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/docs"
	"github.com/platforma/platforma/storage/storagetest"
	"github.com/platforma/platforma/webhook"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// code is the text of every Go file of the module.
func code(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case path.Ext(name) == ".go":
			b.WriteString(readFile(t, name))
		}
		return nil
	}))
	return b.String()
}

func TestGeneratedDocumentation(t *testing.T) {
	t.Parallel()
	for _, name := range docs.Files() {
		text := readFile(t, name)
		fresh, err := docs.Update(os.DirFS("."), text)
		require.NoError(t, err, name)
		assert.Equal(t, fresh, text, "%s is stale: run `make generate`", name)
	}
}

var (
	guarantees       = regexp.MustCompile(`(?s)<!-- guarantees -->.*<!-- end of guarantees -->`)
	securityPromises = regexp.MustCompile(`(?s)## What is promised, and what shows it\n.*?\n## `)
	quoted           = regexp.MustCompile("`([^`]+)`")
)

// What the README and the page on security promise is what a test holds. A
// clause that each service has is named for all of them by a star.
func TestGuaranteesAreTested(t *testing.T) {
	t.Parallel()
	all := code(t)
	clauses := map[string]bool{}
	for _, clause := range storagetest.Clauses() {
		clauses[clause.Name] = true
		_, name, _ := strings.Cut(clause.Name, "/")
		clauses["*/"+name] = true
	}
	rows := 0
	promised := guarantees.FindString(readFile(t, "README.md")) + securityPromises.FindString(readFile(t, "docs/security.md"))
	for line := range strings.Lines(promised) {
		promise, proof, ok := strings.Cut(strings.Trim(line, "| \n"), " | ")
		if !ok || promise == "promise" || strings.HasPrefix(promise, "---") {
			continue
		}
		rows++
		names := quoted.FindAllStringSubmatch(proof, -1)
		assert.NotEmpty(t, names, "nothing proves %q", promise)
		for _, name := range names {
			known := clauses[name[1]] || strings.Contains(all, "func "+name[1]+"(t *testing.T)")
			assert.True(t, known, "no test %s proves %q", name[1], promise)
		}
	}
	assert.Greater(t, rows, 40)
}

var documentedEvent = regexp.MustCompile("`(platforma\\.[a-z]+\\.[a-z.]+\\.v[0-9]+)`")

// The tables of events are generated; what else names an event names one that
// there is.
func TestEventsAreDocumented(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	for _, d := range platforma.EventTypes() {
		assert.False(t, declared[d.Type()], "%s is declared once", d.Type())
		declared[d.Type()] = true
		assert.FileExists(t, filepath.Join("docs", "events", d.Type()+".json"), "the schema: run `make generate`")
	}
	documented := map[string]bool{}
	for _, found := range documentedEvent.FindAllStringSubmatch(readFile(t, "docs/events.md"), -1) {
		documented[found[1]] = true
	}
	assert.Equal(t, declared, documented)
}

// The schedule of retries is the one that is documented.
func TestTheScheduleIsDocumented(t *testing.T) {
	t.Parallel()
	text := readFile(t, "docs/webhooks.md")
	last := len(webhook.DefaultSchedule())
	for i, wait := range webhook.DefaultSchedule() {
		short := strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(wait.String())
		assert.Contains(t, text, fmt.Sprintf("\n| %d | %s |\n", i+1, short))
	}
	assert.NotContains(t, text, fmt.Sprintf("\n| %d | ", last+1))
}

var (
	link  = regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	block = regexp.MustCompile("(?s)```.*?```")
)

func TestLinksOfTheDocumentation(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	decisions, err := filepath.Glob("docs/decisions/*.md")
	require.NoError(t, err)
	for _, file := range append(append(files, decisions...), "README.md", "CONTRIBUTING.md") {
		for _, found := range link.FindAllStringSubmatch(block.ReplaceAllString(readFile(t, file), ""), -1) {
			if found[1] == "" || strings.Contains(found[1], "://") {
				continue
			}
			assert.FileExists(t, filepath.Join(filepath.Dir(file), found[1]), "linked in %s", file)
		}
	}
}

var target = regexp.MustCompile("`make ([a-z]+)")

// Who is told to run something finds it.
func TestCommandsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	makefile := readFile(t, "Makefile")
	files, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	named := 0
	for _, file := range append(files, "README.md", "CONTRIBUTING.md") {
		for _, found := range target.FindAllStringSubmatch(readFile(t, file), -1) {
			named++
			known := strings.Contains(makefile, "\n.PHONY: "+found[1]+"\n")
			assert.True(t, known, "no target `make %s` of %s", found[1], file)
		}
	}
	assert.Greater(t, named, 5)
	assert.Contains(t, readFile(t, "README.md"), "](docs/bench.svg)", "the picture that `make bench` draws")
}

// A decision is found from the list of them.
func TestDecisionsAreListed(t *testing.T) {
	t.Parallel()
	list := readFile(t, "docs/decisions/README.md")
	files, err := filepath.Glob("docs/decisions/0*.md")
	require.NoError(t, err)
	assert.NotEmpty(t, files)
	for _, file := range files {
		assert.Contains(t, list, "("+filepath.Base(file)+")")
	}
}
