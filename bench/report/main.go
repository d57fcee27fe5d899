// Report runs the benchmarks of all peers and says how they compare:
//
//	go run ./report                         measures for nine minutes, and prints the table
//	go run ./report -budget 2m              for two
//	go run ./report -out ../docs            and writes bench.txt, bench.md and bench.svg there
//	go run ./report -from ../docs/bench.txt -out ../docs
//	                                        writes them anew from what was measured before
//
// It runs in the module's folder, and finds PostgreSQL where the benchmarks do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(start(os.Args[1:], os.Stdout, os.Stderr)) }

// What the program exits with.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// options are the command's.
type options struct {
	budget time.Duration
	from   string
	out    string
}

func start(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&o.budget, "budget", 9*time.Minute, "how long to measure")
	flags.StringVar(&o.from, "from", "", "a `file` with what was measured, instead of measuring")
	flags.StringVar(&o.out, "out", "", "the `folder` for the files; none are written without")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if flags.NArg() > 0 || o.budget <= 0 {
		flags.Usage()
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := report(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "report:", err)
		return exitFailed
	}
	return exitDone
}

var errNothing = errors.New("nothing was measured")

func report(ctx context.Context, o options, stdout, stderr io.Writer) error {
	text, err := measurements(ctx, o, stderr)
	if err != nil {
		return err
	}
	r, err := read(strings.NewReader(text))
	if err != nil {
		return err
	}
	if len(r.samples) == 0 {
		return errNothing
	}
	if err := r.writeText(stdout); err != nil {
		return err
	}
	if o.out == "" {
		return nil
	}
	return r.writeFiles(o.out, text)
}

// measurements returns what the benchmarks write: now, or before.
func measurements(ctx context.Context, o options, stderr io.Writer) (string, error) {
	if o.from != "" {
		text, err := os.ReadFile(o.from)
		return string(text), err
	}
	return measure(ctx, o.budget, stderr)
}
