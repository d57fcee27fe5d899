package postgres

import (
	"maps"
	"slices"

	"github.com/platforma/platforma/fault"
)

// unacceptable are the rules without which nothing works.
func unacceptable() []string {
	return []string{"server-too-old", "strings-with-escapes", "not-migrated", "migrations-pending", "migrations-unknown"}
}

// checkAccepted refuses what a host cannot accept, or does not say why.
func checkAccepted(accept map[string]string) error {
	var f fault.Fields
	for _, name := range slices.Sorted(maps.Keys(accept)) {
		_, known := rules()[name]
		switch {
		case !known:
			f.Add("accept."+name, "must be a rule of docs/postgres.md")
		case slices.Contains(unacceptable(), name):
			f.Add("accept."+name, "cannot be accepted: the library does not work without it")
		case accept[name] == "":
			f.Add("accept."+name, "must say why it is accepted")
		}
	}
	return f.Err("postgres.open", "", "")
}

// without is the report without the findings of some rules, and without advice.
func (r Report) without(accepted map[string]string) Report {
	return Report{Findings: slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool {
		_, is := accepted[f.Rule]
		return is
	})}
}
