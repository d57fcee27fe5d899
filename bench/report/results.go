package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/platforma/platforma/bench/report/plan"
)

// measured is what is compared: one operation on one database in one setting,
// by all peers.
type measured struct {
	plan.Setting
	database  string
	operation string
}

// sample is what one round measured, per operation of all callers together.
type sample struct {
	// elapsed is by the clock, processor what processors worked for it, both in
	// nanoseconds; 0 is not known.
	elapsed, processor float64
}

// results are what the benchmarks wrote, taken together.
type results struct {
	// config are the lines "key: value" that stand before benchmarks; of a key
	// that is there twice, the last.
	config map[string]string
	// samples are a peer's, round by round.
	samples map[measured]map[string][]sample
}

var (
	configLine = regexp.MustCompile(`^([a-z][a-z-]*): +(.*)$`)
	// Benchmark<Operation>[SQLite]/<peer>[/callers=<n>][/rtt=<duration>][-<processors>],
	// iterations, and numbers with their units.
	resultLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+(\d+)((?:\s+\S+ [^\s]+)+)\s*$`)
	metric     = regexp.MustCompile(`(\S+) (\S+)`)
)

// read reads the text that benchmarks write, in the format of the testing
// package; a benchmark that is there again is the next round. Lines that are
// something else are passed over.
func read(r io.Reader) (results, error) {
	all := results{config: map[string]string{}, samples: map[measured]map[string][]sample{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if found := configLine.FindStringSubmatch(lines.Text()); found != nil {
			all.config[found[1]] = strings.TrimSpace(found[2])
			continue
		}
		found := resultLine.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		what, peer, err := parseName(found[1])
		if err != nil {
			return all, fmt.Errorf("the line %q: %w", lines.Text(), err)
		}
		s, err := parseMetrics(found[3])
		if err != nil {
			return all, fmt.Errorf("the line %q: %w", lines.Text(), err)
		}
		if tooFew(what, found[2]) {
			s = sample{}
		}
		if all.samples[what] == nil {
			all.samples[what] = map[string][]sample{}
		}
		all.samples[what][peer] = append(all.samples[what][peer], s)
	}
	return all, lines.Err()
}

// tooFew says that a run was cut short: the machine stood still in its first
// operation, and there was no time for one by each caller. Only an import is
// long enough to be measured once.
func tooFew(what measured, iterations string) bool {
	n, err := strconv.Atoi(iterations)
	return err == nil && n < what.Callers && what.operation != "Import"
}

func parseMetrics(text string) (s sample, err error) {
	for _, found := range metric.FindAllStringSubmatch(text, -1) {
		number, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			return s, err
		}
		switch found[2] {
		case "ns/op":
			s.elapsed = number
		case "cpu-ns/op":
			s.processor = number
		}
	}
	if s.elapsed <= 0 {
		return s, errors.New("it took no time")
	}
	return s, nil
}

// parseName reads a benchmark's name without "Benchmark" and the number of
// processors.
func parseName(name string) (what measured, peer string, err error) {
	parts := strings.Split(name, "/")
	if len(parts) < 2 || parts[1] == "" {
		return what, "", fmt.Errorf("%q has no peer", name)
	}
	what = measured{Setting: plan.Setting{Callers: 1}, database: plan.PostgreSQL, operation: parts[0]}
	if of, sqlite := strings.CutSuffix(parts[0], plan.SQLite); sqlite {
		what.database, what.operation = plan.SQLite, of
	}
	for _, part := range parts[2:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "callers":
			what.Callers, err = strconv.Atoi(value)
		case "rtt":
			what.RTT, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("%q says nothing of what was measured", part)
		}
		if err != nil {
			return what, "", err
		}
	}
	return what, parts[1], nil
}
