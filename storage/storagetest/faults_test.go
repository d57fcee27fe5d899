package storagetest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/faulty"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/storagetest"
)

var update = flag.Bool("update", false, "write down which clauses find which fault")

// plan names the file with the trials that a child process makes.
const plan = "PLATFORMA_FAULTS"

// trial is the suite run on an adapter with a fault.
type trial struct {
	Fault string
	// Clauses are those that call a method which the fault changes.
	Clauses []string
}

// TestFaults plants one fault after the other in a good adapter, and asks the
// suite. Each has to fail the clauses that are written down for it, and no
// other: see docs/contract.md.
//
// With -update it writes them down. Read the change: a fault that fails what has
// nothing to do with it is a clause that should be mended.
func TestFaults(t *testing.T) {
	t.Parallel()
	if os.Getenv(plan) != "" {
		t.Skip("this is a child of it")
	}
	callers := callersOf(t)
	faults := faulty.All()
	trials := make([]trial, len(faults))
	for i, f := range faults {
		trials[i].Fault = f.Name
		reached := map[string]bool{}
		for _, method := range f.Methods() {
			for _, clause := range callers[method] {
				reached[clause] = true
			}
		}
		trials[i].Clauses = slices.Sorted(maps.Keys(reached))
	}
	failed := try(t, trials)
	if t.Failed() {
		return
	}
	if *update {
		writeDown(t, failed)
		return
	}
	for _, f := range faults {
		got := slices.DeleteFunc(slices.Clone(failed[f.Name]), func(c string) bool { return slices.Contains(f.Also, c) })
		want := slices.DeleteFunc(slices.Clone(f.Clauses), func(c string) bool { return slices.Contains(f.Also, c) })
		assert.NotEmpty(t, f.Clauses, "no clause finds the fault %q: the suite has a hole", f.Name)
		assert.Equal(t, want, got, "the clauses that find %q are others (-update writes them down)", f.Name)
	}
}

func open(t *testing.T) storage.Driver {
	t.Helper()
	d := memory.New()
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// callersOf runs the suite on the good adapter, and returns which clauses call
// which method.
func callersOf(t *testing.T) map[string][]string {
	t.Helper()
	var mu sync.Mutex
	called := map[string]map[string]bool{}
	t.Run("none", func(t *testing.T) {
		prefix := t.Name() + "/"
		storagetest.Run(t, func(t *testing.T) storage.Driver {
			clause := strings.TrimPrefix(t.Name(), prefix)
			return faulty.Listen(open(t), func(method string) {
				mu.Lock()
				defer mu.Unlock()
				if called[method] == nil {
					called[method] = map[string]bool{}
				}
				called[method][clause] = true
			})
		}, nil)
	})
	names := clauseNames()
	all := map[string][]string{}
	for method, clauses := range called {
		for clause := range clauses {
			all[method] = append(all[method], names[clause])
		}
	}
	return all
}

// clauseNames are the names of the clauses, by those of their tests.
func clauseNames() map[string]string {
	all := map[string]string{}
	for _, c := range storagetest.Clauses() {
		all[strings.ReplaceAll(c.Name, " ", "_")] = c.Name
	}
	return all
}

// TestFaultyAdapters is what a child process runs: there the suite fails, as it
// should.
func TestFaultyAdapters(t *testing.T) {
	t.Parallel()
	file := os.Getenv(plan)
	if file == "" {
		t.Skip("TestFaults runs it")
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var trials []trial
	require.NoError(t, json.Unmarshal(text, &trials))
	for i, trial := range trials {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			without := map[string]string{}
			for _, c := range storagetest.Clauses() {
				if !slices.Contains(trial.Clauses, c.Name) {
					without[c.Name] = "it calls nothing that is faulty"
				}
			}
			storagetest.Run(t, func(t *testing.T) storage.Driver { return faulty.Wrap(open(t), trial.Fault) },
				&storagetest.Options{Exclude: without})
		})
	}
}

// try makes trials in child processes, and returns which clauses failed.
func try(t *testing.T, trials []trial) map[string][]string {
	t.Helper()
	const children = 8
	binary := withoutRaceDetector(t)
	failed := map[string][]string{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for child := range children {
		var own []trial
		for i := child; i < len(trials); i += children {
			own = append(own, trials[i])
		}
		group.Go(func() {
			for fault, clauses := range run(t, binary, own) {
				mu.Lock()
				failed[fault] = clauses
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return failed
}

var result = regexp.MustCompile(`^ *--- (FAIL|PASS|SKIP): TestFaultyAdapters/(\d+)/(\S+) \(`)

// run makes trials in a child process.
func run(t *testing.T, binary string, trials []trial) map[string][]string {
	t.Helper()
	text, err := json.Marshal(trials)
	if !assert.NoError(t, err) {
		return nil
	}
	file := filepath.Join(t.TempDir(), "trials.json")
	if !assert.NoError(t, os.WriteFile(file, text, 0o600)) {
		return nil
	}
	child := exec.CommandContext(t.Context(), binary, "-test.run=^TestFaultyAdapters$", "-test.v", "-test.parallel=8", "-test.timeout=25m")
	child.Env = append(os.Environ(), plan+"="+file, "GOGC=800", "GOMAXPROCS=1")
	output, err := child.CombinedOutput()
	if exit := child.ProcessState; exit == nil || exit.ExitCode() > 1 {
		assert.NoError(t, err, "the child ended by itself:\n%s", tail(output))
		return nil
	}
	failed, names, seen := map[string][]string{}, clauseNames(), map[string]int{}
	for _, each := range trials {
		failed[each.Fault] = nil
	}
	lines := bufio.NewReader(bytes.NewReader(output))
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		m := result.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		clause, ok := names[m[3]]
		if !ok {
			continue // a part of one
		}
		i, err := strconv.Atoi(m[2])
		if !assert.NoError(t, err) {
			return nil
		}
		fault := trials[i].Fault
		seen[fault]++
		if m[1] == "FAIL" {
			failed[fault] = append(failed[fault], clause)
		}
	}
	for _, each := range trials {
		assert.Equal(t, len(names), seen[each.Fault], "not all clauses ended with %q", each.Fault)
		slices.Sort(failed[each.Fault])
	}
	return failed
}

func tail(output []byte) []byte { return output[max(0, len(output)-8000):] }

// withoutRaceDetector is this test as a program, which the race detector would
// make ten times slower: it is the suite that is tested here, by what it says of
// adapters that are wrong.
func withoutRaceDetector(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	info, ok := debug.ReadBuildInfo()
	if !ok || !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" }) {
		return self
	}
	binary := filepath.Join(t.TempDir(), "storagetest.test")
	output, err := exec.CommandContext(t.Context(), "go", "test", "-race=false", "-c", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	return binary
}

// writeDown makes the list of clauses anew.
func writeDown(t *testing.T, failed map[string][]string) {
	t.Helper()
	var b strings.Builder
	for _, f := range faulty.All() {
		b.WriteString(f.Name + "\n")
		for _, clause := range failed[f.Name] {
			b.WriteString("\t" + clause + "\n")
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join("..", "..", "internal", "faulty", "clauses.txt"), []byte(b.String()), 0o600))
}
