package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"

	"github.com/platforma/platforma/internal/sqlstore"
)

// names are the roles of an installation.
type names struct {
	Prefix, Login string
	Database      string
	Services      []string
}

var roleName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,47}$`)

func namesOf(ctx context.Context, db bun.IDB, o MigrateOptions) (names, error) {
	n := names{Prefix: o.Prefix, Login: o.Login, Services: sqlstore.Services()}
	if err := db.QueryRowContext(ctx, "SELECT current_database()").Scan(&n.Database); err != nil {
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
func (n names) prepare(ctx context.Context, db bun.IDB, password string) error {
	for _, role := range n.roles() {
		if err := createRole(ctx, db, n.Prefix+"_"+role, "NOLOGIN NOINHERIT"); err != nil {
			return err
		}
	}
	if err := createRole(ctx, db, n.Login, "LOGIN NOINHERIT"); err != nil {
		return err
	}
	login, database := pgx.Identifier{n.Login}.Sanitize(), pgx.Identifier{n.Database}.Sanitize()
	if password != "" {
		// Inside the text, as a role's password cannot be an argument; quoted by
		// the server itself.
		var quoted string
		if err := db.QueryRowContext(ctx, "SELECT quote_literal(?::text)", password).Scan(&quoted); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "ALTER ROLE "+login+" PASSWORD "+quoted); err != nil {
			// The server's text may quote the statement.
			return errors.Join(errors.New("the login's password cannot be set"), ctx.Err())
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
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// forget takes away what prepare made. Roles that something else of the server
// needs stay: another database of the same prefix, or what a host granted them.
// PUBLIC stays shut out of the database, for nobody knows whether it was before.
func (n names) forget(ctx context.Context, db *bun.DB) error {
	login := pgx.Identifier{n.Login}.Sanitize()
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		statements := []string{
			"DROP TABLE IF EXISTS platforma.applied, platforma.migrations, platforma.migration_locks",
			"DROP SCHEMA IF EXISTS platforma",
		}
		var exists bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = ?)", n.Login).Scan(&exists)
		if err != nil {
			return err
		}
		if exists {
			statements = append(statements, "REVOKE CONNECT ON DATABASE "+pgx.Identifier{n.Database}.Sanitize()+" FROM "+login)
		}
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := dropRole(ctx, db, n.Login); err != nil {
		return err
	}
	for _, role := range n.roles() {
		if err := dropRole(ctx, db, n.Prefix+"_"+role); err != nil {
			return err
		}
	}
	return nil
}

func dropRole(ctx context.Context, db bun.IDB, name string) error {
	_, err := db.ExecContext(ctx, "DROP ROLE IF EXISTS "+pgx.Identifier{name}.Sanitize())
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == "2BP01" {
		return nil // something needs it
	}
	return err
}

func createRole(ctx context.Context, db bun.IDB, name, attributes string) error {
	_, err := db.ExecContext(ctx, "CREATE ROLE "+pgx.Identifier{name}.Sanitize()+" "+attributes)
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
