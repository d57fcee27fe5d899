package bench_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/platforma/platforma/bench/report/plan"
)

// Rounds repeat all benchmarks, so that a slow moment of the machine hits
// every peer: what is compared ran side by side, -count would repeat one peer
// after the other. At the end the medians of each round's ratios are printed.
var rounds = flag.Int("rounds", 1, "how often all benchmarks run")

// A budget is filled with rounds of the whole plan, as the report asks for it.
var budget = flag.Duration("budget", 0, "run the benchmarks by the report's plan for so long")

func TestMain(m *testing.M) {
	flag.Parse()
	began := time.Now()
	code := 0
	if *budget > 0 {
		code = runPlan(m, began.Add(*budget))
	} else {
		for range *rounds {
			code = max(code, m.Run())
		}
	}
	if err := worlds.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if *budget == 0 {
		measured.print(os.Stdout)
	}
	os.Exit(code)
}

// runPlan runs the plan's jobs until the time is up, one fails or a signal
// arrives, and tells of each before it begins.
func runPlan(m *testing.M, end time.Time) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := plan.New()
	for j := p.Next(time.Until(end)); j != nil && ctx.Err() == nil; j = p.Next(time.Until(end)) {
		fmt.Printf("job: %s; round %d, %v left\n", j, j.Round(), time.Until(end).Round(time.Second))
		if err := flag.Set("test.bench", j.Pattern()); err != nil {
			panic(err) // the testing package has always had the flag
		}
		began := time.Now()
		if code := m.Run(); code != 0 {
			return code
		}
		j.Done(time.Since(began))
	}
	return 0
}

// The worlds that last as long as the tests do.
var worlds = &shelter{ctx: context.Background()}
