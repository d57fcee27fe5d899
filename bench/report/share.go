package main

import (
	"cmp"
	"math"
	"slices"

	"github.com/platforma/platforma/bench/report/plan"
)

// reference is whom the peers of a database are measured against: the best
// that can be written by hand.
func reference(database string) string {
	if database == plan.SQLite {
		return "prepared"
	}
	return "pgx-batch"
}

// spread is the middle of numbers and the bounds of their middle half.
type spread struct{ low, median, high float64 }

// elapsed and processor choose what of a sample is compared.
func elapsed(s sample) float64   { return s.elapsed }
func processor(s sample) float64 { return s.processor }

// share returns how a peer compares with the reference: 1 is as good, 0.5 takes
// twice as much. The two are compared round by round, where they ran within
// seconds of each other: what disturbs the machine disturbs both. It is false
// where there is no round with both.
func (r *results) share(what measured, peer string, of func(sample) float64) (spread, bool) {
	limit := r.samples[what][reference(what.database)]
	var ratios []float64
	for round, own := range r.samples[what][peer] {
		if round < len(limit) && of(own) > 0 && of(limit[round]) > 0 {
			ratios = append(ratios, of(limit[round])/of(own))
		}
	}
	return spreadOf(ratios), len(ratios) > 0
}

// throughput returns how many operations the reference does in a second, those
// of all callers together.
func (r *results) throughput(what measured) (spread, bool) {
	var rates []float64
	for _, s := range r.samples[what][reference(what.database)] {
		if s.elapsed > 0 {
			rates = append(rates, 1e9/s.elapsed)
		}
	}
	return spreadOf(rates), len(rates) > 0
}

// enough is how many rounds the main figures need before they mean something.
const enough = 3

// provisional says whether what was measured is only a first look: one of the
// main figures has too few rounds.
func (r *results) provisional() bool {
	for _, t := range r.tables() {
		if t.Setting != plan.Settings()[0] {
			continue
		}
		for _, what := range t.rows {
			if len(r.samples[what][reference(t.database)]) < enough {
				return true
			}
		}
	}
	return false
}

func spreadOf(numbers []float64) spread {
	sorted := slices.Sorted(slices.Values(numbers))
	return spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// quantile is the number below which a part of the sorted numbers lies, between
// two of them by proportion.
func quantile(sorted []float64, part float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := part * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// peers returns who took part in any of the things measured, in the report's
// order, the reference left out.
func (r *results) peers(among []measured) []string {
	var peers []string
	for _, what := range among {
		for peer := range r.samples[what] {
			if peer != reference(what.database) && !slices.Contains(peers, peer) {
				peers = append(peers, peer)
			}
		}
	}
	slices.SortFunc(peers, func(a, b string) int { return cmp.Or(cmp.Compare(colourOf(a), colourOf(b)), cmp.Compare(a, b)) })
	return peers
}
