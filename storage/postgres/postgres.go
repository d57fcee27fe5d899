// Package postgres is the adapter for PostgreSQL 15 and later. The database
// itself keeps tenants apart, by row-level security, and services, by a role
// and a schema each.
//
// Migrating and serving are apart: the role that owns the schema is never the
// one that the application logs in as.
//
//	err := postgres.Migrate(ctx, ownerDSN, &postgres.MigrateOptions{Password: secret})
//	db, err := postgres.Open(ctx, appDSN, nil)
//	p, err := platforma.New(db, nil)
//
// Every operation is one network round trip, in which its scope is set and
// after which nothing of it is left on the connection.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/migration"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/storage"
)

// Options are how a database is opened; nil means the defaults.
type Options struct {
	// Prefix begins the names of the library's roles, as it was migrated with;
	// empty is the database's name.
	Prefix string
	// MaxConns is how many connections are open at most; 0 is pgxpool's default
	// or what the DSN's pool_max_conns says.
	MaxConns int32
	// Pooler makes the adapter work behind a pooler in transaction mode that
	// does not know prepared statements, such as PgBouncer before 1.21.
	Pooler bool
	// Dial opens network connections; nil is the standard dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Open opens a migrated database as the application's login. It refuses a
// database in which the login could see more than its scope lets it: one that
// logs in as a superuser, a role that bypasses row-level security, or the
// tables' owner; or one whose migrations are not this version's. Errors are
// fault.ErrUnavailable and say what to do.
func Open(ctx context.Context, dsn string, o *Options) (storage.Driver, error) {
	if o == nil {
		o = &Options{}
	}
	db, err := open(ctx, dsn, *o)
	if err != nil {
		return nil, &fault.Error{Op: "postgres.open", Kind: fault.ErrUnavailable, Err: err}
	}
	return sqlstore.NewDriver(pgdialect.New(), db, db.Close), nil
}

func open(ctx context.Context, dsn string, o Options) (*database, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on"
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	if o.Pooler {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	if o.Dial != nil {
		config.ConnConfig.DialFunc = o.Dial
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db := &database{pool: pool, prefix: o.Prefix}
	if err := db.inspect(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// inspect refuses a database that would not keep tenants apart.
func (d *database) inspect(ctx context.Context) error {
	var name, conforming string
	var version int
	var super, bypass, owner bool
	err := d.pool.QueryRow(ctx, `SELECT current_database(), current_setting('standard_conforming_strings'),
		current_setting('server_version_num')::int, r.rolsuper, r.rolbypassrls,
		EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = ANY($1) AND c.relowner = r.oid)
		FROM pg_roles r WHERE r.rolname = current_user`, append(sqlstore.Services(), "platforma", "event")).
		Scan(&name, &conforming, &version, &super, &bypass, &owner)
	if err != nil {
		return err
	}
	if d.prefix == "" {
		d.prefix = name
	}
	switch {
	case version < 150000:
		return fmt.Errorf("PostgreSQL %d is too old: 15 or later is needed", version/10000)
	case conforming != "on":
		return errors.New("standard_conforming_strings must be on")
	case super:
		return errors.New("the login is a superuser, whom row-level security does not hold: " +
			"log in as the role that postgres.Migrate made (MigrateOptions.Login)")
	case bypass:
		return errors.New("the login has BYPASSRLS, so that row-level security does not hold it: ALTER ROLE … NOBYPASSRLS")
	case owner:
		return errors.New("the login owns the tables: migrate as another role")
	}
	return d.checkMigrations(ctx)
}

func (d *database) checkMigrations(ctx context.Context) error {
	var applied []string
	rows, err := d.pool.Query(ctx, "SELECT name FROM platforma.applied")
	if err == nil {
		applied, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return fmt.Errorf("the database is not migrated, or not for this login: run postgres.Migrate: %w", err)
	}
	if err := migration.Unknown(Versions(), applied); err != nil {
		return err
	}
	pending := slices.DeleteFunc(Versions(), func(version string) bool { return slices.Contains(applied, version) })
	if len(pending) > 0 {
		return fmt.Errorf("%d migrations are pending, from %s on: run postgres.Migrate", len(pending), pending[0])
	}
	return nil
}
