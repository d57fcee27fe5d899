//go:build soak

package model

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSoakFaults plants one fault at a time into a good driver. Each is found
// within some sequences, and cut down to the few commands that show it: they
// are what TestShrunk keeps. No fault is begun after DURATION.
func TestSoakFaults(t *testing.T) {
	t.Parallel()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	end := time.Now().Add(duration)
	const most, short = 5000, 5
	for _, name := range slices.Sorted(maps.Keys(planted)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if time.Now().After(end) {
				t.Skipf("not begun within %s: a longer DURATION, or -run, takes it", duration)
			}
			b := &bench{open: alone, faulty: planted[name], seen: map[outcome]int{}}
			fails := func(commands []command) bool { return b.run(t, commands) != nil }
			for seed := 1; seed <= most; seed++ {
				commands := sequences().Example(seed)
				if !fails(commands) {
					continue
				}
				left := cut(commands, fails)
				t.Logf("seed %d: %d of %d commands%s", seed, len(left), len(commands), listed(left))
				require.LessOrEqual(t, len(left), short)
				return
			}
			t.Fatalf("not found in %d sequences", most)
		})
	}
}
