// Package migration says which way a schema goes: which of its migrations are
// undone and which are done on the way to a version. The SQL adapters share it;
// each brings the transactions and the lock that make it safe.
package migration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/uptrace/bun/migrate"

	"github.com/platforma/platforma/fault"
)

// Nothing is the version of a database before its first migration.
const Nothing = "0000"

// FirstServices are the services whose schemas the first migration makes. The
// list never changes: a service that came later brings its own migration.
func FirstServices() []string {
	return []string{"tenant", "customer", "catalog", "order", "resource"}
}

// Versions returns the versions that the migrations in a file system's folder
// "migrations" lead to, oldest first.
func Versions(files fs.FS) []string {
	paths, _ := fs.Glob(files, "migrations/*.up.sql") // it refuses bad patterns alone
	versions := make([]string, len(paths))
	for i, path := range paths {
		versions[i], _, _ = strings.Cut(strings.TrimPrefix(path, "migrations/"), "_")
	}
	return versions
}

// Target is the version that is meant by one that was asked for: empty is the
// newest. One that there is not is fault.ErrInvalid.
func Target(versions []string, to string) (string, error) {
	if to == "" {
		return versions[len(versions)-1], nil
	}
	if to == Nothing || slices.Contains(versions, to) {
		return to, nil
	}
	return "", &fault.Error{Kind: fault.ErrInvalid, Fields: []fault.Field{{
		Path: "to", Rule: "must be empty or one of " + Nothing + ", " + strings.Join(versions, ", "),
	}}}
}

// Unknown refuses a database with applied migrations that there are not: a
// newer version of the library made it, and this one cannot say what they did.
func Unknown(versions, applied []string) error {
	var unknown []string
	for _, name := range applied {
		if !slices.Contains(versions, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return fmt.Errorf("the database has migrations that this version of the library does not know (%s): use a newer one",
		strings.Join(unknown, ", "))
}

// Run brings a schema to a version. What is later than it is undone, newest
// first, and then what is missing up to it is done, oldest first.
func Run(ctx context.Context, m *migrate.Migrator, to string) error {
	all, err := m.MigrationsWithStatus(ctx)
	if err != nil {
		return err
	}
	for _, one := range all.Applied() {
		if one.Name > to {
			if err := undo(ctx, m, &one); err != nil {
				return fmt.Errorf("%s: down: %w", one.Name, err)
			}
		}
	}
	group := all.LastGroupID() + 1
	for _, one := range all.Unapplied() {
		if one.Name <= to {
			one.GroupID = group
			if err := do(ctx, m, &one); err != nil {
				return fmt.Errorf("%s: up: %w", one.Name, err)
			}
		}
	}
	return nil
}

func do(ctx context.Context, m *migrate.Migrator, one *migrate.Migration) error {
	if err := one.Up(ctx, m, one); err != nil {
		return err
	}
	return m.MarkApplied(ctx, one)
}

func undo(ctx context.Context, m *migrate.Migrator, one *migrate.Migration) error {
	if one.Down == nil {
		return errors.New("it cannot be undone")
	}
	if err := one.Down(ctx, m, one); err != nil {
		return err
	}
	return m.MarkUnapplied(ctx, one)
}

// WithCause adds what ended a context to an error that does not tell: a driver
// may say no more than that its connection is of no use, or its transaction over.
func WithCause(ctx context.Context, err error) error {
	if cause := ctx.Err(); err != nil && cause != nil && !errors.Is(err, cause) {
		return errors.Join(err, cause)
	}
	return err
}
