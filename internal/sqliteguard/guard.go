// Package sqliteguard keeps tenants and services apart inside SQLite, which has
// no row-level security of its own.
//
// A connection of a [Connector] runs nothing without a principal, which travels
// in the context (see [As]). What it may run is decided three times:
//
//   - Reads go through TEMP views that take the base tables' names and show the
//     rows of the principal's tenant alone. The tenant is Go state of the
//     connection; a registered function reads it, and raises where there is none.
//   - Writes go to the base tables, by their names in the schema "main". TEMP
//     triggers look at each row: another tenant's is passed over by an update or a
//     delete as if it were not there, and refused to an insert.
//   - The authorizer of the connection lets a statement be compiled only if it
//     keeps to that: base tables are read by those views alone, a principal
//     reaches the tables of its role, and only texts that were declared write.
//     Everything else is denied: the catalog, PRAGMA, ATTACH, changes of the
//     schema, functions that are not on a list.
//
// The relay and the operator cross tenants, on a few tables, and read those
// directly.
package sqliteguard

import (
	"context"
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

type contextKey struct{}

// As returns a context in which a connection runs statements for a principal. A
// principal that must have a tenant and has none, or must not and has one, is
// fault.ErrNoScope, as is a role that there is not.
func As(ctx context.Context, who sqlstore.Principal) (context.Context, error) {
	if crosses(who.Role) != (who.Tenant == "") || !crosses(who.Role) && !isService(who.Role) {
		return ctx, fault.New(fault.ErrNoScope, "the role and the tenant of a statement do not go together")
	}
	return context.WithValue(ctx, contextKey{}, who), nil
}

// principal returns who runs the statements of a context.
func principal(ctx context.Context) (sqlstore.Principal, error) {
	who, ok := ctx.Value(contextKey{}).(sqlstore.Principal)
	if !ok {
		return who, fault.New(fault.ErrNoScope, "a statement without a principal")
	}
	return who, nil
}

// crosses says whether a role works across tenants.
func crosses(role string) bool {
	return role == sqlstore.RoleRelay || role == sqlstore.RoleOperator
}

// isService says whether a role has tables of its own, in one tenant.
func isService(role string) bool {
	return role == sqlstore.RoleEvent || slices.Contains(sqlstore.Services(), role)
}
