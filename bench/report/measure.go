package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// roundTime is how long each peer runs in a round: long enough for a thousand
// operations, short enough that all peers meet the same machine.
const roundTime = 300 * time.Millisecond

// patience is how long the benchmarks may take to clean up after a signal.
const patience = 30 * time.Second

// measure builds the benchmarks once, runs them by the plan in one process, and
// returns what they write about themselves and their results. It tells of each
// round as it begins.
func measure(ctx context.Context, budget time.Duration, progress io.Writer) (string, error) {
	folder, err := os.MkdirTemp("", "platforma-bench-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	binary := filepath.Join(folder, "bench.test")
	fmt.Fprintln(progress, "building the benchmarks")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, ".") //nolint:gosec // a path of our own
	build.Stdout, build.Stderr = progress, progress
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building the benchmarks: %w", err)
	}
	run := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench=.", "-test.timeout=0", //nolint:gosec // just built
		"-test.benchtime="+roundTime.String(), "-budget="+budget.String())
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGTERM) }
	run.WaitDelay = patience
	run.Stderr = progress
	output, err := run.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	text, problems, failed := follow(output, progress)
	if err := errors.Join(failed, run.Wait()); err != nil {
		return "", fmt.Errorf("running the benchmarks: %w\n%s", err, problems)
	}
	return machine(ctx) + text, nil
}

// jobLine is how the benchmarks announce a round.
const jobLine = "job: "

// follow reads what the benchmarks write up to its end: the lines of results,
// each line that describes the machine once, and whatever else they say.
func follow(output io.Reader, progress io.Writer) (text, problems string, err error) {
	var kept, other strings.Builder
	seen := map[string]bool{}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		line := lines.Text()
		switch job, announced := strings.CutPrefix(line, jobLine); {
		case announced:
			fmt.Fprintln(progress, job)
		case resultLine.MatchString(line):
			kept.WriteString(line + "\n")
		case configLine.MatchString(line):
			if !seen[line] {
				kept.WriteString(line + "\n")
			}
			seen[line] = true
		case line != "PASS":
			other.WriteString(line + "\n")
		}
	}
	return kept.String(), other.String(), lines.Err()
}
