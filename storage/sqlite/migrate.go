package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/migrate"

	"github.com/platforma/platforma/internal/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateUp brings the schema up to date on the one connection of a pool. All
// of it is one immediate transaction: of several processes that start at once
// one migrates and the others wait, and a migration that fails leaves nothing.
func migrateUp(ctx context.Context, one *sql.DB) (err error) {
	found := migrate.NewMigrations()
	if err := found.Discover(migrations); err != nil {
		return err
	}
	if _, err := one.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, undo := one.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			err = errors.Join(err, undo)
		}
	}()
	m := migrate.NewMigrator(bun.NewDB(one, sqlitedialect.New()), found,
		migrate.WithTableName("platforma_migrations"), migrate.WithLocksTableName("platforma_migration_locks"),
		migrate.WithMarkAppliedOnSuccess(true),
		migrate.WithTemplateData(map[string]any{"Services": sqlstore.Services()}))
	if err := m.Init(ctx); err != nil {
		return err
	}
	applied, err := m.AppliedMigrations(ctx)
	if err != nil {
		return err
	}
	if known := found.Sorted(); len(applied) > len(known) {
		return fmt.Errorf("the database has %d migrations and this version of the library knows %d: use a newer one",
			len(applied), len(known))
	}
	if _, err := m.Migrate(ctx); err != nil {
		return err
	}
	_, err = one.ExecContext(ctx, "COMMIT")
	return err
}
