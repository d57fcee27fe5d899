package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

// roleHost is the role of a host's own statements.
const roleHost = "host"

// everyRole are the roles that a login may become, without the prefix.
func everyRole() []string {
	return append(sqlstore.Services(), sqlstore.RoleEvent, sqlstore.RoleRelay, sqlstore.RoleOperator, roleHost)
}

// loginOf is the login that may become one role alone.
func loginOf(prefix, role string) string { return prefix + "_" + role + "_login" }

// checkLogins refuses logins of which one is missing, or is for nothing. The
// host's is needed by who has tables of its own.
func checkLogins(op string, logins map[string]string) error {
	if len(logins) == 0 {
		return nil
	}
	var f fault.Fields
	roles := everyRole()
	for _, role := range roles {
		if _, ok := logins[role]; !ok && role != roleHost {
			f.Add("logins."+role, "must be there: each service has a login, or none has")
		}
	}
	for _, role := range slices.Sorted(maps.Keys(logins)) {
		if !slices.Contains(roles, role) {
			f.Add("logins."+role, "must be one of %s", strings.Join(roles, ", "))
		}
	}
	return f.Err(op, "", "")
}

// admitting are the statements that make the logins of the services, each a
// member of its role alone.
func (n names) admitting(ctx context.Context, db bun.IDB) ([]string, error) {
	var statements []string
	for _, role := range everyRole() {
		password, wanted := n.Logins[role]
		if !wanted {
			continue
		}
		login := loginOf(n.Prefix, role)
		if err := createRole(ctx, db, login, "LOGIN NOINHERIT"); err != nil {
			return nil, err
		}
		if err := setPassword(ctx, db, login, password); err != nil {
			return nil, err
		}
		statements = append(statements, n.entry(login)...)
		statements = append(statements, "GRANT "+pgx.Identifier{n.Prefix + "_" + role}.Sanitize()+" TO "+pgx.Identifier{login}.Sanitize())
	}
	return statements, nil
}

// entry are the statements that let a login into the database, and look at how
// it was migrated.
func (n names) entry(login string) []string {
	login = pgx.Identifier{login}.Sanitize()
	return []string{
		"GRANT CONNECT ON DATABASE " + pgx.Identifier{n.Database}.Sanitize() + " TO " + login,
		"GRANT USAGE ON SCHEMA platforma TO " + login,
		"GRANT SELECT ON platforma.applied TO " + login,
	}
}

// introduce lets the logins of the services into the schemas of their roles:
// statements are prepared before the role is set. It comes after the migrations,
// which make the schemas; for all logins that there are, so that those that
// another call made keep up.
func (n names) introduce(ctx context.Context, db *bun.DB) error {
	var statements []string
	err := db.NewRaw(`SELECT format('GRANT USAGE ON SCHEMA %I TO %I', nspname, login.rolname)
		FROM pg_namespace CROSS JOIN LATERAL aclexplode(nspacl) JOIN pg_roles r ON r.oid = grantee
		JOIN pg_roles login ON login.rolname = r.rolname || '_login'
		WHERE r.rolname IN (?) AND privilege_type = 'USAGE' AND pg_has_role(nspowner, 'USAGE')`, bun.List(n.roles())).
		Scan(ctx, &statements)
	if err != nil {
		return err
	}
	return execute(ctx, db, statements)
}
