//go:build soak

package shield

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// TestSoakGuards runs every suite without each guard, and says which tests
// notice.
func TestSoakGuards(t *testing.T) { //nolint:paralleltest // each takes the whole machine
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, g := range guards() { //nolint:paralleltest // see above
		t.Run(g.name, func(t *testing.T) {
			output := g.remove(t, root, "-timeout", "10m", ".", "./scope", "./tenant", "./page", "./event", "./resource", "./order",
				"./customer", "./catalog", "./internal/model", "./internal/sqliteguard", "./storage/...")
			var all []string
			for _, m := range failed.FindAllStringSubmatch(output, -1) {
				all = append(all, m[1])
			}
			slices.Sort(all)
			t.Logf("noticed by %d tests: %v", len(all), slices.Compact(all))
		})
	}
}
