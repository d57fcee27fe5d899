package faulty

import (
	_ "embed"
	"strings"
)

// found is which clauses find which fault: the fault's name in a line, and each
// clause in one of its own, behind a tab. "go test -run TestFaults
// ./storage/storagetest -update" writes it down.
//
//go:embed clauses.txt
var found string

// clauses are the clauses that fail, by the names of the faults.
func clauses() map[string][]string {
	all, fault := map[string][]string{}, ""
	for line := range strings.Lines(found) {
		line = strings.TrimSuffix(line, "\n")
		if clause, ok := strings.CutPrefix(line, "\t"); ok {
			all[fault] = append(all[fault], clause)
		} else {
			fault = line
		}
	}
	return all
}
