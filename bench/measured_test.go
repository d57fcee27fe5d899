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
var measured = &record{times: map[string]map[string][]time.Duration{}}

// record holds times by setting (the benchmark's name without the peer's) and
// by peer.
type record struct {
	mu       sync.Mutex
	settings []string
	times    map[string]map[string][]time.Duration
	name     string
}

// keep takes a time down; that of a repeated name, as a benchmark runs up to its
// time, replaces the one before.
func (r *record) keep(name, peer string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	setting := strings.Replace(name, "/"+peer+"/", "/", 1)
	if r.times[setting] == nil {
		r.times[setting] = map[string][]time.Duration{}
		r.settings = append(r.settings, setting)
	}
	kept := r.times[setting][peer]
	if r.name == name && len(kept) > 0 {
		kept = kept[:len(kept)-1]
	}
	r.name = name
	r.times[setting][peer] = append(kept, took)
}

// print writes the medians of each setting: a peer's time, and how its
// throughput compares with that of the limit.
func (r *record) print(to io.Writer) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
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
			var ratios []float64
			for round := range min(len(times[peer]), len(times[limit])) {
				ratios = append(ratios, float64(times[limit][round])/float64(times[peer][round]))
			}
			fmt.Fprintf(table, "%s\t%s\t%v\t%.2f of %s\t%d rounds\n", setting, peer, median(times[peer]), median(ratios), limit, len(times[peer]))
		}
	}
	_ = table.Flush()
}

func median[T int64 | float64 | time.Duration](all []T) (middle T) {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
