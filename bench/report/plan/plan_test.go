package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/report/plan"
)

// run carries a plan out in a time, where each round takes a second.
func run(p plan.Plan, budget time.Duration, took func(*plan.Job) time.Duration) (rounds map[string]int, order []string) {
	rounds = map[string]int{}
	for left := budget; ; {
		j := p.Next(left)
		if j == nil {
			return rounds, order
		}
		rounds[j.String()]++
		order = append(order, j.String())
		j.Done(took(j))
		left -= took(j)
	}
}

func second(*plan.Job) time.Duration { return time.Second }

func TestEveryJobRunsOnceTheMostImportantFirst(t *testing.T) {
	t.Parallel()
	p := plan.New()
	rounds, order := run(p, time.Duration(len(p))*time.Second, second)
	require.Len(t, rounds, len(p))
	require.Len(t, p, 7*6+7*3, "SQLite has no network")
	require.Equal(t, "get on PostgreSQL, callers: 8", order[0])
	require.Equal(t, "import on SQLite, callers: 8", order[13])
	require.Equal(t, "get on PostgreSQL, callers: 8, 1ms away", order[14])
}

func TestTimeGoesWhereTheWeightIs(t *testing.T) {
	t.Parallel()
	rounds, _ := run(plan.New(), 10*time.Minute, second)
	main, far := rounds["place on PostgreSQL, callers: 8"], rounds["place on PostgreSQL, callers: 1, 1ms away"]
	require.Greater(t, far, 1)
	require.InDelta(t, 6*far, main, 6)
}

func TestARoundThatDoesNotFitIsNotBegun(t *testing.T) {
	t.Parallel()
	p := plan.New()
	took := func(j *plan.Job) time.Duration {
		if j.Operation == "Import" {
			return time.Minute
		}
		return time.Second
	}
	budget := 10 * time.Minute
	var spent time.Duration
	for {
		j := p.Next(budget - spent)
		if j == nil {
			break
		}
		again := j.Round() > 1
		spent += took(j)
		j.Done(took(j))
		if again {
			require.LessOrEqual(t, spent, budget)
		}
	}
	require.Greater(t, spent, budget-time.Second)
	require.Nil(t, p.Next(0))
}

func TestPatternsNameOneSetting(t *testing.T) {
	t.Parallel()
	p := plan.New()
	require.Equal(t, "^BenchmarkGet$/^.*$/^callers=8$/^rtt=0s$", p[0].Pattern())
	require.Equal(t, "^BenchmarkGetSQLite$/^.*$/^callers=8$", p[7].Pattern())
	require.Equal(t, "^BenchmarkGet$/^.*$/^callers=8$/^rtt=1ms$", p[14].Pattern())
}
