package main

import (
	"fmt"
	"strings"
	"time"
)

// job is one process of the benchmarks: all peers, one after the other, at one
// operation on one database in one setting.
type job struct {
	// function is the benchmark, "BenchmarkGetSQLite".
	function string
	setting
	// weight is how many rounds it gets for one of a job of weight 1.
	weight int

	rounds int
	took   time.Duration // all rounds together
}

// settings are what is measured, and how much of the time each is worth: the
// figures to reach are those of 8 callers near the database.
var settings = []struct {
	setting
	weight int
}{
	{setting{8, 0}, 6},
	{setting{1, 0}, 2},
	{setting{32, 0}, 2},
	{setting{8, time.Millisecond}, 2},
	{setting{1, time.Millisecond}, 1},
	{setting{32, time.Millisecond}, 1},
}

// plan returns the jobs for the benchmarks of a test binary: what runs in the
// process has no network in between.
func plan(functions []string) []*job {
	var jobs []*job
	for _, s := range settings {
		for _, function := range functions {
			if s.rtt > 0 && strings.HasSuffix(function, sqliteSuffix) {
				continue
			}
			jobs = append(jobs, &job{function: function, setting: s.setting, weight: s.weight})
		}
	}
	return jobs
}

// next returns the job whose turn it is, or nil where no further round fits
// into the time that is left. Each job has its first round, the weightiest
// before the others; then it is the turn of whoever is furthest behind its
// weight.
func next(jobs []*job, left time.Duration) *job {
	var turn *job
	for _, j := range jobs {
		if j.expected() > left {
			continue
		}
		if turn == nil || j.lag() < turn.lag() {
			turn = j
		}
	}
	return turn
}

// expected is how long one more round should take; a job that has not run yet
// is tried however little time is left.
func (j *job) expected() time.Duration {
	if j.rounds == 0 {
		return 0
	}
	return j.took / time.Duration(j.rounds)
}

// lag is where a job stands between its rounds and its weight; the smallest is
// next.
func (j *job) lag() float64 { return float64(j.rounds) / float64(j.weight) }

// done notes a round.
func (j *job) done(took time.Duration) {
	j.rounds++
	j.took += took
}

// pattern selects the job among the benchmarks, every part of the name whole.
func (j *job) pattern(peers string) string {
	parts := []string{"^" + j.function + "$", peers, fmt.Sprintf("^callers=%d$", j.callers)}
	if !strings.HasSuffix(j.function, sqliteSuffix) {
		parts = append(parts, fmt.Sprintf("^rtt=%s$", j.rtt))
	}
	return strings.Join(parts, "/")
}
