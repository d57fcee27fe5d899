package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/platforma/platforma/fault"
)

// Seal takes from everybody in a database what changes the tenant from within a
// statement: EXECUTE on set_config, and USAGE on the languages that DO blocks are
// written in. The application's logins keep set_config, with which they begin
// each transaction before they become a service; the role that migrates keeps
// both, which migrations and pg_dump need. A superuser needs no grant.
//
// The roles in which the library's statements run, and the host's, are left
// without either, so that a text that somebody injects into one can set no other
// tenant.
type Seal struct {
	// Except are other roles that keep both, such as those that dump or restore
	// the database, or create functions in it. What a role was granted before
	// stays, whether it is named again or not.
	Except []string
}

// door is a right that a seal takes from everybody.
type door struct {
	Name   string // as GRANT and REVOKE name it
	May    bool   // the session's role may take it away
	Logins bool   // the logins keep it
	Open   bool   // everybody has it
}

func doors(ctx context.Context, db bun.IDB) (all []door, err error) {
	return all, db.NewRaw(`
		SELECT 'EXECUTE ON FUNCTION ' || oid::regprocedure AS name, pg_has_role(proowner, 'USAGE') AS may, true AS logins,
			has_function_privilege('public', oid, 'EXECUTE') AS open
		FROM pg_proc WHERE prosrc = 'set_config_by_name'
		UNION ALL
		SELECT format('USAGE ON LANGUAGE %I', lanname), pg_has_role(lanowner, 'USAGE'), false,
			has_language_privilege('public', oid, 'USAGE')
		FROM pg_language WHERE laninline <> 0 AND lanpltrusted
		ORDER BY 1`).Scan(ctx, &all)
}

// checkSeal refuses a seal that cannot be put on, before anything is done.
func (n names) checkSeal(ctx context.Context, db bun.IDB, pending bool) error {
	if n.Seal == nil {
		return nil
	}
	var f fault.Fields
	for i, role := range n.Seal.Except {
		var known bool
		if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = ?)", role).Scan(&known); err != nil {
			return err
		}
		if slices.Contains(n.roles(), role) {
			f.Add(fmt.Sprintf("seal.except[%d]", i), "must be none of the roles that the library's statements run in")
		} else if !known {
			f.Add(fmt.Sprintf("seal.except[%d]", i), "must be a role of the server")
		}
	}
	if err := f.Err("", "", ""); err != nil {
		return err
	}
	all, err := doors(ctx, db)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(all, func(d door) bool { return !d.May }); i >= 0 {
		return &fault.Error{Kind: fault.ErrForbidden, Err: fmt.Errorf(
			"%s is not this role's to take from everybody: a superuser seals a database", all[i].Name)}
	}
	var owner, self string
	err = db.QueryRowContext(ctx, `SELECT current_user, coalesce((SELECT pg_get_userbyid(nspowner) FROM pg_namespace
		WHERE nspname = 'platforma'), current_user)`).Scan(&self, &owner)
	if err == nil && pending && owner != self {
		err = &fault.Error{Kind: fault.ErrState, Err: fmt.Errorf(
			"the schema is %s's, and not what it is to be yet: migrate as %[1]s first, and seal then", owner)}
	}
	return err
}

// keepSealed seals a database, or, where it is sealed and the session's role may,
// lets in the logins that came since.
func (n names) keepSealed(ctx context.Context, db *bun.DB) error {
	all, err := doors(ctx, db)
	if err != nil {
		return err
	}
	if n.Seal == nil {
		all = slices.DeleteFunc(all, func(d door) bool { return d.Open || !d.May })
	}
	if len(all) == 0 {
		return nil
	}
	var logins, owners []string
	if err := db.NewRaw("SELECT rolname FROM pg_roles WHERE rolname IN (?)", bun.List(n.logins())).Scan(ctx, &logins); err != nil {
		return err
	}
	err = db.NewRaw("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'platforma'").Scan(ctx, &owners)
	if err != nil {
		return err
	}
	if n.Seal != nil {
		owners = append(owners, n.Seal.Except...)
	}
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var statements []string
		for _, d := range all {
			keep := owners
			if d.Logins {
				keep = slices.Concat(owners, logins)
			}
			statements = append(statements, "GRANT "+d.Name+" TO "+identifiers(keep),
				"REVOKE "+d.Name+" FROM PUBLIC, "+identifiers(n.roles()))
		}
		return execute(ctx, tx, statements)
	})
}

// withdrawing are the statements that take from the logins what a seal has left
// them, as far as the session's role may: a role that has a right does not go.
func (n names) withdrawing(ctx context.Context, db bun.IDB, logins []string) ([]string, error) {
	all, err := doors(ctx, db)
	var statements []string
	for _, d := range all {
		if d.May && !d.Open && len(logins) > 0 {
			statements = append(statements, "REVOKE "+d.Name+" FROM "+identifiers(logins))
		}
	}
	return statements, err
}

// identifiers writes names of roles as a list.
func identifiers(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
