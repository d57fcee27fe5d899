package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/report/plan"
)

const output = `goos: linux
goarch: amd64
cpu: A Processor @ 2.10GHz
BenchmarkGet/platforma/callers=8/rtt=0s-2         	    5000	     40000 ns/op	     60000 cpu-ns/op
BenchmarkGet/pgx-batch/callers=8/rtt=0s-2         	    5000	     36000 ns/op	     54000 cpu-ns/op
BenchmarkGet/gorm/callers=8/rtt=0s-2              	     900	    360000 ns/op	    540000 cpu-ns/op
PASS
cpu: A Processor @ 2.10GHz
BenchmarkGet/platforma/callers=8/rtt=0s-2         	    5000	     80000 ns/op	    60000.5 cpu-ns/op
BenchmarkGet/pgx-batch/callers=8/rtt=0s-2         	    5000	     76000 ns/op	     54000 cpu-ns/op
BenchmarkList/pgx-batch/callers=1/rtt=1ms-2       	     500	   2000000 ns/op
BenchmarkFindSQLite/platforma/callers=32          	    5000	     10000 ns/op	     512 B/op	       9 allocs/op
BenchmarkFindSQLite/prepared/callers=32           	    5000	      9000 ns/op
--- BENCH: BenchmarkGet
ok  	github.com/platforma/platforma/bench	12.3s
`

func parsed(t *testing.T, text string) results {
	t.Helper()
	r, err := read(strings.NewReader(text))
	require.NoError(t, err)
	return r
}

var (
	getNear = measured{plan.Setting{Callers: 8}, plan.PostgreSQL, "Get"}
	listFar = measured{plan.Setting{Callers: 1, RTT: time.Millisecond}, plan.PostgreSQL, "List"}
	findIn  = measured{plan.Setting{Callers: 32}, plan.SQLite, "Find"}
)

func TestOutputIsRead(t *testing.T) {
	t.Parallel()
	r := parsed(t, output)
	require.Equal(t, map[string]string{"goos": "linux", "goarch": "amd64", "cpu": "A Processor @ 2.10GHz"}, r.config)
	require.Equal(t, map[measured]map[string][]sample{
		getNear: {
			"platforma": {{40000, 60000}, {80000, 60000.5}}, // a benchmark that comes again is the next round
			"pgx-batch": {{36000, 54000}, {76000, 54000}},
			"gorm":      {{360000, 540000}},
		},
		listFar: {"pgx-batch": {{2000000, 0}}},
		findIn:  {"platforma": {{10000, 0}}, "prepared": {{9000, 0}}},
	}, r.samples)
}

// A run that the machine held up in its first operation is a round in which the
// peer took no part; an import is measured by one.
func TestRunsThatWereCutShortDoNotCount(t *testing.T) {
	t.Parallel()
	r := parsed(t, `
BenchmarkGet/platforma/callers=8/rtt=0s-2 	 1	 9000000 ns/op
BenchmarkGet/pgx-batch/callers=8/rtt=0s-2 	 500	 36000 ns/op
BenchmarkGet/platforma/callers=8/rtt=0s-2 	 500	 40000 ns/op
BenchmarkGet/pgx-batch/callers=8/rtt=0s-2 	 7	 9000000 ns/op
BenchmarkGet/platforma/callers=8/rtt=0s-2 	 500	 40000 ns/op
BenchmarkGet/pgx-batch/callers=8/rtt=0s-2 	 500	 20000 ns/op
BenchmarkImport/platforma/callers=8/rtt=0s-2 	 1	 9000000 ns/op
`)
	share, ok := r.share(getNear, "platforma", elapsed)
	require.True(t, ok)
	require.Equal(t, spread{0.5, 0.5, 0.5}, share, "the one round that both were in")
	rate, ok := r.throughput(getNear)
	require.True(t, ok)
	require.InDelta(t, (1e9/36000+1e9/20000)/2, rate.median, 1e-6)
	require.Len(t, r.samples[measured{getNear.Setting, plan.PostgreSQL, "Import"}]["platforma"], 1)
	require.NotZero(t, r.samples[measured{getNear.Setting, plan.PostgreSQL, "Import"}]["platforma"][0])
}

func TestFiguresOfFewRoundsAreProvisional(t *testing.T) {
	t.Parallel()
	r := parsed(t, output)
	require.True(t, r.provisional(), "two rounds")
	require.Contains(t, r.markdown(), caveat)
	require.Contains(t, r.chart(), "provisional")
	r = parsed(t, output+output)
	require.False(t, r.provisional())
	require.NotContains(t, r.markdown(), caveat)
	require.NotContains(t, r.chart(), "provisional")
}

func TestOutputThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"BenchmarkGet-2 100 5 ns/op",
		"BenchmarkGet/pgx/workers=2-2 100 5 ns/op",
		"BenchmarkGet/pgx/callers=many-2 100 5 ns/op",
		"BenchmarkGet/pgx/callers=2/rtt=far-2 100 5 ns/op",
		"BenchmarkGet/pgx/callers=2-2 100 x ns/op",
		"BenchmarkGet/pgx/callers=2-2 100 5 MB/s",
	} {
		_, err := read(strings.NewReader(line + "\n"))
		require.ErrorContains(t, err, line)
	}
}

// A slow minute slows down both: the ratios of the rounds are what counts, not
// the ratio of the medians.
func TestSharesAreTakenRoundByRound(t *testing.T) {
	t.Parallel()
	r := parsed(t, output)
	share, ok := r.share(getNear, "platforma", elapsed)
	require.True(t, ok)
	require.InDelta(t, (0.9+0.95)/2, share.median, 1e-9)
	require.InDelta(t, 0.9125, share.low, 1e-9)
	require.InDelta(t, 0.9375, share.high, 1e-9)

	share, ok = r.share(getNear, "gorm", elapsed)
	require.True(t, ok)
	require.Equal(t, spread{0.1, 0.1, 0.1}, share, "one round")
	share, ok = r.share(getNear, "platforma", processor)
	require.True(t, ok)
	require.InDelta(t, 0.9, share.median, 1e-4)
	_, ok = r.share(findIn, "platforma", processor)
	require.False(t, ok, "it is not known")
	_, ok = r.share(listFar, "ent", elapsed)
	require.False(t, ok, "it did not take part")

	rate, ok := r.throughput(listFar)
	require.True(t, ok)
	require.InDelta(t, 500, rate.median, 1e-9)
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	require.Equal(t, spread{2, 3, 4}, spreadOf([]float64{5, 1, 4, 2, 3}))
	require.Equal(t, spread{1.75, 2.5, 3.25}, spreadOf([]float64{4, 3, 2, 1}))
}
