package postgres

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/platforma/platforma/internal/migration"
)

// The rules that a safe database obeys. Each is a file with its name: a comment
// that says what it means to break it, and a query that finds what breaks it,
// with the SQL that mends it. The queries stand on those of the catalog.
//
//go:embed inspect/catalog.sql inspect/rules/*.sql
var inspections embed.FS

// rule is something that holds of every database that is safe.
type rule struct {
	name, meaning string
	query         string // none, where the rule is not about the catalog
	superuser     bool
	advice        bool // a database can be safe without it
}

// bySuperuser is the comment of a rule whose SQL the role that migrates may be
// too weak for, and isAdvice that of one which makes a safe database safer.
const (
	bySuperuser = "Mended by a superuser."
	isAdvice    = "Advice."
)

// rules are all rules, by their names.
var rules = sync.OnceValue(func() map[string]rule {
	all := map[string]rule{}
	for name, meaning := range meanings {
		all[name] = rule{name: name, meaning: meaning}
	}
	paths, _ := fs.Glob(inspections, "inspect/rules/*.sql") // it refuses bad patterns alone
	for _, path := range paths {
		text, _ := inspections.ReadFile(path) // it was just listed
		r := parse(string(text))
		r.name = strings.TrimSuffix(strings.TrimPrefix(path, "inspect/rules/"), ".sql")
		all[r.name] = r
	}
	return all
})

func parse(text string) rule {
	var r rule
	var meaning []string
	for strings.HasPrefix(text, "-- ") {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		switch line = line[len("-- "):]; line {
		case bySuperuser:
			r.superuser = true
		case isAdvice:
			r.advice = true
		default:
			meaning = append(meaning, line)
		}
	}
	r.meaning, r.query = strings.Join(meaning, " "), text
	return r
}

// inspection is the one query that asks for all that the catalog breaks.
var inspection = sync.OnceValue(func() string {
	catalog, _ := inspections.ReadFile("inspect/catalog.sql") // it is embedded
	var queries []string
	for _, name := range slices.Sorted(maps.Keys(rules())) {
		if query := rules()[name].query; query != "" {
			queries = append(queries, fmt.Sprintf("SELECT '%s', object, mend FROM (\n%s) found (object, mend)", name, query))
		}
	}
	// Not UNION ALL, whose branches the planner would take the time to merge.
	return string(catalog) + strings.Join(queries, "\nUNION\n") + "\nORDER BY 1, 2, 3"
})

// found is the finding of a rule that is broken.
func found(name, object, mend string) Finding {
	r := rules()[name]
	return Finding{Rule: name, Object: object, Meaning: r.meaning, Mend: mend, Superuser: r.superuser}
}

// meanings are of the rules that are not about the catalog.
var meanings = map[string]string{
	"server-too-old": "Views that ask the policies for who looks at them, and more that isolation needs, came with PostgreSQL 15.",
	"server-with-known-hole": "This version of the server is known to show rows, or what is in them, that row-level security hides: " +
		"each hole is described under its name.",
	"strings-with-escapes": "Backslashes in strings mean something, which the texts of this library's statements do not expect.",
	"not-migrated":         "The list of migrations is not there, or not for this login, so that nothing is known of the schema.",
	"migrations-pending":   "The schema is an older one than this version of the library works with.",
	"migrations-unknown": "A newer version of the library migrated the database, and this one does not know what that means " +
		"for how tenants are kept apart.",
}

// holes are the known ones that concern policies, or roles that are set, with
// the first minor version of each major one that has none of it. Those of the
// server's other parts are not the library's business.
var holes = []struct {
	name   string
	mended map[int]int
}{
	{"CVE-2023-2455", map[int]int{15: 3}},                 // policies of another role, after inlining
	{"CVE-2023-39418", map[int]int{15: 4}},                // MERGE does not ask the policies of UPDATE and SELECT
	{"CVE-2024-10976", map[int]int{15: 9, 16: 5, 17: 1}},  // policies of another role, beneath a subquery
	{"CVE-2024-10978", map[int]int{15: 9, 16: 5, 17: 1}},  // SET ROLE ends in another role
	{"CVE-2025-8713", map[int]int{15: 14, 16: 10, 17: 6}}, // statistics of rows that policies hide
}

func (f facts) tooOld() bool { return f.version < 150000 }

// report is what the rules say about the facts.
func (f facts) report() Report {
	if f.tooOld() {
		return Report{Findings: []Finding{
			found("server-too-old", fmt.Sprintf("PostgreSQL %d", f.version/10000), "-- move to PostgreSQL 15 or later"),
		}}
	}
	broken, another := f.broken, f.another()
	if len(another) > 0 {
		broken = slices.DeleteFunc(slices.Clone(broken), func(b Finding) bool { return !ofAnyDatabase[b.Rule] })
	}
	all := slices.Concat(f.server(), another, broken)
	slices.SortStableFunc(all, func(x, y Finding) int { return cmp.Compare(x.Rule, y.Rule) })
	var r Report
	for _, one := range all {
		if rules()[one.Rule].advice && !f.sealed {
			r.Advice = append(r.Advice, one)
		} else {
			r.Findings = append(r.Findings, one)
		}
	}
	return r
}

// ofAnyDatabase are the rules about the catalog that say something about any
// database: who logs in. In another schema than this version's all else would be
// wrong.
var ofAnyDatabase = map[string]bool{
	"login-superuser": true, "login-bypasses-policies": true, "login-owns-objects": true, "login-privileged": true,
}

// server are the findings about the server and the connection.
func (f facts) server() []Finding {
	var all []Finding
	major, minor := f.version/10000, f.version%10000
	open, least := []string(nil), 0
	for _, hole := range holes {
		if mended, ok := hole.mended[major]; ok && minor < mended {
			open, least = append(open, hole.name), max(least, mended)
		}
	}
	if len(open) > 0 {
		all = append(all, found("server-with-known-hole", fmt.Sprintf("PostgreSQL %d.%d: %s", major, minor, strings.Join(open, ", ")),
			fmt.Sprintf("-- update the server to PostgreSQL %d.%d or later", major, least)))
	}
	if !f.strings {
		all = append(all, found("strings-with-escapes", "the connection", "-- set standard_conforming_strings = on"))
	}
	return all
}

// another are the findings that the schema, or the roles, are not those that this
// version of the library works with.
func (f facts) another() []Finding {
	const migrate = "-- run postgres.Migrate as the role that owns the schema"
	if !f.migrated {
		return []Finding{found("not-migrated", "the database", migrate)}
	}
	if err := migration.Unknown(Versions(), f.applied); err != nil {
		return []Finding{found("migrations-unknown", err.Error(), "-- use a version of the library that knows them")}
	}
	pending := slices.DeleteFunc(Versions(), func(version string) bool { return slices.Contains(f.applied, version) })
	if len(pending) > 0 {
		return []Finding{found("migrations-pending", strings.Join(pending, ", "), migrate)}
	}
	return slices.DeleteFunc(slices.Clone(f.broken), func(b Finding) bool { return b.Rule != "role-missing" })
}
