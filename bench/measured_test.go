package bench_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// measured is what was measured in all rounds.
var measured = &record{times: map[string]map[string][]cost{}}

// cost is what one operation costs: by the clock, with many under way at once,
// and of all processors together.
type cost struct{ elapsed, processor time.Duration }

func elapsed(c cost) time.Duration    { return c.elapsed }
func processors(c cost) time.Duration { return c.processor }

// record holds times by setting (the benchmark's name without the peer's) and
// by peer.
type record struct {
	mu       sync.Mutex
	settings []string
	times    map[string]map[string][]cost
	name     string
}

// keep takes a time down; that of a repeated name, as a benchmark runs up to its
// time, replaces the one before.
func (r *record) keep(name, peer string, took cost) {
	r.mu.Lock()
	defer r.mu.Unlock()
	setting := strings.Replace(name, "/"+peer+"/", "/", 1)
	if r.times[setting] == nil {
		r.times[setting] = map[string][]cost{}
		r.settings = append(r.settings, setting)
	}
	kept := r.times[setting][peer]
	if r.name == name && len(kept) > 0 {
		kept = kept[:len(kept)-1]
	}
	r.name = name
	r.times[setting][peer] = append(kept, took)
}

// print writes the medians of each setting: what an operation costs a peer, and
// what the limit's costs are of that.
func (r *record) print(to io.Writer) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	if len(r.settings) > 0 {
		fmt.Fprintln(table, "benchmark\tpeer\ttime\tof the limit\tprocessors\tof the limit")
	}
	for _, setting := range r.settings {
		limit := "pgx-batch"
		if strings.Contains(setting, "SQLite") {
			limit = "prepared"
		}
		times := r.times[setting]
		for _, peer := range slices.Sorted(func(yield func(string) bool) {
			for name := range times {
				if !yield(name) {
					return
				}
			}
		}) {
			fmt.Fprintf(table, "%s\t%s", setting, peer)
			for _, of := range []func(cost) time.Duration{elapsed, processors} {
				own, best := each(times[peer], of), each(times[limit], of)
				fmt.Fprintf(table, "\t%v\t%.2f", median(own), median(ratios(own, best)))
			}
			fmt.Fprintf(table, "\t%d rounds\n", len(times[peer]))
		}
	}
	_ = table.Flush()
}

func each(all []cost, of func(cost) time.Duration) []time.Duration {
	times := make([]time.Duration, len(all))
	for i, c := range all {
		times[i] = of(c)
	}
	return times
}

// ratios are those of each round: 1 is as good as the limit.
func ratios(own, limit []time.Duration) []float64 {
	var all []float64
	for round := range min(len(own), len(limit)) {
		all = append(all, float64(limit[round])/float64(own[round]))
	}
	return all
}

func median[T int64 | float64 | time.Duration](all []T) (middle T) {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
