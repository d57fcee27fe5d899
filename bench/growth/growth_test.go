package growth_test

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/growth"
)

var (
	orders   = flag.Int("orders", 100_000, "how many orders the large database has; the small one has a hundredth")
	tenants  = flag.Int("tenants", 1000, "how many tenants the large database has; the small one has ten")
	items    = flag.Int("items", 3, "how many items each order has, 3 at most")
	streamed = flag.Int("streamed", 20_000, "how many orders are streamed at most")
	times    = flag.Int("times", 5, "how often each operation is timed")
)

// An operation in a database with a hundred times as many orders, and many
// more tenants, is run by the same plan and touches hardly more pages. With -v
// the figures are printed, as Markdown. Nothing runs beside it: it looks at
// times and at memory.
func TestGrowth(t *testing.T) {
	small := grow(t, growth.Size{Orders: *orders / 100, Tenants: 10})
	large := grow(t, growth.Size{Orders: *orders, Tenants: *tenants})
	figures := &figures{small: small, large: large}
	before, after := small.operations(t), large.operations(t)
	for i := range before {
		t.Run(before[i].name, func(t *testing.T) {
			figures.compare(t, before[i], after[i])
		})
	}
	if testing.Verbose() {
		figures.print(t, os.Stdout)
	}
	t.Run("a stream", func(t *testing.T) { large.stream(t, *streamed) })
}

// looked is what was seen of an operation.
type looked struct {
	plans map[string]growth.Node
	// pages, descents, pages of maps and tables read in full are counted for both
	// ways of planning, by their names.
	pages, descents, maps, full map[string]int
	took                        time.Duration
}

// looks is how often an operation is looked at: whether what it reads lies on
// one page or on two is chance, so that the fewest pages count.
const looks = 5

func (d *database) look(t *testing.T, o operation) looked {
	t.Helper()
	var l looked
	pages := map[string][]int{}
	for i := range 1 + looks {
		prepare(o)
		answers := d.explainer.Explain(t, func() { require.NoError(t, o.run()) })
		if i == 0 {
			continue // what a connection does once, it reads the catalog for
		}
		l = looked{
			plans: map[string]growth.Node{}, pages: map[string]int{}, descents: map[string]int{}, maps: map[string]int{},
			full: map[string]int{},
		}
		for n, answer := range answers {
			plan, err := growth.ParsePlan(answer.JSON)
			require.NoError(t, err)
			how, _, _ := strings.Cut(answer.Statement, ":")
			l.plans[fmt.Sprintf("%s [%d]", answer.Statement, n)] = plan
			l.pages[how] += plan.Pages()
			l.descents[how] += plan.Descents(d.indexes)
			l.maps[how] += plan.Maps(d.sizes)
			l.full[how] += plan.Full()
		}
		for how, n := range l.pages {
			pages[how] = append(pages[how], n)
		}
	}
	for how, all := range pages {
		l.pages[how] = slices.Min(all)
	}
	l.took = d.clock(t, o)
	return l
}

// clock is the time that an operation takes.
func (d *database) clock(t *testing.T, o operation) time.Duration {
	t.Helper()
	all := make([]time.Duration, *times)
	for i := range all {
		prepare(o)
		began := time.Now()
		require.NoError(t, o.run())
		all[i] = time.Since(began)
	}
	return median(all)
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func prepare(o operation) {
	if o.before != nil {
		o.before()
	}
}

// figures are those of all operations.
type figures struct {
	small, large *database
	lines        []string
}

func (f *figures) compare(t *testing.T, before, after operation) {
	t.Helper()
	small, large := f.small.look(t, before), f.large.look(t, after)
	require.NotEmpty(t, small.plans)
	require.Equal(t, slices.Sorted(maps.Keys(small.plans)), slices.Sorted(maps.Keys(large.plans)), "the statements")
	f.lines = append(f.lines, fmt.Sprintf("| %s | %d | %d | %d | %v | %v |", before.name,
		highest(small.pages), highest(large.pages), highest(large.descents), rounded(small.took), rounded(large.took)))
	for statement, plan := range small.plans {
		if !before.joined {
			require.NoError(t, growth.Same(plan, large.plans[statement]), statement)
		}
	}
	for how, pages := range small.pages {
		// What was read in full spared the one page of an index.
		allowed := small.full[how] + large.maps[how] + growth.Allowed(f.small.size, large.descents[how], before.wide)
		require.LessOrEqual(t, large.pages[how], pages+allowed, "pages with %s\n%s", how, drawn(small, large, how))
	}
}

func highest(all map[string]int) int { return slices.Max(slices.Collect(maps.Values(all))) }

func rounded(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// drawn are the plans of a way of planning, in both databases.
func drawn(small, large looked, how string) string {
	var all strings.Builder
	for _, statement := range slices.Sorted(maps.Keys(small.plans)) {
		if strings.HasPrefix(statement, how) {
			fmt.Fprintf(&all, "%s\n%s\n%s\n", statement, small.plans[statement], large.plans[statement])
		}
	}
	return all.String()
}

func (f *figures) print(t *testing.T, to io.Writer) {
	t.Helper()
	fmt.Fprintf(to, "\n| operation | pages of %v | pages of %v | index descents | time | time |\n|---|---|---|---|---|---|\n%s\n",
		f.small.size, f.large.size, strings.Join(f.lines, "\n"))
	for _, d := range []*database{f.small, f.large} {
		fmt.Fprintf(to, "\n%v: %s; filled in %v, %.0f orders a second.\n", d.size, d.bytes(t), d.filled.Round(time.Millisecond),
			float64(d.size.Orders)/d.filled.Seconds())
	}
}
