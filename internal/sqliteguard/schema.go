package sqliteguard

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/platforma/platforma/internal/sqlstore"
)

// names are the views and triggers of a connection, each with the table it is
// for. They are random: who knew one could give it to a CTE, and read the table
// as the view does.
type names struct {
	views, triggers map[string]string
}

// all is how a view shows what its table has.
const all = "SELECT * FROM" //nolint:unqueryvet // whatever that is

// schema returns the statements that make the views of a connection and, for
// one that writes, the triggers.
func (s *state) schema(writes bool) string {
	var b strings.Builder
	s.names = names{views: map[string]string{}, triggers: map[string]string{}}
	for _, t := range s.tables.sorted() {
		view := rand.Text()
		s.names.views[view] = t.name
		index := ""
		if t.primary != "" {
			// Where an index begins with another column, SQLite could look at other
			// tenants' rows first, and at the tenant last.
			index = fmt.Sprintf(" INDEXED BY %q", t.primary)
		}
		fmt.Fprintf(&b, "CREATE TEMP VIEW %q AS %s main.%q%s WHERE %s = %s();\n", view, all, t.name, index, t.tenant, functionTenant)
		fmt.Fprintf(&b, "CREATE TEMP VIEW %q AS %s temp.%q;\n", t.name, all, view)
		if writes {
			s.guard(&b, t)
		}
	}
	return b.String()
}

// guard writes the triggers of a table. A row of another tenant is not there for
// an update or a delete; none can be added, and no row can be given away.
func (s *state) guard(b *strings.Builder, t table) {
	tenant := func(row string) string { return row + "." + t.tenant }
	within := func(row string) string {
		if reach(sqlstore.RoleRelay, t)&(inserts|updates|deletes) != 0 {
			return fmt.Sprintf("%s(%s)", functionWithin, tenant(row))
		}
		return functionTenant + "()"
	}
	for _, trigger := range []struct{ event, when, raise string }{
		{"INSERT", tenant("NEW") + " IS NOT " + within("NEW"), "ABORT, 'another tenant'"},
		{"UPDATE", tenant("OLD") + " IS NOT " + within("OLD"), "IGNORE"},
		{"DELETE", tenant("OLD") + " IS NOT " + within("OLD"), "IGNORE"},
		{
			"UPDATE OF " + t.tenant,
			tenant("OLD") + " IS " + within("OLD") + " AND " + tenant("NEW") + " IS NOT " + tenant("OLD"), "ABORT, 'another tenant'",
		},
	} {
		name := rand.Text()
		s.names.triggers[name] = t.name
		fmt.Fprintf(b, "CREATE TEMP TRIGGER %q BEFORE %s ON main.%q WHEN %s BEGIN SELECT RAISE(%s); END;\n",
			name, trigger.event, t.name, trigger.when, trigger.raise)
	}
}
