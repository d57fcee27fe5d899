package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"

	"github.com/platforma/platforma/internal/migration"
)

// names are the roles of an installation.
type names struct {
	Prefix, Login string
	Database      string
	// Services are those of the first migration.
	Services []string
	Logins   map[string]string
	Seal     *Seal
}

// roles are those that statements run in.
func (n names) roles() []string {
	all := everyRole()
	for i, role := range all {
		all[i] = n.Prefix + "_" + role
	}
	return all
}

// logins are those that there may be.
func (n names) logins() []string {
	all := []string{n.Login}
	for _, role := range everyRole() {
		all = append(all, loginOf(n.Prefix, role))
	}
	return all
}

var roleName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,47}$`)

func namesOf(ctx context.Context, db bun.IDB, o MigrateOptions) (names, error) {
	n := names{Prefix: o.Prefix, Login: o.Login, Services: migration.FirstServices(), Logins: o.Logins, Seal: o.Seal}
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
	for _, role := range everyRole() {
		if err := createRole(ctx, db, n.Prefix+"_"+role, "NOLOGIN NOINHERIT"); err != nil {
			return err
		}
	}
	if err := n.createLogin(ctx, db, password); err != nil {
		return err
	}
	statements := []string{
		"REVOKE CONNECT, TEMPORARY ON DATABASE " + pgx.Identifier{n.Database}.Sanitize() + " FROM PUBLIC",
		"CREATE SCHEMA IF NOT EXISTS platforma",
		"CREATE TABLE IF NOT EXISTS platforma.applied (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
	}
	statements = append(statements, n.entry(n.Login)...)
	for _, role := range everyRole() {
		statements = append(statements, "GRANT "+pgx.Identifier{n.Prefix + "_" + role}.Sanitize()+" TO "+pgx.Identifier{n.Login}.Sanitize())
	}
	own, err := n.admitting(ctx, db)
	if err != nil {
		return err
	}
	return execute(ctx, db, append(statements, own...))
}

// createLogin makes the login that becomes every role. Where each service has
// one of its own it is made without the right to log in, which it gets where
// they have none; what is there already stays as it is.
func (n names) createLogin(ctx context.Context, db bun.IDB, password string) error {
	attributes := "LOGIN NOINHERIT"
	if len(n.Logins) > 0 {
		attributes = "NOLOGIN NOINHERIT"
	}
	if err := createRole(ctx, db, n.Login, attributes); err != nil {
		return err
	}
	var open bool
	err := db.QueryRowContext(ctx, "SELECT rolcanlogin FROM pg_roles WHERE rolname = ?", n.Login).Scan(&open)
	if err == nil && !open && len(n.Logins) == 0 {
		_, err = db.ExecContext(ctx, "ALTER ROLE "+pgx.Identifier{n.Login}.Sanitize()+" LOGIN")
	}
	if err != nil {
		return err
	}
	return setPassword(ctx, db, n.Login, password)
}

// setPassword sets a login's password; empty leaves what it has.
func setPassword(ctx context.Context, db bun.IDB, login, password string) error {
	if password == "" {
		return nil
	}
	// Inside the text, as a role's password cannot be an argument; quoted by
	// the server itself.
	var quoted string
	if err := db.QueryRowContext(ctx, "SELECT quote_literal(?::text)", password).Scan(&quoted); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "ALTER ROLE "+pgx.Identifier{login}.Sanitize()+" PASSWORD "+quoted); err != nil {
		// The server's text may quote the statement.
		return errors.Join(fmt.Errorf("the password of %s cannot be set", login), ctx.Err())
	}
	return nil
}

func execute(ctx context.Context, db bun.IDB, statements []string) error {
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
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		statements := []string{
			"DROP TABLE IF EXISTS platforma.applied, platforma.migrations, platforma.migration_locks",
			"DROP SCHEMA IF EXISTS platforma",
		}
		var existing []string
		err := tx.NewRaw("SELECT rolname FROM pg_roles WHERE rolname IN (?)", bun.List(n.logins())).Scan(ctx, &existing)
		if err != nil {
			return err
		}
		sealed, err := n.withdrawing(ctx, tx, existing)
		if err != nil {
			return err
		}
		statements = append(statements, sealed...)
		for _, login := range existing {
			statements = append(statements, "REVOKE CONNECT ON DATABASE "+pgx.Identifier{n.Database}.Sanitize()+
				" FROM "+pgx.Identifier{login}.Sanitize())
		}
		return execute(ctx, tx, statements)
	})
	if err != nil {
		return err
	}
	for _, role := range append(n.logins(), n.roles()...) {
		if err := dropRole(ctx, db, role); err != nil {
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
