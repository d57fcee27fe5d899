package sqliteguard

import (
	"slices"
	"strings"

	modernc "modernc.org/sqlite"

	"github.com/platforma/platforma/internal/sqlstore"
)

// access is what may be done with a table.
type access uint8

const (
	selects access = 1 << iota
	inserts
	updates
	deletes
)

// reach is what a role may do with a table: with the rows of its tenant, or of
// all tenants if it crosses them.
func reach(role string, t table) access {
	switch kind := strings.TrimPrefix(t.name, t.service+"_"); role {
	case sqlstore.RoleRelay:
		switch {
		case t.name == "event_lanes":
			return selects | inserts | updates | deletes
		case t.name == "event_dead_letters":
			return selects | inserts | deletes
		case t.name == "resource_work", t.name == "webhook_work":
			return selects | updates
		case kind == "outbox", kind == "deliveries":
			return selects | deletes
		case kind == "streams":
			return selects | updates
		}
	case sqlstore.RoleOperator:
		switch t.name {
		case tenants, "tenant_commands", "tenant_users", "tenant_user_roles":
			return selects
		}
	case sqlstore.RoleEvent:
		if t.name == "event_dead_letters" {
			return selects | deletes
		}
	case t.service:
		return selects | inserts | updates | deletes
	}
	return 0
}

// harmless says whether statements may call a function: those on the list reach
// nothing but their arguments.
func harmless(function string) bool {
	switch function {
	case "avg", "coalesce", "count", "if", "ifnull", "iif", "length", "lower", "max", "min", "nullif", "substr", "sum", "total",
		"unixepoch", "upper", "json", "json_array", "json_group_array", "json_object", "->", "->>":
		return true
	}
	return false
}

// authorize decides whether SQLite may compile a part of a statement. What is
// not allowed here is denied. The last argument is the view or the trigger that
// the part belongs to: the name by which the statement calls it, which a CTE can
// have as well. So only names that nobody can guess give rights.
func (s *state) authorize(action modernc.AuthorizerActionCode, first, second, schema, via string) modernc.AuthorizerReturnCode {
	if s.allows(action, first, second, schema, via) {
		return modernc.AuthorizerOK
	}
	return modernc.AuthorizerDeny
}

func (s *state) allows(action modernc.AuthorizerActionCode, first, second, schema, via string) bool {
	switch action { //nolint:exhaustive // the others are denied
	case modernc.AuthSelect:
		return true
	case modernc.AuthTransaction:
		return s.transacting || s.text.declared
	case modernc.AuthFunction:
		if second == functionTenant || second == functionWithin {
			return s.names.views[via] != "" || s.names.triggers[via] != ""
		}
		return harmless(second)
	case modernc.AuthRead:
		return s.mayRead(first, second, schema, via)
	case modernc.AuthInsert:
		return s.mayWrite(first, schema, via, inserts)
	case modernc.AuthDelete:
		return s.mayWrite(first, schema, via, deletes)
	case modernc.AuthUpdate:
		return s.mayWrite(first, schema, via, updates) && s.mayChange(first, second)
	}
	return false
}

// mayRead decides about a column, or about a table of which none is read. What a
// view is read for is decided where it reads its table: SQLite tells the name of
// what it is denied, and must not be denied the view with the name that nobody may
// know.
func (s *state) mayRead(name, column, schema, via string) bool {
	t, known := s.tables[name]
	switch {
	case schema == "temp", schema == "" && column == "":
		// A name without a schema is a view's, which comes before the table's.
		return known || s.names.views[name] != ""
	case !known:
		return name == "json_each" || name == "json_tree"
	case s.names.triggers[via] == name:
		return column == t.tenant && s.text.target == name
	case s.names.views[via] == name:
		// A view reads the tenant at least. SQLite asks about a table that only has
		// to be there when it has moved conditions into others' views.
		return column != "" && !crosses(s.who.Role) && s.may(t, selects)
	case crosses(s.who.Role):
		return s.may(t, selects)
	default:
		return via == "" && s.touches(t)
	}
}

// touches says whether a statement that writes has to read a base table: its
// own, to find the rows, and the keys of those it has foreign keys with.
func (s *state) touches(t table) bool {
	return s.text.plain && (t.name == s.text.target || slices.Contains(t.kin, s.text.target))
}

func (s *state) mayWrite(name, schema, via string, a access) bool {
	t, known := s.tables[name]
	return known && schema == "main" && via == "" && s.text.target == name && s.may(t, a)
}

// mayChange decides about a column: the relay leases work and notes what the
// lanes were told, and that is all.
func (s *state) mayChange(name, column string) bool {
	switch {
	case s.who.Role != sqlstore.RoleRelay, name == "event_lanes":
		return true
	case name == "resource_work", name == "webhook_work":
		return column == "leased_until" || column == "epoch"
	}
	return column == "told"
}

func (s *state) may(t table, a access) bool { return reach(s.who.Role, t)&a != 0 }
