package bench_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/world"
)

// rows are all rows of a world's database.
type rows struct {
	world *world.World
	now   []string
}

// changes returns what becomes of all rows of all tables while something is
// done: those that came (+) and those that went (-), ids and times aside.
func (r *rows) changes(t *testing.T, do func()) []string {
	t.Helper()
	before := r.now
	if before == nil {
		before = r.read(t)
	}
	do()
	after := r.read(t)
	r.now = after
	went, came := difference(before, after)
	known := map[string]bool{}
	for _, row := range before {
		for _, id := range ids.FindAllString(row, -1) {
			known[id] = true
		}
	}
	var changed []string
	for _, row := range went {
		changed = append(changed, "-"+row)
	}
	for _, row := range came {
		changed = append(changed, "+"+row)
	}
	return anonymous(changed, known)
}

func (r *rows) read(t *testing.T) []string {
	t.Helper()
	all, err := r.world.Rows(t.Context())
	require.NoError(t, err)
	return all
}

// difference returns what only one of two lists has, whatever their order.
func difference(a, b []string) (onlyA, onlyB []string) {
	count := map[string]int{}
	for _, text := range a {
		count[text]++
	}
	for _, text := range b {
		if count[text]--; count[text] < 0 {
			onlyB = append(onlyB, text)
		}
	}
	for _, text := range a {
		if count[text] > 0 {
			count[text]--
			onlyA = append(onlyA, text)
		}
	}
	return onlyA, onlyB
}

var (
	moments = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00(:00)?)|\b1[6-9]\d{14}\b`)
	ids     = regexp.MustCompile(`\b(ord|item|evt|prod)_[0-9a-hjkmnp-tv-z]{26}`)
)

// anonymous replaces times by one word, and ids that were not known before by
// numbers, in the order in which rows that are the same but for their ids are
// sorted: whatever refers to an id still refers to the right one.
func anonymous(rows []string, known map[string]bool) []string {
	masked := make(map[string]string, len(rows))
	for i, row := range rows {
		rows[i] = moments.ReplaceAllString(row, "time")
		masked[rows[i]] = ids.ReplaceAllStringFunc(rows[i], func(id string) string {
			if known[id] {
				return id
			}
			return strings.SplitN(id, "_", 2)[0]
		})
	}
	slices.SortFunc(rows, func(a, b string) int {
		if c := strings.Compare(masked[a], masked[b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	numbers := map[string]string{}
	for i, row := range rows {
		rows[i] = ids.ReplaceAllStringFunc(row, func(id string) string {
			if known[id] {
				return id
			}
			if numbers[id] == "" {
				numbers[id] = fmt.Sprintf("%s_%d", strings.SplitN(id, "_", 2)[0], len(numbers))
			}
			return numbers[id]
		})
	}
	return rows
}
