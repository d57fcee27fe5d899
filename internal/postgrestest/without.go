package postgrestest

import (
	"context"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The environment variables of a run that is to notice something: the SQL that
// takes a guard away from the template of all databases, and the rules of an
// inspection that find it gone, separated by commas, which then keep no database
// from being opened.
const (
	Without = "PLATFORMA_TEST_POSTGRES_WITHOUT"
	Accept  = "PLATFORMA_TEST_POSTGRES_ACCEPT"
)

// takeAway runs the SQL on the template, as the role that migrates.
func takeAway(ctx context.Context, dsn string) error {
	sql := os.Getenv(Without)
	if sql == "" {
		return nil
	}
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// accepted are the rules with the reason why they are.
func accepted() map[string]string {
	all := map[string]string{}
	for rule := range strings.SplitSeq(os.Getenv(Accept), ",") {
		if rule != "" {
			all[rule] = "the guard was taken away, to see who notices"
		}
	}
	return all
}
