package bench_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
)

// Rounds repeat all benchmarks, so that a slow moment of the machine hits
// every peer: what is compared ran side by side, -count would repeat one peer
// after the other. At the end the medians of each round's ratios are printed.
var rounds = flag.Int("rounds", 1, "how often all benchmarks run")

func TestMain(m *testing.M) {
	flag.Parse()
	code := 0
	for range *rounds {
		code = max(code, m.Run())
	}
	if err := worlds.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	measured.print(os.Stdout)
	os.Exit(code)
}

// The worlds that last as long as the tests do.
var worlds = &shelter{ctx: context.Background()}
