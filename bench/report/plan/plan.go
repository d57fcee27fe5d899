// Package plan divides a time among the benchmarks, so that the figures that
// matter most are measured most often.
package plan

import (
	"fmt"
	"strings"
	"time"
)

// The databases.
const (
	PostgreSQL = "PostgreSQL"
	SQLite     = "SQLite"
)

// Operations are what is measured, in the order in which it is reported.
func Operations() []string {
	return []string{"Get", "Place", "Order", "List", "Find", "Update", "Import"}
}

// Setting is how an operation is measured: how many call it at once, and how
// far away the database is.
type Setting struct {
	Callers int
	RTT     time.Duration
}

// Settings are what there is, the most important first: the figures to reach
// are those of 8 callers near the database.
func Settings() []Setting {
	return []Setting{
		{8, 0}, {8, time.Millisecond}, {1, 0}, {32, 0}, {1, time.Millisecond}, {32, time.Millisecond},
	}
}

// weights are how many rounds each setting gets for one of the others.
func weights() []int { return []int{6, 2, 2, 2, 1, 1} }

// Job is a benchmark in one setting: all peers, one after the other.
type Job struct {
	Setting
	Database  string
	Operation string

	weight int
	rounds int
	took   time.Duration // all rounds together
}

// Pattern is the job's for -test.bench.
func (j *Job) Pattern() string {
	function := "Benchmark" + j.Operation
	if j.Database == SQLite {
		return fmt.Sprintf("^%s%s$/^.*$/^callers=%d$", function, SQLite, j.Callers)
	}
	return fmt.Sprintf("^%s$/^.*$/^callers=%d$/^rtt=%s$", function, j.Callers, j.RTT)
}

// String is the job for people.
func (j *Job) String() string {
	at := ""
	if j.RTT > 0 {
		at = ", " + j.RTT.String() + " away"
	}
	return fmt.Sprintf("%s on %s, callers: %d%s", strings.ToLower(j.Operation), j.Database, j.Callers, at)
}

// Round is the number of the job's next round, from 1.
func (j *Job) Round() int { return j.rounds + 1 }

// Done takes a round down.
func (j *Job) Done(took time.Duration) {
	j.rounds++
	j.took += took
}

// expected is how long one more round should take; a job that has not run yet
// is tried however little time is left.
func (j *Job) expected() time.Duration {
	if j.rounds == 0 {
		return 0
	}
	return j.took / time.Duration(j.rounds)
}

// lag is where a job stands between its rounds and its weight; the least is
// next.
func (j *Job) lag() float64 { return float64(j.rounds) / float64(j.weight) }

// Plan is the jobs and what was done of them.
type Plan []*Job

// New returns the plan of all benchmarks. What runs in the process has no
// network in between.
func New() Plan {
	var p Plan
	for i, setting := range Settings() {
		for _, database := range []string{PostgreSQL, SQLite} {
			if database == SQLite && setting.RTT > 0 {
				continue
			}
			for _, operation := range Operations() {
				p = append(p, &Job{Database: database, Operation: operation, Setting: setting, weight: weights()[i]})
			}
		}
	}
	return p
}

// Next returns the job whose turn it is, or nil where no further round fits
// into the time that is left. Each job has its first round, the most important
// before the others; then it is the turn of whoever is furthest behind its
// weight.
func (p Plan) Next(left time.Duration) *Job {
	var turn *Job
	for _, j := range p {
		if left <= 0 || j.expected() > left {
			continue
		}
		if turn == nil || j.lag() < turn.lag() {
			turn = j
		}
	}
	return turn
}
