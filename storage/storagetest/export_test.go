package storagetest

import (
	"slices"
	"testing"
)

// RunOnly is Run with the clauses of some names.
func RunOnly(t *testing.T, open Open, names []string) {
	t.Helper()
	run(t, open, &Options{}, slices.DeleteFunc(clauses(), func(c clause) bool { return !slices.Contains(names, c.name) }))
}
