package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/platforma/platforma/internal/postgrestest"
)

// machine describes what the benchmarks run on, beyond what they say
// themselves. What does not answer is left out.
func machine(ctx context.Context) string {
	var b strings.Builder
	fmt.Fprintf(&b, "go: %s\nprocessors: %d\n", strings.TrimPrefix(runtime.Version(), "go"), runtime.NumCPU())
	for _, of := range []struct{ name, driver, source, query string }{
		{"postgres", "pgx", os.Getenv(postgrestest.Variable), "SHOW server_version"},
		{"sqlite", "sqlite", ":memory:", "SELECT sqlite_version()"},
	} {
		if version, err := ask(ctx, of.driver, of.source, of.query); err == nil {
			version, _, _ = strings.Cut(version, " ")
			fmt.Fprintf(&b, "%s: %s\n", of.name, version)
		}
	}
	return b.String()
}

func ask(ctx context.Context, driver, source, query string) (answer string, err error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return answer, db.QueryRowContext(ctx, query).Scan(&answer)
}
