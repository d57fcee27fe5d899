package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/platforma/platforma/fault"
)

// unrefused are the commands that nobody is refused.
var unrefused = []string{"settle", "crash", "restart", "clock", "back_end", "watcher"}

// untested are the kinds of commands that never succeeded, or were never
// refused: what is said of them was not put to the test.
func untested(seen map[outcome]int) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		if seen[outcome{name, ""}] == 0 {
			all = append(all, name+" never succeeded")
		}
		if !slices.Contains(unrefused, name) && len(refusals(seen, name)) == 0 {
			all = append(all, name+" was never refused")
		}
	}
	return all
}

func refusals(seen map[outcome]int, op string) []outcome {
	var all []outcome
	for o := range seen {
		if o.op == op && o.kind != "" {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b outcome) int { return cmp.Compare(a.kind, b.kind) })
	return all
}

// table shows what came of each kind of command, and how often.
func table(seen map[outcome]int) string {
	short := map[fault.Kind]string{
		fault.ErrConflict: "conflict", fault.ErrKeyReused: "key reused", fault.ErrNoScope: "no scope",
		fault.ErrState: "state", fault.ErrSuspended: "suspended",
	}
	var b strings.Builder
	b.WriteString("| command | done | refused |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		var parts []string
		for _, o := range refusals(seen, name) {
			parts = append(parts, fmt.Sprintf("%s %d", cmp.Or(short[o.kind], string(o.kind)), seen[o]))
		}
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", name, seen[outcome{name, ""}], strings.Join(parts, ", "))
	}
	return b.String()
}

// total is how many commands were done or refused.
func total(seen map[outcome]int) (count int) {
	for _, n := range seen {
		count += n
	}
	return count
}
