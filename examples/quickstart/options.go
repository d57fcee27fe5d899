package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// options are what the command line says.
type options struct {
	// db is the SQLite file, postgres the PostgreSQL owner's DSN; without
	// either the database is a SQLite file in a new temporary folder.
	db, postgres string
	// backend is the file of the simulated data center; empty: beside the
	// SQLite file, or in the user's cache folder.
	backend string
	// crash is where the process dies.
	crash crash
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.db, "db", "", "keep the database in the SQLite `FILE`; without it, in a temporary folder")
	flags.StringVar(&o.postgres, "postgres", "",
		"use PostgreSQL: `DSN` is a superuser's or the migration owner's.\n"+
			"It migrates; everything else is done as the restricted login that the migration made")
	flags.StringVar(&o.backend, "backend", "",
		"keep what the simulated data center made in `FILE`;\n"+
			"without it, beside the SQLite file, or for PostgreSQL in the cache folder of the user")
	flags.IntVar(&o.crash.before, "crash-before", 0,
		"die like a killed process at the `N`th call of the data center, before it does anything")
	flags.IntVar(&o.crash.after, "crash-after", 0,
		"die after the data center has done its `N`th deed, before anybody hears of it")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: go run ./examples/quickstart [-db FILE | -postgres DSN] [-backend FILE]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.db != "" && o.postgres != "" {
		err := errors.New("no arguments are wanted, and one of -db and -postgres at most")
		fmt.Fprintln(stderr, "quickstart:", err)
		flags.Usage()
		return o, err
	}
	return o, nil
}
