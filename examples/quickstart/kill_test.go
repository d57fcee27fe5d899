package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// points is at how many points of its way the program is killed.
const points = 12

// TestKilled kills the program at points spread over all its way, some of them
// twice, and then lets it run to its end. How far it is, its output tells: time
// would not, on a machine that has other things to do.
func TestKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	unhurt := onFile(filepath.Join(folder, "unhurt.db"))
	lines := strings.Count(finish(t, unhurt), "\n")

	random := rand.New(rand.NewPCG(1, 2))
	var cases []func()
	for i := range points {
		o := onFile(filepath.Join(folder, fmt.Sprintf("killed-%d.db", i)))
		// What comes after a line can take a while: the migrations, the machines.
		at, delay := 1+i*(lines-1)/points, time.Duration(random.IntN(40))*time.Millisecond
		cases = append(cases, func() {
			kill(t, o, &trigger{line: at}, delay)
			if i%3 == 2 {
				kill(t, o, &trigger{line: lines / 2}, delay)
			}
			finish(t, o)
		})
	}
	for i := range 4 { // while the machines are made, which says nothing
		o := onFile(filepath.Join(folder, fmt.Sprintf("working-%d.db", i)))
		cases = append(cases, func() {
			kill(t, o, &trigger{on: "order started"}, time.Duration(10+90*i)*time.Millisecond)
			finish(t, o)
		})
	}
	some(cases)
}

// TestCrashed dies just before and just after what the data center does, where
// it is the hardest to tell what was done.
func TestCrashed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var cases []func()
	for _, c := range []struct {
		when string
		n    int
	}{{"before", 1}, {"before", 8}, {"after", 1}, {"after", 10}} {
		o := onFile(filepath.Join(folder, fmt.Sprintf("%s-%d.db", c.when, c.n)))
		cases = append(cases, func() {
			crashAt(t, c.when, c.n, o)
			finish(t, o)
		})
	}
	// One death after the other, each at the first machine made.
	o := onFile(filepath.Join(folder, "again.db"))
	cases = append(cases, func() {
		for range 3 {
			crashAt(t, "after", 1, o)
		}
		finish(t, o)
	})
	some(cases)
}

func TestKilledOnPostgreSQL(t *testing.T) {
	t.Parallel()
	o := freshOnPostgres(t)
	kill(t, o, &trigger{line: 2}, 200*time.Millisecond) // in the migrations, or soon after
	kill(t, o, &trigger{line: 30}, 0)
	crashAt(t, "before", 2, o)
	crashAt(t, "after", 3, o)
	finish(t, o)
}

// some runs a few cases at once: most of their time they wait for leases.
func some(cases []func()) {
	var group sync.WaitGroup
	slots := make(chan struct{}, 6)
	for _, c := range cases {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			c()
		})
	}
	group.Wait()
}

func arguments(o options) []string {
	if o.postgres != "" {
		return []string{"-postgres", o.postgres, "-backend", o.backend}
	}
	return []string{"-db", o.db}
}

// kill kills the program some time after what it printed pulled the trigger. One
// that goes on from a run before may print less, and then ends by itself.
func kill(t *testing.T, o options, out *trigger, delay time.Duration) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := program(context.Background(), t, &stderr, arguments(o)...)
	out.then = func() {
		time.Sleep(delay)
		_ = cmd.Process.Kill()
	}
	cmd.Stdout = out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && assert.ErrorAs(t, err, &exit) {
		assert.Equal(t, -1, exit.ExitCode(), "it was not the signal that ended it: %v", &stderr)
	}
}

func crashAt(t *testing.T, when string, n int, o options) {
	t.Helper()
	var out bytes.Buffer
	err := program(context.Background(), t, &out, append(arguments(o), "-crash-"+when, fmt.Sprint(n))...).Run()
	var exit *exec.ExitError
	if assert.ErrorAs(t, err, &exit, "it did not die at %d:\n%s", n, out.String()) {
		assert.Equal(t, killed, exit.ExitCode(), out.String())
	}
}

// finish lets the program run to its end, checks that end, and returns what it
// printed.
func finish(t *testing.T, o options) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	if assert.NoError(t, program(ctx, t, &out, arguments(o)...).Run(), "%s: %v", o.db, &out) {
		whole(t, o)
	}
	return out.String()
}
