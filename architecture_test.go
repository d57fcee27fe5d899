package platforma_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/platforma/platforma"

// layers are the packages that users import, in the order in which imports
// run: each may import the layers above its own, and no package beside it.
// "." is the root.
var layers = [][]string{
	{"fault"},
	{"money", "page"},
	{"scope"},
	{"event"},
	{"tenant"},
	{"customer", "catalog", "audit"},
	{"order"},
	{"resource"},
	{"webhook"},
	{"storage"},
	{"storage/postgres", "storage/sqlite", "storage/storagetest", "."},
	{"platformatest"},
}

// domains are the layers that know neither SQL nor a driver.
var domains = []string{
	"fault", "money", "page", "scope", "event", "tenant", "customer", "catalog", "order", "resource", "webhook", "audit",
}

// internals are the packages that no user imports: what each imports of this
// module, and by which layers it is imported (nil: by all; none: by tests).
var internals = map[string]struct{ imports, importedBy []string }{
	"internal/aggregate": {imports: []string{"fault", "page", "scope", "event", "internal/check", "internal/clock", "internal/id"}},
	"internal/check":     {imports: []string{"fault"}},
	"internal/clock":     {},
	"internal/id":        {imports: []string{"fault", "internal/clock"}},
	"internal/state":     {imports: []string{"fault"}},
	"internal/words":     {},

	"internal/sqlstore": {
		imports:    append([]string{"storage", "internal/check", "internal/clock", "internal/id", "internal/words"}, domains...),
		importedBy: []string{"storage/postgres", "storage/sqlite"},
	},

	"internal/sqliteguard": {
		imports: []string{"fault", "internal/sqlstore"}, importedBy: []string{"storage/sqlite"},
	},

	"internal/migration": {imports: []string{"fault"}, importedBy: []string{"storage/postgres", "storage/sqlite"}},

	// The tests' own, and what writes the documentation.
	"internal/docs": {
		imports: append([]string{"storage/storagetest", "internal/faulty"}, domains...), importedBy: []string{},
	},
	"internal/docs/generate":      {imports: []string{"internal/docs"}, importedBy: []string{}},
	"internal/faulty":             {imports: append([]string{"storage"}, domains...), importedBy: []string{}},
	"internal/memory":             {imports: append([]string{"storage"}, domains...), importedBy: []string{}},
	"internal/postgresserver":     {importedBy: []string{}},
	"internal/postgresserver/run": {imports: []string{"internal/postgresserver"}, importedBy: []string{}},
	"internal/model":              {importedBy: []string{}}, // tests alone
	"internal/counttest":          {importedBy: []string{}}, // tests alone
	"internal/shield":             {importedBy: []string{}}, // tests alone
	"internal/survival":           {importedBy: []string{}}, // tests alone
	"internal/pgbouncertest":      {importedBy: []string{}},
	"internal/faultproxy":         {importedBy: []string{}},
	"internal/adversity":          {importedBy: []string{}}, // tests alone
	"internal/postgrestest": {
		imports: []string{"storage", "storage/postgres", "storage/storagetest", "internal/sqlstore"}, importedBy: []string{},
	},
}

// modules are the third-party modules that the root module's packages need,
// other than for tests.
// Everybody who imports the library gets them, so a new one is a decision:
// docs/decisions says why it is worth it.
var modules = []struct {
	path   string
	direct bool // imported by a package of ours, not just by another module
}{
	{"github.com/bojanz/address", true},
	{"github.com/bojanz/currency", true},
	{"github.com/cockroachdb/apd/v3", false}, // currency
	{"github.com/dustin/go-humanize", false}, // modernc.org/sqlite
	{"github.com/google/go-cmp", true},       // storage/storagetest alone
	{"github.com/google/uuid", false},        // modernc.org/sqlite
	{"github.com/jackc/pgpassfile", false},
	{"github.com/jackc/pgservicefile", false},
	{"github.com/jackc/pgx/v5", true},
	{"github.com/jackc/puddle/v2", false},       // pgx
	{"github.com/jinzhu/inflection", false},     // bun
	{"github.com/puzpuzpuz/xsync/v3", false},    // bun
	{"github.com/remyoudompheng/bigfft", false}, // modernc.org/mathutil
	{"github.com/shopspring/decimal", true},
	{"github.com/tmthrgd/go-hex", false}, // bun
	{"github.com/uptrace/bun", true},
	{"github.com/uptrace/bun/dialect/pgdialect", true},
	{"github.com/uptrace/bun/dialect/sqlitedialect", true},
	{"github.com/uptrace/bun/driver/sqliteshim", true},
	{"github.com/vmihailenco/msgpack/v5", false},   // bun
	{"github.com/vmihailenco/tagparser/v2", false}, // msgpack
	{"golang.org/x/sync", false},                   // puddle
	{"golang.org/x/sys", false},                    // modernc.org/libc
	{"golang.org/x/text", true},
	{"modernc.org/libc", false},
	{"modernc.org/mathutil", false},
	{"modernc.org/memory", false},
	{"modernc.org/sqlite", true},
}

// drivers are what the root and the domains never reach, by whatever way.
// database/sql/driver is not among them: values that can be stored name its
// interfaces.
var drivers = regexp.MustCompile(`^(database/sql|github\.com/uptrace/bun(/.*)?|github\.com/jackc/.*|` +
	`github\.com/mattn/go-sqlite3|modernc\.org/sqlite(/.*)?)$`)

const (
	mostLines   = 600 // of one file
	medianLines = 120
)

// goPackage is what "go list" says about a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Module     *struct{ Path string }
	Imports    []string
	Deps       []string
}

// name is the package's path inside this module, "." for its root.
func (p goPackage) name() string { return inside(p.ImportPath) }

func inside(importPath string) string {
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/"), ".")
}

func isOurs(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// list runs "go list" for one platform, so that the outcome is the same on
// all of them.
func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Standard,Module,Imports,Deps"}, args...)...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())

	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p goPackage
		require.NoError(t, decoder.Decode(&p))
		all = append(all, p)
	}
	return all
}

// layerOf is the index of a package's layer, -1 where it has none.
func layerOf(name string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, name) })
}

func isExample(name string) bool { return strings.HasPrefix(name, "examples/") }

// isForTests says whether only tests import a package.
func isForTests(name string) bool {
	own, ok := internals[name]
	return ok && own.importedBy != nil && len(own.importedBy) == 0
}

func isKnown(name string) bool {
	_, internal := internals[name]
	return internal || layerOf(name) >= 0 || isExample(name)
}

// mayImport says whether the table lets one package of this module import
// another.
func mayImport(from, to string) bool {
	if own, ok := internals[from]; ok {
		return slices.Contains(own.imports, to)
	}
	here, there := layerOf(from), layerOf(to)
	if isExample(from) { // the last layer, and a user
		return there >= 0
	}
	if target, ok := internals[to]; ok {
		return target.importedBy == nil || slices.Contains(target.importedBy, from)
	}
	return there >= 0 && there < here
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		if !assert.True(t, isKnown(p.name()),
			"package %s is new: say in the tables of architecture_test.go (layers, internals) where it stands", p.name()) {
			continue
		}
		for _, to := range p.Imports {
			if isOurs(to) && isKnown(inside(to)) {
				assert.True(t, mayImport(p.name(), inside(to)), "%s must not import %s: "+
					"declare there what is needed, and let the root hand it in", p.name(), inside(to))
			}
		}
	}
}

// Some of what the tables say, in case they are changed.
func TestMayImport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"order", "catalog", true},
		{"catalog", "order", false},
		{"customer", "catalog", false},
		{"catalog", "customer", false},
		{".", "storage", true},
		{".", "storage/sqlite", false},
		{"storage/sqlite", "storage/postgres", false},
		{"storage/postgres", ".", false},
		{"storage/storagetest", "storage/sqlite", false},
		{"storage/sqlite", "internal/sqlstore", true},
		{"order", "internal/sqlstore", false},
		{".", "internal/sqlstore", false},
		{"tenant", "internal/id", true},
		{"internal/id", "tenant", false},
		{"internal/aggregate", "event", true},
		{"internal/aggregate", "tenant", false},
		{"internal/sqlstore", "storage/sqlite", false},
		{"storage/postgres", "internal/postgresserver", false},
		{"examples/quickstart", "storage/sqlite", true},
		{"examples/quickstart", "internal/id", false},
	} {
		assert.Equal(t, c.want, mayImport(c.from, c.to), "%s → %s", c.from, c.to)
	}
}

func TestDomainsKnowNoSQL(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		own, isInternal := internals[p.name()]
		if !slices.Contains(domains, p.name()) && p.name() != "storage" && p.name() != "." &&
			(!isInternal || own.importedBy != nil) {
			continue
		}
		for _, dep := range p.Deps {
			assert.NotRegexp(t, drivers, dep, "%s reaches it", p.name())
		}
	}
}

func TestModules(t *testing.T) {
	t.Parallel()
	var ours []goPackage
	args := []string{"-deps"}
	for _, p := range list(t, "./...") {
		if !isForTests(p.name()) {
			ours, args = append(ours, p), append(args, p.ImportPath)
		}
	}
	all, direct, moduleOf := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, p := range list(t, args...) {
		if p.Module != nil && p.Module.Path != module {
			all[p.Module.Path] = true
			moduleOf[p.ImportPath] = p.Module.Path
		}
	}
	for _, p := range ours {
		for _, to := range p.Imports {
			if m, ok := moduleOf[to]; ok {
				direct[m] = true
			}
		}
	}
	required := requirements(t)

	known, knownDirect := map[string]bool{}, map[string]bool{}
	for _, m := range modules {
		known[m.path], knownDirect[m.path] = true, m.direct
		assert.True(t, required[m.path], "the table of modules in architecture_test.go has %s, and go.mod does not", m.path)
	}
	for m := range all {
		assert.True(t, known[m], "a new module, %s, reaches everybody who imports the library: "+
			"do without it, or write down why and add it to the table of modules in architecture_test.go", m)
	}
	for m := range direct {
		assert.True(t, knownDirect[m], "%s is imported directly now: say so in the table of modules in architecture_test.go", m)
	}
}

// requirements are the modules that go.mod names.
func requirements(t *testing.T) map[string]bool {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	require.NoError(t, err)
	var file struct {
		Require []struct{ Path string }
	}
	require.NoError(t, json.Unmarshal(out, &file))
	all := map[string]bool{}
	for _, r := range file.Require {
		all[r.Path] = true
	}
	return all
}

// Generated files are nobody's reading.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	var lines []int
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || generated.Match(text) {
			return err
		}
		n := bytes.Count(text, []byte("\n"))
		assert.LessOrEqual(t, n, mostLines, "lines of %s: it holds more than one idea", name)
		lines = append(lines, n)
		return nil
	})
	require.NoError(t, err)
	slices.Sort(lines)
	assert.LessOrEqual(t, lines[len(lines)/2], medianLines, "lines of the median file")
}
