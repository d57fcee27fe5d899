package postgres_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/tenant"
)

// rule is who may do what with some tables: S, I, U, D for the four verbs, u
// for an update of one column alone. Whoever is not named may nothing. Nobody
// but the owner may truncate.
type rule struct {
	tables                   string // schema.name, "*" for each service's
	service, relay, operator string
	column                   string // the one that updates set; the last one by default
}

// rules are the whole of it: a table that is in none of them, or in two, fails
// the matrix.
var rules = []rule{
	{tables: "*.outbox", service: "SI", relay: "SuD", column: "position"},
	{tables: "*.streams", relay: "SIU"},
	{tables: "*.receipts *.terms", service: "SIUD"},
	{tables: "*.deliveries", service: "SIUD", relay: "SD"},
	{tables: "tenant.tenants tenant.commands tenant.users tenant.user_roles", service: "SIUD", operator: "S"},
	{tables: "tenant.roles customer.customers", service: "SIUD"},
	{tables: "catalog.products catalog.product_regions catalog.pricing_rules", service: "SIUD"},
	{tables: "order.orders order.items", service: "SIUD"},
	{tables: "resource.clusters resource.networks resource.resources resource.instances resource.usage", service: "SIUD"},
	{tables: "resource.work", service: "SIUD", relay: "Su", column: "epoch"},
	{tables: "webhook.endpoints webhook.keys webhook.messages webhook.attempts", service: "SIUD"},
	{tables: "webhook.work", service: "SIUD", relay: "Su", column: "epoch"},
	{tables: "event.lanes", service: "SIUD", relay: "SIUD"},
	{tables: "event.dead_letters", service: "SIUD", relay: "SID"},
	{tables: "host.notes", service: "SIUD"}, // what a host put under the policy
}

// ruleless are the tables that hold nothing of a tenant's.
var ruleless = []string{"platforma.applied", "platforma.migrations", "platforma.migration_locks"}

// classify finds the one rule of a table, none for those that hold nothing of a
// tenant's.
func (r *relation) classify() error {
	var found []*rule
	for i := range rules {
		for name := range strings.FieldsSeq(rules[i].tables) {
			if name == r.Schema+"."+r.Name || name == "*."+r.Name && slices.Contains(sqlstore.Services(), r.Schema) {
				found = append(found, &rules[i])
			}
		}
	}
	known := slices.Contains(ruleless, r.Schema+"."+r.Name)
	switch {
	case known && r.tenant != "":
		return fmt.Errorf("%s has rows of tenants: give it a rule", r.SQL)
	case known:
		return nil
	case r.tenant == "":
		return fmt.Errorf("%s has no tenant: name it among the tables without", r.SQL)
	case len(found) != 1:
		return fmt.Errorf("%s has %d rules: say in the one who may do what with it", r.SQL, len(found))
	}
	r.rule = found[0]
	return nil
}

// sight is which rows row-level security lets an actor see and write.
type sight int

const (
	seesNone sight = iota
	// seesOwn is for whose the rows are that the statements are about.
	seesOwn
	// seesOther is for another tenant, which sees its own rows and not those.
	seesOther
	seesAll
	// raises is for who acts for no tenant: what would look at a row fails.
	raises
)

// actor is somebody who sends statements.
type actor struct {
	name  string
	owner bool                   // logs in as the owner, not as the application
	role  func(*relation) string // the role it becomes, without the prefix; nil is none
	may   func(*relation) string // its privileges
	of    *tenant.ID             // the tenant that it sets; nil is none
	sight sight
}

func service(r *relation) string     { return r.Schema }
func mayService(r *relation) string  { return r.rule.service }
func mayRelay(r *relation) string    { return r.rule.relay }
func mayOperator(r *relation) string { return r.rule.operator }
func mayNothing(*relation) string    { return "" }

func fixed(role string) func(*relation) string { return func(*relation) string { return role } }

// actors are all who may come to the tables, with roles beside the services'
// that other services' schemas have.
func actors(a, b tenant.ID, schemas []string) []actor {
	empty, malformed := tenant.ID(""), tenant.ID("' OR true --")
	all := []actor{
		{name: "own tenant", role: service, may: mayService, of: &a, sight: seesOwn},
		{name: "another tenant", role: service, may: mayService, of: &b, sight: seesOther},
		{name: "no tenant", role: service, may: mayService, sight: raises},
		{name: "empty tenant", role: service, may: mayService, of: &empty, sight: raises},
		{name: "malformed tenant", role: service, may: mayService, of: &malformed, sight: seesOther},
		{name: "relay", role: fixed(sqlstore.RoleRelay), may: mayRelay, of: &empty, sight: seesAll},
		{name: "operator", role: fixed(sqlstore.RoleOperator), may: mayOperator, of: &empty, sight: seesAll},
		{name: "login alone", may: mayNothing, of: &a},
		{name: "owner", owner: true, may: fixed("SIUDT")},
		{name: "owner in the tenant", owner: true, may: fixed("SIUDT"), of: &a},
	}
	for _, schema := range schemas {
		all = append(all, actor{name: "service " + schema, role: fixed(schema), may: mayNothing, of: &a})
	}
	return all
}

// visits says whether the matrix has the actor come to a table.
func (a actor) visits(r *relation) bool { return a.name != "service "+r.Schema }

// acting is the tenant that the actor sets for a statement: to add a row its
// own is the row's, which is another one where a tenant may have only one.
func (a actor) acting(k kind, r *relation) *tenant.ID {
	if a.sight != seesOwn || !k.adds() {
		return a.of
	}
	id := r.freshTenant(*a.of)
	return &id
}

// scope begins a transaction in which the actor is who it says.
func (a actor) scope(r *relation, of *tenant.ID) string {
	scope := "BEGIN; "
	if a.role != nil {
		scope += "SELECT set_config('role', '" + postgrestest.Prefix + "_" + a.role(r) + "', true); "
	}
	if of != nil {
		scope += "SELECT set_config('app.tenant_id', " + textOf(string(*of)) + ", true); "
	}
	return scope
}

// expected is what a statement answers to an actor: PostgreSQL looks at the
// grants first, then at the policies of the rows.
func expected(r *relation, k kind, a actor) answer {
	may := a.may(r)
	if !k.allowed(may) {
		return answer{code: denied}
	}
	if k.outcome != nil {
		return k.outcome(r)
	}
	switch {
	case a.sight == raises:
		return answer{code: noTenant}
	case k.writes && (a.sight == seesNone || a.sight == seesOther):
		return answer{code: denied}
	case a.sight == seesOther && k.all:
		return answer{count: r.held[*a.of]}
	case a.sight == seesNone || a.sight == seesOther:
		return answer{}
	case k.moves && a.sight == seesOwn:
		return answer{code: denied}
	case k.copies && a.sight == seesOwn && r.fresh[r.tenant] != r.at[r.tenant]:
		return answer{code: denied} // the tenant of the new row is another
	case !k.all:
		return answer{count: 1}
	case a.sight == seesOwn:
		return answer{count: r.held[*a.of]}
	}
	var total int64
	for _, n := range r.held {
		total += n
	}
	return answer{count: total}
}
