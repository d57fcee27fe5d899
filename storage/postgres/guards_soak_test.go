//go:build soak

package postgres_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
)

// suites are the tests that each guard is taken away from.
const suites = "^(TestMatrix|TestHostile|TestContract)$"

var noticing = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)

// TestSoakGuards takes each guard away from the template of the databases, has
// the inspection look at one, and runs the matrix, the attacks and the contract on
// them, which open all the same. It says who notices; somebody must. No guard is
// begun after DURATION; -run TestSoakGuards/FORCE takes one.
func TestSoakGuards(t *testing.T) { //nolint:paralleltest // each takes the whole machine
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	_ = postgrestest.Empty(t) // or it is left out
	began, binary := time.Now(), filepath.Join(t.TempDir(), "suites.test")
	output, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	for _, g := range ofTheTemplate() { //nolint:paralleltest // see above
		t.Run(g.what, func(t *testing.T) {
			if time.Since(began) > duration {
				t.Skipf("not begun within %s: a longer DURATION, or -run, takes it", duration)
			}
			rules := g.found(t)
			tests := g.missed(t, binary, rules)
			counttest.Logf(t, "without it: found by %v, missed by %d tests: %v", rules, len(tests), tests)
			require.NotEmpty(t, tests, "nobody misses it")
		})
	}
}

// ofTheTemplate are the guards as they are in a database without a host's table.
func ofTheTemplate() []guard {
	all := guards()
	for i, g := range all {
		if g.table == "host.notes" {
			const protect = "CALL platforma.protect(tab, host, ''{}'', key);"
			all[i].away = "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('platforma.isolate(regclass,name)'::regprocedure), '" + protect + "', '" +
				protect + " EXECUTE format(''DROP POLICY tenant_isolation ON %s'', tab);'); END $do$"
		}
	}
	return append(all, guard{what: "plans of no tenant", away: "ALTER FUNCTION platforma.tenant() IMMUTABLE"})
}

// found are the rules of the inspection that a database without the guard breaks.
func (g guard) found(t *testing.T) []string {
	t.Helper()
	d := postgrestest.New(t)
	_, err := connect(t, d.Owner).PgConn().Exec(t.Context(), named(g.away)).ReadAll()
	require.NoError(t, err, g.away)
	report, err := postgres.Inspect(t.Context(), d.App, &postgres.InspectOptions{Prefix: postgrestest.Prefix})
	require.NoError(t, err)
	return rulesOf(report.Findings)
}

// missed are the tests of the suites, to their clauses, that fail without it.
func (g guard) missed(t *testing.T, binary string, rules []string) []string {
	t.Helper()
	run := exec.CommandContext(t.Context(), binary, "-test.run", suites, "-test.timeout", "10m")
	run.Env = append(os.Environ(), counttest.File+"=", postgrestest.Without+"="+named(g.away), postgrestest.Accept+"="+strings.Join(rules, ","))
	output, err := run.CombinedOutput()
	if err == nil {
		return nil
	}
	var tests []string
	if strings.Contains(string(output), "panic: test timed out") {
		tests = append(tests, "suites that did not end") // what waits for ever misses it too
	}
	for _, m := range noticing.FindAllStringSubmatch(string(output), -1) {
		tests = append(tests, m[1])
	}
	require.NotEmpty(t, tests, string(output))
	slices.Sort(tests)
	return slices.DeleteFunc(tests, func(name string) bool { // what failed for a part of it
		return slices.ContainsFunc(tests, func(part string) bool { return strings.HasPrefix(part, name+"/") })
	})
}
