package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/migrate"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

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
}

// migrationLock is the advisory lock that one migration at a time holds.
const migrationLock = 0x706c6174666f726d // "platform"

// Migrate brings a database's schema up to date, and creates the library's
// roles. Its DSN is of the role that will own all of it: a superuser, or a role
// with CREATEROLE that owns the database; never the application's login. Each
// migration is one transaction. Several may start at once: one migrates, the
// others wait. Errors are fault.ErrUnavailable.
func Migrate(ctx context.Context, ownerDSN string, o *MigrateOptions) error {
	if o == nil {
		o = &MigrateOptions{}
	}
	if err := migrateUp(ctx, ownerDSN, *o); err != nil {
		return &fault.Error{Op: "postgres.migrate", Kind: fault.ErrUnavailable, Err: err}
	}
	return nil
}

func migrateUp(ctx context.Context, dsn string, o MigrateOptions) (err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	config.RuntimeParams["standard_conforming_strings"] = "on"
	// Bun writes arguments into the text, and a migration is many statements.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	lock, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close(context.WithoutCancel(ctx))) }()
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	names, err := namesOf(ctx, lock, o)
	if err != nil {
		return err
	}
	if err := names.prepare(ctx, lock, o.Password); err != nil {
		return err
	}
	db := bun.NewDB(stdlib.OpenDB(*config), pgdialect.New())
	defer func() { err = errors.Join(err, db.Close()) }()
	return run(ctx, db, names)
}

func run(ctx context.Context, db *bun.DB, n names) error {
	found := migrate.NewMigrations()
	if err := found.Discover(migrations); err != nil {
		return err
	}
	const table = "platforma.migrations"
	m := migrate.NewMigrator(db, found, migrate.WithTableName(table),
		migrate.WithLocksTableName("platforma.migration_locks"), migrate.WithMarkAppliedOnSuccess(true),
		migrate.WithTemplateData(n),
		migrate.AfterMigration(func(ctx context.Context, tx bun.IConn, applied *migrate.Migration) error {
			// Marked inside its own transaction: a crash after it does not make
			// the next start run it again.
			_, err := tx.ExecContext(ctx, "INSERT INTO platforma.applied (name) VALUES (?)", applied.Name)
			return err
		}))
	if err := m.Init(ctx); err != nil {
		return err
	}
	if err := adopt(ctx, db, m, found); err != nil {
		return err
	}
	_, err := m.Migrate(ctx)
	return err
}

// adopt marks the migrations that a process ran and did not live to mark.
func adopt(ctx context.Context, db *bun.DB, m *migrate.Migrator, found *migrate.Migrations) error {
	marked, err := m.AppliedMigrations(ctx)
	if err != nil {
		return err
	}
	var names []string
	if err := db.NewSelect().ColumnExpr("name").TableExpr("platforma.applied").Scan(ctx, &names); err != nil {
		return err
	}
	if known := found.Sorted(); len(names) > len(known) {
		return fmt.Errorf("the database has %d migrations and this version of the library knows %d: use a newer one",
			len(names), len(known))
	}
	done := map[string]bool{}
	for _, applied := range marked {
		done[applied.Name] = true
	}
	for _, name := range names {
		if !done[name] {
			if err := m.MarkApplied(ctx, &migrate.Migration{Name: name, GroupID: marked.LastGroupID() + 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

// names are the roles of an installation.
type names struct {
	Prefix, Login string
	Database      string
	Services      []string
}

var roleName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,47}$`)

func namesOf(ctx context.Context, c *pgx.Conn, o MigrateOptions) (names, error) {
	n := names{Prefix: o.Prefix, Login: o.Login, Services: sqlstore.Services()}
	if err := c.QueryRow(ctx, "SELECT current_database()").Scan(&n.Database); err != nil {
		return n, err
	}
	if n.Prefix == "" {
		n.Prefix = n.Database
	}
	if n.Login == "" {
		n.Login = n.Prefix + "_app"
	}
	for _, name := range []string{n.Prefix, n.Login} {
		if !roleName.MatchString(name) {
			return n, fmt.Errorf("%q cannot begin a role's name: lower-case letters, digits and _, at most 48", name)
		}
	}
	return n, nil
}

// prepare creates the roles, which may be there from another database of the
// server, and the schema that remembers what was applied.
func (n names) prepare(ctx context.Context, c *pgx.Conn, password string) error {
	for _, role := range n.roles() {
		if err := createRole(ctx, c, n.Prefix+"_"+role, "NOLOGIN NOINHERIT"); err != nil {
			return err
		}
	}
	if err := createRole(ctx, c, n.Login, "LOGIN NOINHERIT"); err != nil {
		return err
	}
	login, database := pgx.Identifier{n.Login}.Sanitize(), pgx.Identifier{n.Database}.Sanitize()
	if password != "" {
		// Inside the text, as a role's password cannot be an argument; quoted by
		// the server itself.
		var quoted string
		if err := c.QueryRow(ctx, "SELECT quote_literal($1::text)", password).Scan(&quoted); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "ALTER ROLE "+login+" PASSWORD "+quoted); err != nil {
			return errors.New("the login's password cannot be set")
		}
	}
	statements := []string{
		"REVOKE CONNECT, TEMPORARY ON DATABASE " + database + " FROM PUBLIC",
		"GRANT CONNECT ON DATABASE " + database + " TO " + login,
		"CREATE SCHEMA IF NOT EXISTS platforma",
		"CREATE TABLE IF NOT EXISTS platforma.applied (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
		"GRANT USAGE ON SCHEMA platforma TO " + login,
		"GRANT SELECT ON platforma.applied TO " + login,
	}
	for _, role := range n.roles() {
		statements = append(statements, "GRANT "+pgx.Identifier{n.Prefix + "_" + role}.Sanitize()+" TO "+login)
	}
	for _, statement := range statements {
		if _, err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func createRole(ctx context.Context, c *pgx.Conn, name, attributes string) error {
	_, err := c.Exec(ctx, "CREATE ROLE "+pgx.Identifier{name}.Sanitize()+" "+attributes)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "42710" || refused.Code == "23505") {
		return nil // it exists, or another migration of the server is creating it
	}
	return err
}

// roles are the roles that the login may become, without the prefix.
func (n names) roles() []string {
	return append(slices.Clone(n.Services), sqlstore.RoleRelay, sqlstore.RoleOperator, sqlstore.RoleEvent)
}

// known returns the names of the migrations of this version, in order.
func known() ([]string, error) {
	found := migrate.NewMigrations()
	if err := found.Discover(migrations); err != nil {
		return nil, err
	}
	var all []string
	for _, m := range found.Sorted() {
		all = append(all, m.Name)
	}
	return all, nil
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
