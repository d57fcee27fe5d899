package shield

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/counttest"
)

// TestGuards takes the guards away one after the other: each compiles much.
func TestGuards(t *testing.T) { //nolint:paralleltest // see above
	if testing.Short() {
		t.Skip("it compiles the packages anew for each guard")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	all, noticed := guards(), 0
	for _, g := range all {
		if t.Run(g.name, func(t *testing.T) { g.remove(t, root, 10*time.Minute, "-failfast", "-run", g.notice, g.pkg) }) {
			noticed++
		}
	}
	counttest.Logf(t, "%d guards taken away, %d noticed: %d %%", len(all), noticed, 100*noticed/len(all))
}

// remove takes a guard away, wants tests to fail within a time, and returns what
// they said.
func (g guard) remove(t *testing.T, root string, within time.Duration, tests ...string) string {
	t.Helper()
	file := filepath.Join(root, g.file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), g.have), "the guard is not where it was: %s", g.have)
	dir := t.TempDir()
	open := filepath.Join(dir, filepath.Base(g.file))
	require.NoError(t, os.WriteFile(open, []byte(strings.Replace(string(text), g.have, g.without, 1)), 0o600))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {file: open}})
	require.NoError(t, err)
	replace := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(replace, overlay, 0o600))

	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	test := exec.CommandContext(ctx, "go", append([]string{"test", "-vet=off", "-overlay", replace}, tests...)...)
	test.Dir = root
	test.Env = append(os.Environ(), counttest.File+"=") // it counts for nothing
	output, err := test.CombinedOutput()
	require.NoError(t, ctx.Err())
	require.Error(t, err, "nobody notices that it is gone")
	require.Contains(t, string(output), "--- FAIL", "no test failed, something else did:\n%s", output)
	return string(output)
}
