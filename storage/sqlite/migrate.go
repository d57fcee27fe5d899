package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/migrate"
	modernc "modernc.org/sqlite"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/migration"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Nothing is the version of a database before the first of [Versions].
const Nothing = migration.Nothing

// Versions returns the versions of the schema that this version of the library
// knows, oldest first.
func Versions() []string { return migration.Versions(migrations) }

// MigrateOptions are how a database is migrated; nil means the defaults.
type MigrateOptions struct {
	// To is the version that the schema is brought to, up or down: one of
	// [Versions], or [Nothing]. Empty is the newest.
	To string
}

// Migrate brings the schema of a database file to a version, and creates the
// file where it is not there. There is no need for it to go up: [Open] does so
// by itself.
//
// Going down loses the data of what is undone for good: the tables of a
// service's migration, and with them its events, receipts and terms. Nobody
// else may have the database open then. All of it is one transaction.
//
// A version that there is not is fault.ErrInvalid, before anything is done; all
// else, a database that a newer version of the library migrated too, is
// fault.ErrUnavailable.
func Migrate(ctx context.Context, path string, o *MigrateOptions) error {
	if o == nil {
		o = &MigrateOptions{}
	}
	to, err := migration.Target(Versions(), o.To)
	if err == nil {
		err = migration.WithCause(ctx, migrateFile(ctx, path, to))
	}
	if err == nil || errors.Is(err, fault.ErrInvalid) {
		return fault.At(err, "sqlite.migrate", "", "")
	}
	return &fault.Error{Op: "sqlite.migrate", Kind: fault.ErrUnavailable, Err: err}
}

func migrateFile(ctx context.Context, path, to string) (err error) {
	if path == Memory {
		return errors.New("a database in memory is migrated when it is opened, and ends with it")
	}
	if err := checkPath(path); err != nil {
		return err
	}
	o := Options{}.withDefaults()
	one := pool(&modernc.Driver{}, dsn(path, o, false), 1)
	defer func() { err = errors.Join(err, one.Close()) }()
	return patiently(ctx, o.BusyTimeout, func() error {
		if err := checkPragmas(ctx, one, o, path); err != nil {
			return err
		}
		return migrateTo(ctx, one, to)
	})
}

// migrateTo brings the schema to a version on the one connection of a pool. All
// of it is one immediate transaction: of several processes that start at once
// one migrates and the others wait, and a migration that fails leaves nothing.
func migrateTo(ctx context.Context, one *sql.DB, to string) (err error) {
	found := migrate.NewMigrations()
	if err := found.Discover(migrations); err != nil {
		return err
	}
	if _, err := one.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// A connection that was interrupted is gone already, and its
			// transaction with it.
			_, _ = one.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	m := migrate.NewMigrator(bun.NewDB(one, sqlitedialect.New()), found,
		migrate.WithTableName("platforma_migrations"), migrate.WithLocksTableName("platforma_migration_locks"),
		migrate.WithTemplateData(map[string]any{"Services": migration.FirstServices()}))
	if err := m.Init(ctx); err != nil {
		return err
	}
	applied, err := m.AppliedMigrations(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, one := range applied {
		names = append(names, one.Name)
	}
	if err := migration.Unknown(Versions(), names); err != nil {
		return err
	}
	if err := migration.Run(ctx, m, to); err != nil {
		return err
	}
	if to == Nothing {
		if _, err := one.ExecContext(ctx, "DROP TABLE platforma_migrations; DROP TABLE platforma_migration_locks"); err != nil {
			return err
		}
	}
	_, err = one.ExecContext(ctx, "COMMIT")
	return err
}
