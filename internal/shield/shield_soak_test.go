//go:build soak

package shield

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/counttest"
)

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// again are the suites that say once more, in another mode, what others say.
const again = "^(TestContractBehindPooler|TestContractWithLogins|TestContractOnASealedDatabase|TestContractInAFile)$"

// TestSoakGuards runs every suite without each guard, one package at a time, and
// says which tests notice. No guard is begun after DURATION; -run
// TestSoakGuards/a_cursor_is_of_its_tenant takes one.
func TestSoakGuards(t *testing.T) { //nolint:paralleltest // each takes the whole machine
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	began := time.Now()
	for _, g := range guards() { //nolint:paralleltest // see above
		t.Run(g.name, func(t *testing.T) {
			if time.Since(began) > duration {
				t.Skipf("not begun within %s: a longer DURATION, or -run, takes it", duration)
			}
			output := g.remove(t, root, time.Hour, "-p", "1", "-timeout", "20m", "-skip", again, ".", "./scope", "./tenant", "./page",
				"./event", "./resource", "./order", "./customer", "./catalog", "./internal/model",
				"./internal/sqliteguard", "./storage/...")
			var all []string
			for _, m := range failed.FindAllStringSubmatch(output, -1) {
				all = append(all, m[1])
			}
			slices.Sort(all)
			all = slices.Compact(all)
			counttest.Logf(t, "without it: missed by %d tests: %v", len(all), all)
		})
	}
}
