package events_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/processor"
)

// contender is one way of doing the work; do returns how much it has done.
type contender struct {
	name string
	do   func(b *testing.B, round int) (done int)
}

// compare has everybody work in each round, in an order that turns, and reports
// the rates' median ratios: of the first to each other, by the clock and by the
// work of the processors, the database's included.
func (s site) compare(b *testing.B, prepare func(b *testing.B, round int), contenders ...contender) {
	b.Helper()
	byClock, byWork := make([][]float64, len(contenders)), make([][]float64, len(contenders))
	took, worked := make([]time.Duration, len(contenders)), make([]time.Duration, len(contenders))
	for round := 0; b.Loop(); round++ {
		if prepare != nil {
			prepare(b, round)
		}
		for turn := range contenders {
			i := (turn + round) % len(contenders)
			began, before := time.Now(), s.used(b)
			done := time.Duration(contenders[i].do(b, round))
			worked[i], took[i] = (s.used(b)-before)/done, time.Since(began)/done
		}
		for i := range contenders {
			byClock[i] = append(byClock[i], float64(took[i])/float64(took[0]))
			byWork[i] = append(byWork[i], float64(worked[i])/float64(worked[0]))
		}
	}
	b.ReportMetric(0, "ns/op") // a round is no operation
	for i, c := range contenders[1:] {
		b.ReportMetric(median(byClock[i+1]), "of-"+c.name)
		b.ReportMetric(median(byWork[i+1]), "work-of-"+c.name)
	}
	for i, c := range contenders {
		b.Logf("%s: %v, work %v", c.name, took[i], worked[i])
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// used is how long processors have worked for this process and the connections.
func (s site) used(b *testing.B) time.Duration {
	b.Helper()
	backends, err := s.backends(b)
	require.NoError(b, err)
	used, err := processor.Used(backends...)
	require.NoError(b, err)
	return used
}

func (s site) backends(b *testing.B) (pids []int, err error) {
	b.Helper()
	if s.lock == "" {
		return nil, nil
	}
	rows, err := s.byHand.QueryContext(b.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, rows.Err()
}
