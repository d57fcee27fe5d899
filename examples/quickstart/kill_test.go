package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// points is over how many points of its run time the program is killed.
const points = 14

// TestKilled kills the program at points spread over all its run time, some of
// them twice, and then lets it run to its end.
func TestKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	began := time.Now()
	var out bytes.Buffer
	require.NoError(t, program(t.Context(), &out, "-db", filepath.Join(folder, "unhurt.db")).Run(), out.String())
	whole(t, onFile(filepath.Join(folder, "unhurt.db")))
	took := time.Since(began)

	random := rand.New(rand.NewPCG(1, 2))
	var cases []func()
	for i := range points {
		o := onFile(filepath.Join(folder, fmt.Sprintf("killed-%d.db", i)))
		kills := []time.Duration{took*time.Duration(i)/points + time.Duration(random.Int64N(int64(took/points)))}
		if i%3 == 2 {
			kills = append(kills, time.Duration(random.Int64N(int64(took))))
		}
		cases = append(cases, func() {
			for _, delay := range kills {
				killAfter(t, delay, o)
			}
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
	for _, n := range []int{1, 3, 6, 10} {
		for _, when := range []string{"before", "after"} {
			o := onFile(filepath.Join(folder, fmt.Sprintf("%s-%d.db", when, n)))
			cases = append(cases, func() {
				crashAt(t, when, n, o)
				finish(t, o)
			})
		}
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
	killAfter(t, 300*time.Millisecond, o)
	crashAt(t, "before", 2, o)
	crashAt(t, "after", 3, o)
	finish(t, o)
}

// some runs a few cases at once: most of their time they wait for leases.
func some(cases []func()) {
	var group sync.WaitGroup
	slots := make(chan struct{}, 4)
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

func killAfter(t *testing.T, delay time.Duration, o options) {
	t.Helper()
	var out bytes.Buffer
	cmd := program(context.Background(), &out, arguments(o)...)
	if !assert.NoError(t, cmd.Start()) {
		return
	}
	kill := time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && assert.ErrorAs(t, err, &exit) {
		assert.Equal(t, -1, exit.ExitCode(), "it was not the signal that ended it:\n%s", out.String())
	}
}

func crashAt(t *testing.T, when string, n int, o options) {
	t.Helper()
	var out bytes.Buffer
	err := program(context.Background(), &out, append(arguments(o), "-crash-"+when, fmt.Sprint(n))...).Run()
	var exit *exec.ExitError
	if assert.True(t, errors.As(err, &exit), "it did not die at %d:\n%s", n, out.String()) {
		assert.Equal(t, killed, exit.ExitCode(), out.String())
	}
}

// finish lets the program run to its end, and checks that end.
func finish(t *testing.T, o options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	if assert.NoError(t, program(ctx, &out, arguments(o)...).Run(), "%s: %v", o.db, &out) {
		whole(t, o)
	}
}
