package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// setting is how an operation is measured: how many call it at once, and how
// far away the database is.
type setting struct {
	callers int
	rtt     time.Duration
}

// measured is what is compared: one operation on one database in one setting,
// by all peers.
type measured struct {
	database  string
	operation string
	setting
}

// results are what the benchmarks wrote, taken together.
type results struct {
	// config are the lines "key: value" that stand before benchmarks; of a key
	// that is there twice, the last.
	config map[string]string
	// times are nanoseconds per operation of all callers together, by what was
	// measured, by peer and by round.
	times map[measured]map[string]map[int]float64
	// order are the things measured, as they came first.
	order []measured
}

// The databases, by their names in the report.
const (
	onPostgres = "PostgreSQL"
	onSQLite   = "SQLite"
)

// sqliteSuffix ends the names of the benchmarks that run on SQLite.
const sqliteSuffix = "SQLite"

// roundKey is the configuration line that the report writes before each round.
const roundKey = "round"

var (
	configLine = regexp.MustCompile(`^([a-z][a-z-]*): +(.*)$`)
	// Benchmark<Operation>[SQLite]/<peer>[/callers=<n>][/rtt=<duration>][-<processors>], iterations, time
	resultLine = regexp.MustCompile(`^Benchmark(\S+?)(-\d+)?\s+\d+\s+([0-9.]+) ns/op`)
)

// read reads the text that benchmarks write, in the format of the testing
// package. Lines that are something else are passed over.
func read(r io.Reader) (results, error) {
	all := results{config: map[string]string{}, times: map[measured]map[string]map[int]float64{}}
	round := 0
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if found := configLine.FindStringSubmatch(line); found != nil {
			all.config[found[1]] = strings.TrimSpace(found[2])
			if found[1] == roundKey {
				number, err := strconv.Atoi(all.config[roundKey])
				if err != nil {
					return all, fmt.Errorf("the line %q: %w", line, err)
				}
				round = number
			}
			continue
		}
		found := resultLine.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		what, peer, err := parseName(found[1])
		if err != nil {
			return all, fmt.Errorf("the line %q: %w", line, err)
		}
		nanoseconds, err := strconv.ParseFloat(found[3], 64)
		if err != nil {
			return all, fmt.Errorf("the line %q: %w", line, err)
		}
		all.add(what, peer, round, nanoseconds)
	}
	return all, lines.Err()
}

// parseName reads a benchmark's name without "Benchmark" and the number of
// processors.
func parseName(name string) (what measured, peer string, err error) {
	parts := strings.Split(name, "/")
	if len(parts) < 2 || parts[1] == "" {
		return what, "", fmt.Errorf("%q has no peer", name)
	}
	what = measured{database: onPostgres, operation: parts[0], setting: setting{callers: 1}}
	if of, sqlite := strings.CutSuffix(parts[0], sqliteSuffix); sqlite {
		what.database, what.operation = onSQLite, of
	}
	for _, part := range parts[2:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "callers":
			what.callers, err = strconv.Atoi(value)
		case "rtt":
			what.rtt, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("%q says nothing of what was measured", part)
		}
		if err != nil {
			return what, "", err
		}
	}
	return what, parts[1], nil
}

func (r *results) add(what measured, peer string, round int, nanoseconds float64) {
	peers, ok := r.times[what]
	if !ok {
		peers = map[string]map[int]float64{}
		r.times[what] = peers
		r.order = append(r.order, what)
	}
	if peers[peer] == nil {
		peers[peer] = map[int]float64{}
	}
	peers[peer][round] = nanoseconds
}

// rounds is how often something was measured.
func (r *results) rounds(what measured) int {
	rounds := map[int]bool{}
	for _, times := range r.times[what] {
		for round := range maps.Keys(times) {
			rounds[round] = true
		}
	}
	return len(rounds)
}
