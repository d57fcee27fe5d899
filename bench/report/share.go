package main

import (
	"math"
	"slices"
)

// references are whom the peers of a database are measured against: the best
// that can be written by hand.
var references = map[string]string{onPostgres: "pgx-batch", onSQLite: "prepared"}

// spread is the middle of numbers and the bounds of their middle half.
type spread struct{ low, median, high float64 }

// share returns a peer's throughput as a share of the reference's. The two are
// compared round by round, where they ran within seconds of each other, and the
// median is that of the rounds: what disturbs the machine for a minute disturbs
// both. It is false where there is no round with both.
func (r *results) share(what measured, peer string) (spread, bool) {
	reference := r.times[what][references[what.database]]
	var ratios []float64
	for round, nanoseconds := range r.times[what][peer] {
		if limit, ok := reference[round]; ok && nanoseconds > 0 {
			ratios = append(ratios, limit/nanoseconds)
		}
	}
	return spreadOf(ratios), len(ratios) > 0
}

// throughput returns a peer's operations in a second, those of all callers
// together.
func (r *results) throughput(what measured, peer string) (spread, bool) {
	var rates []float64
	for _, nanoseconds := range r.times[what][peer] {
		if nanoseconds > 0 {
			rates = append(rates, 1e9/nanoseconds)
		}
	}
	return spreadOf(rates), len(rates) > 0
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
	took := map[string]bool{}
	for _, what := range among {
		for peer := range r.times[what] {
			took[peer] = true
		}
		delete(took, references[what.database])
	}
	var peers []string
	for _, peer := range []string{"platforma", "pgx", "bun", "gorm", "ent"} {
		if took[peer] {
			peers = append(peers, peer)
			delete(took, peer)
		}
	}
	others := make([]string, 0, len(took))
	for peer := range took {
		others = append(others, peer)
	}
	slices.Sort(others)
	return append(peers, others...)
}
