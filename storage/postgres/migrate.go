package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/migrate"

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
	// Prefix begins the names of the library's roles. Roles are the server's,
	// not the database's: two installations on one server need two prefixes.
	// Empty is the database's name.
	Prefix string
	// Login is the role that the application logs in as, which may become each
	// service's role and can read nothing by itself. Empty is the prefix
	// followed by "_app".
	Login string
	// Password is set for the login; empty leaves what it has.
	Password string
	// Logins has the password of a login for each service, as [Options.Logins];
	// an empty password leaves what the login has. Their names are the prefix,
	// what they are for, and "login", joined by "_". With it a Login that was not
	// there before is made without the right to log in; one that was keeps it, so
	// that what runs is not shut out: take it away when nothing uses it any more.
	Logins map[string]string
	// Seal takes from everybody in the database what changes the tenant from
	// within a statement; nil leaves that as it is. Only a superuser can, so that
	// where another role migrates a second call seals, when that one is done.
	// Once is enough, but for logins that are made later: a superuser's Migrate lets
	// them in, another's cannot, and Open says what is missing.
	Seal *Seal
	// To is the version that the schema is brought to, up or down: one of
	// [Versions], or [Nothing]. Empty is the newest.
	To string
}

// Migrate brings a database's schema to a version, by default the newest, and
// creates the library's roles. Its DSN is of the role that will own all of it: a
// superuser, or a role with CREATEROLE that owns the database; never the
// application's login. Each migration is one transaction. Several may start at
// once: one migrates, the others wait.
//
// Going down loses the data of what is undone for good: the tables of a
// service's migration, and with them its events, receipts and terms. No
// application may serve from the database then. Down to [Nothing] the roles go
// too, unless something else on the server needs them.
//
// A version that there is not is fault.ErrInvalid, before anything is done, and so
// are logins of which one is missing, and a seal with a role that there is not or
// without a schema. A seal that the role may not put on is fault.ErrForbidden, one
// on a schema of another role's that migrations are missing in fault.ErrState: also
// before anything is done. All else, a database that a newer version of the library
// migrated too, is fault.ErrUnavailable.
func Migrate(ctx context.Context, ownerDSN string, o *MigrateOptions) error {
	if o == nil {
		o = &MigrateOptions{}
	}
	to, err := migration.Target(Versions(), o.To)
	if err != nil {
		return fault.At(err, "postgres.migrate", "", "")
	}
	if err := checkLogins("postgres.migrate", o.Logins); err != nil {
		return err
	}
	if o.Seal != nil && to == Nothing {
		return &fault.Error{Op: "postgres.migrate", Kind: fault.ErrInvalid, Fields: []fault.Field{{
			Path: "seal", Rule: "must be nil where the schema goes",
		}}}
	}
	return fault.At(migration.WithCause(ctx, migrateTo(ctx, ownerDSN, to, *o)), "postgres.migrate", "", "")
}

func migrateTo(ctx context.Context, dsn, to string, o MigrateOptions) (err error) {
	db, err := session(dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	names, err := namesOf(ctx, db, o)
	if err != nil {
		return err
	}
	applied, err := appliedIn(ctx, db)
	if err != nil {
		return err
	}
	if err := migration.Unknown(Versions(), applied); err != nil {
		return err
	}
	down := slices.ContainsFunc(applied, func(version string) bool { return version > to })
	if err := names.checkSeal(ctx, db, down || !slices.Contains(applied, to)); err != nil {
		return err
	}
	if to != Nothing && !down {
		if err := names.prepare(ctx, db, o.Password); err != nil {
			return err
		}
	}
	if to != Nothing || down {
		if err := run(ctx, db, names, to); err != nil {
			return err
		}
	}
	if to == Nothing {
		return names.forget(ctx, db)
	}
	if err := names.introduce(ctx, db); err != nil {
		return err
	}
	return names.keepSealed(ctx, db)
}

// migrationLock is the advisory lock that one migration at a time holds.
const migrationLock = 0x706c6174666f726d // "platform"

// session opens the one connection that migrates. The lock is the first thing
// it asks for, so that the session that holds it is the one that works: where a
// process dies, the server ends what it had begun, and only then has the lock
// for the next one. For the same reason a connection that breaks is not
// replaced.
func session(dsn string) (*bun.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["standard_conforming_strings"] = "on"
	// Bun writes arguments into the text, and a migration is many statements.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	var opened atomic.Bool
	one := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		err := errors.New("the connection was lost")
		if !opened.Swap(true) {
			_, err = c.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock))
		}
		if err != nil {
			return errors.Join(err, c.Close(context.WithoutCancel(ctx)))
		}
		return nil
	}))
	one.SetMaxOpenConns(1)
	return bun.NewDB(one, pgdialect.New()), nil
}

// appliedIn returns the versions that a database has gone through.
func appliedIn(ctx context.Context, db bun.IDB) ([]string, error) {
	var prepared bool
	err := db.QueryRowContext(ctx, "SELECT to_regclass('platforma.applied') IS NOT NULL").Scan(&prepared)
	if err != nil || !prepared {
		return nil, err
	}
	var versions []string
	return versions, db.NewSelect().ColumnExpr("name").TableExpr("platforma.applied").Scan(ctx, &versions)
}

func run(ctx context.Context, db *bun.DB, n names, to string) error {
	found := migrate.NewMigrations()
	if err := found.Discover(migrations); err != nil {
		return err
	}
	m := migrate.NewMigrator(db, found, migrate.WithTableName("platforma.migrations"),
		migrate.WithLocksTableName("platforma.migration_locks"), migrate.WithTemplateData(n), migrate.AfterMigration(mark))
	if err := m.Init(ctx); err != nil {
		return err
	}
	if err := adopt(ctx, db, m); err != nil {
		return err
	}
	return migration.Run(ctx, m, to)
}

// mark notes in a migration's own transaction that it is done, or undone: a
// crash after it does not make the next start run it again.
func mark(ctx context.Context, tx bun.IConn, one *migrate.Migration) error {
	statement := "INSERT INTO platforma.applied (name) VALUES (?)"
	if one.IsApplied() {
		statement = "DELETE FROM platforma.applied WHERE name = ?"
	}
	_, err := tx.ExecContext(ctx, statement, one.Name)
	return err
}

// adopt gives bun's own table the marks of the migrations that a process did or
// undid, and did not live to mark there.
func adopt(ctx context.Context, db *bun.DB, m *migrate.Migrator) error {
	marked, err := m.AppliedMigrations(ctx)
	if err != nil {
		return err
	}
	applied, err := appliedIn(ctx, db)
	if err != nil {
		return err
	}
	var names []string
	for _, one := range marked {
		names = append(names, one.Name)
		if !slices.Contains(applied, one.Name) {
			if err := m.MarkUnapplied(ctx, &one); err != nil {
				return err
			}
		}
	}
	for _, name := range applied {
		if !slices.Contains(names, name) {
			if err := m.MarkApplied(ctx, &migrate.Migration{Name: name, GroupID: marked.LastGroupID() + 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Fingerprint tells this version's schema from every other's: a hash of its
// migrations. It names templates of test databases.
func Fingerprint() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		sum.Write(text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:16]), err
}
