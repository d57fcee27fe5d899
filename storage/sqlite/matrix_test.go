package sqlite

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/scope"
)

// relation is a table of tenants, as the catalog has it.
type relation struct {
	name, service, tenant string
	others                []string // its other columns
	own, all              int      // how many rows are acme's, and everybody's
}

// kind is a kind of statement: %[1]s is the table, %[2]s the tenant's column,
// %[3]s all others.
type kind struct {
	name, text string
	// mine is what its tenant's service is answered, by how many rows are its own.
	mine func(r relation) string
	// raw says that it names the base table to read it.
	raw bool
}

func (k kind) of(r relation) string {
	return fmt.Sprintf(k.text, r.name, r.tenant, strings.Join(r.others, ", "))
}

func (k kind) writes() bool {
	return !strings.HasPrefix(k.text, "SELECT") && !strings.HasPrefix(k.text, "EXPLAIN")
}

// some is an answer that there is where the tenant has rows.
func some(answer string) func(relation) string {
	return func(r relation) string {
		if r.own == 0 {
			return "nothing"
		}
		return answer
	}
}

func always(answer string) func(relation) string { return func(relation) string { return answer } }

func matrixKinds() []kind {
	const own, other = "'" + acme + "'", "'" + globex + "'"
	return []kind{
		{"select", "SELECT * FROM %[1]s", some("answered"), false},
		{"select by key", "SELECT %[2]s, %[3]s FROM %[1]s WHERE %[2]s = " + own, some("answered"), false},
		{"select another's", "SELECT %[2]s, %[3]s FROM %[1]s WHERE %[2]s = " + other, always("nothing"), false},
		{"select in a list", "SELECT %[2]s FROM %[1]s ORDER BY %[2]s DESC LIMIT 9", some("answered"), false},
		{"join", "SELECT 1 FROM %[1]s AS a JOIN %[1]s AS b ON a.%[2]s <> b.%[2]s", always("nothing"), false},
		{"count", "SELECT count(*) FROM %[1]s", always("answered"), false},
		{"explain", "EXPLAIN QUERY PLAN SELECT * FROM %[1]s", always("answered"), false},
		{"the base table", "SELECT * FROM main.%[1]s", always("denied"), true},
		{"update", "UPDATE main.%[1]s SET %[2]s = %[2]s WHERE %[2]s = " + own, some("answered"), false},
		{"update another's", "UPDATE main.%[1]s SET %[2]s = %[2]s WHERE %[2]s = " + other, always("nothing"), false},
		{"update, returning", "UPDATE main.%[1]s SET %[2]s = %[2]s WHERE %[2]s = " + other + " RETURNING *", always("nothing"), false},
		{"hand over", "UPDATE main.%[1]s SET %[2]s = " + other + " WHERE %[2]s = " + own, some("refused"), false},
		{"insert for another", "INSERT INTO main.%[1]s (%[2]s, %[3]s) SELECT " + other + ", %[3]s FROM %[1]s", some("refused"), false},
		{"replace for another", "REPLACE INTO main.%[1]s (%[2]s, %[3]s) SELECT " + other + ", %[3]s FROM %[1]s", some("refused"), false},
		{"delete another's", "DELETE FROM main.%[1]s WHERE %[2]s = " + other, always("nothing"), false},
		{"delete another's, returning", "DELETE FROM main.%[1]s WHERE %[2]s = " + other + " RETURNING *", always("nothing"), false},
	}
}

// acrossTenants are the tables that roles read of all tenants, by name or by
// what follows the service's.
func acrossTenants(role string, r relation) bool {
	kind := strings.TrimPrefix(r.name, r.service+"_")
	switch role {
	case sqlstore.RoleRelay:
		return kind == "outbox" || kind == "streams" || r.name == "event_lanes" || r.name == "resource_work" || r.name == "webhook_work"
	case sqlstore.RoleOperator:
		return slices.Contains([]string{"tenant_tenants", "tenant_commands", "tenant_users", "tenant_user_roles"}, r.name)
	default:
		return false
	}
}

// TestMatrix has everybody try everything with every table, with texts that were
// slipped in and with the same as texts of the library's own.
func TestMatrix(t *testing.T) {
	t.Parallel()
	kinds := matrixKinds()
	relations := readRelations(t, newHostileWorld(t, false, nil).raw)
	var texts []string
	for _, r := range relations {
		for _, k := range kinds {
			if k.writes() {
				texts = append(texts, k.of(r))
			}
		}
	}
	w := newHostileWorld(t, true, texts)
	relations = readRelations(t, w.raw)
	filled, cases, before := 0, 0, w.others(t)
	for _, r := range relations {
		if r.own > 0 {
			filled++
			assert.Greater(t, r.all, r.own, "%s has rows of one tenant alone", r.name)
		}
		for _, k := range kinds {
			for _, who := range append(services(acme), sqlstore.Principal{Role: r.service}, eventOfAcme, relay, operator) {
				for _, declared := range []bool{false, true} {
					db := w.own
					if declared {
						db = w.declared
					}
					got := send(t, db.writer, who, sql1(k.of(r)), nil)
					want := k.expected(r, who, declared)
					assert.Equal(t, want, got.kind(), "%s on %s by %+v, declared: %v, answered %s", k.name, r.name, who, declared, got)
					if who.Tenant != "" {
						assert.NotContains(t, got.String(), secret, "%s on %s by %+v", k.name, r.name, who)
					}
					cases++
				}
			}
			if k.writes() {
				w.renew(t, true)
			}
		}
	}
	require.Equal(t, before, w.others(t))
	require.Greater(t, filled, 12, "too many tables are empty for the test to say much")
	if t.Failed() {
		return
	}
	counttest.Logf(t, "%d tables, %d with rows, %d kinds of statements: %d cases, 0 leaks", len(relations), filled, len(kinds), cases)
}

// services are all services' principals in a tenant.
func services(tenant string) []sqlstore.Principal {
	var all []sqlstore.Principal
	for _, service := range sqlstore.Services() {
		all = append(all, sqlstore.Principal{Role: service, Tenant: scope.TenantID(tenant)})
	}
	return all
}

// expected is the one rule table.
func (k kind) expected(r relation, who sqlstore.Principal, declared bool) string {
	crosses := who.Role == sqlstore.RoleRelay || who.Role == sqlstore.RoleOperator
	switch {
	case !crosses && who.Tenant == "":
		return "no scope"
	case k.writes() && !declared:
		return "denied"
	case who.Role == r.service && who.Role != sqlstore.RoleEvent:
		return k.mine(r)
	case who.Role == sqlstore.RoleEvent && r.name == "event_dead_letters" && (!k.writes() || strings.HasPrefix(k.text, "DELETE")):
		return k.mine(r) // a tenant looks at its dead letters, and discards them
	case who.Role == sqlstore.RoleRelay && r.name == "event_lanes" && k.name == "hand over":
		return "refused"
	case who.Role == sqlstore.RoleRelay && r.name == "event_lanes" && strings.HasPrefix(k.text, "UPDATE"):
		return "answered" // the relay moves the lanes of all
	case crosses && k.raw && acrossTenants(who.Role, r):
		if r.all == 0 {
			return "nothing"
		}
		return "answered"
	default:
		return "denied"
	}
}

func readRelations(t *testing.T, raw *sql.DB) []relation {
	t.Helper()
	names, err := texts(t.Context(), raw, `SELECT m.name FROM sqlite_schema AS m WHERE m.type = 'table'
		AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'tenant_id' OR m.name = 'tenant_tenants') ORDER BY 1`)
	require.NoError(t, err)
	var all []relation
	for _, name := range names {
		columns, err := texts(t.Context(), raw, "SELECT name FROM pragma_table_info('"+name+"') ORDER BY cid")
		require.NoError(t, err)
		service, _, _ := strings.Cut(name, "_")
		r := relation{name: name, service: service, tenant: columns[0]}
		for _, column := range columns[1:] {
			r.others = append(r.others, `"`+column+`"`)
		}
		require.NoError(t, raw.QueryRowContext(t.Context(),
			"SELECT count(*), count(*) FILTER (WHERE "+r.tenant+" = '"+acme+"') FROM "+name).Scan(&r.all, &r.own))
		all = append(all, r)
	}
	return all
}
