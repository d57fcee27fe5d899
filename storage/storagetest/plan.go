package storagetest

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// Plan is how the database finds rows for a statement.
type Plan struct {
	// Statement tells people which it is.
	Statement string
	// Reads are the plan's accesses to tables.
	Reads []Read
}

// Read is an access to a table of a plan.
type Read struct {
	// Table and Index tell people which; Index is empty for a whole table.
	Table, Index string
	// Tenant says that the access is bounded to one tenant's range of an index.
	Tenant bool
	// Rows is how many rows were looked at, those that were not wanted included;
	// it is negative where the database does not tell.
	Rows int64
}

func planClauses() []clause {
	const rule = "no access to a table leaves the tenant's own range of an index, nor looks at many more rows than it returns: " +
		"what a tenant waits for must not grow with all others, nor with all that it has"
	return []clause{
		{"plans/tenant", rule, tenantPlans},
		{"plans/customer", rule, customerPlans},
		{"plans/catalog", rule, catalogPlans},
		{"plans/order", rule, orderPlans},
		{"plans/resource", rule, resourcePlans},
		{"plans/webhook", rule, webhookPlans},
		{"plans/event", rule, eventPlans},
	}
}

// How the database has grown when plans are looked at.
const (
	// grownRows is how many of each aggregate the acting tenant has, and each of
	// grownOthers, of half the size: so many that neither a whole table nor a
	// whole tenant is ever the cheaper way to what is asked for.
	grownRows, grownOthers = 300, 10
	// grownTenants is how many tenants there are where each has a row of a kind.
	grownTenants = 400
	// rareRows is how many of them have the rarer value of a column.
	rareRows = 3
	// planPage is the limit of pages.
	planPage = 10
)

// limit is how many rows an operation may look at in one access to a table,
// and why. The first two are the rule; all others are its exceptions.
type limit struct {
	rows int64
	why  string
}

var (
	byKey = limit{8, "what has a key is a row, and its children are few"}
	// Of a value that every fifth row has a page may be found by walking along:
	// that is cheaper than it looks, and ends. Of a rarer one it may not.
	ofPage = limit{8 * planPage, "a page looks at a few rows for each that it returns, whatever the filter, and at few children"}

	ofMany    = limit{8 * grownMany, "of several that are named, each is a row, and its children are few"}
	ofMatches = limit{grownRows / 2, "what is counted, or begins with a word, is looked at in full: its own range, not the tenant's others"}
	ofWords   = limit{grownWords * grownRows / 2, "of what begins with a word, all words are looked at where another is asked for too"}
	ofTenant  = limit{2 * grownRows, "a tenant is read with all its users and their roles, its roles are one answer, and all that it has is counted"}
	ofPeriod  = limit{grownRows, "planned for any time, a page of one may walk along the tenant's orders: how many there are its arguments alone tell"}
	ofStock   = limit{grownRows, "planned for any regions, all clusters and networks of a tenant may be looked at: they are few"}
	ofTenants = limit{2 * grownTenants, "a new subscription has a lane in each tenant, however many events that has"}
	ofLanes   = limit{1 << 20, "what a forgotten subscription had is looked for among all lanes and dead letters: an operator's rare command"}
	ofHistory = limit{2 * grownOthers * grownRows, "where a lane is to begin again is looked for among its events: an operator's rare command"}
	ofWaiting = limit{4 * grownWaiting, "what waits for a position or a worker is found by an index of what waits"}
	ofStamps  = limit{grownWaiting * grownWaiting, "of each subject a stamping looks for what waits behind: where little waits, at all of it"}
	ofDue     = limit{(grownOthers + 4) * grownWaiting, "when there is work is told by all that has a time, of which there is little: the rest is at rest"}
)

// grownMany is how many are named at once.
const grownMany = 10

// planned are the plans of a session: what it asks for is looked at.
type planned struct {
	*session
	t *testing.T
	// failed are the accesses that were told of already.
	failed map[string]bool
	// seen is how many plans there were.
	seen int
}

// plans begins the clauses of plans.
func (s *session) plans(t *testing.T) *planned {
	t.Helper()
	if s.options.Plans == nil {
		t.Skip("the adapter does not tell its plans")
	}
	p := &planned{session: s, t: t, failed: map[string]bool{}}
	t.Cleanup(func() {
		if p.seen == 0 {
			t.Error("no statement has a plan")
		}
	})
	return p
}

// in runs an operation in a tenant.
func (p *planned) within(what string, l limit, operation func()) {
	p.t.Helper()
	p.check(what, l, operation, func(r Read) string {
		if !r.Tenant {
			return "is not bounded to the tenant's range of an index"
		}
		return ""
	})
}

// across runs an operation of the operator's, which crosses tenants. A whole
// table may be read only where it has a row for each tenant, or where the limit
// says that more is.
func (p *planned) across(what string, l limit, operation func()) {
	p.t.Helper()
	p.check(what, l, operation, func(r Read) string {
		if r.Index == "" && (r.Rows < 0 || r.Rows > max(ofTenants.rows, l.rows)) {
			return "is of the whole table"
		}
		return ""
	})
}

func (p *planned) check(what string, l limit, operation func(), broken func(Read) string) {
	p.t.Helper()
	plans := p.options.Plans(p.t, p.Driver, operation)
	p.seen += len(plans)
	for _, plan := range plans {
		for _, r := range plan.Reads {
			why := broken(r)
			if why == "" && r.Rows > l.rows {
				why = fmt.Sprintf("looks at %d rows, more than %d (%s)", r.Rows, l.rows, l.why)
			}
			told := plan.Statement + r.Table + r.Index
			if why == "" || p.failed[told] {
				continue
			}
			p.failed[told] = true
			p.t.Errorf("%s: the access to %s by %q %s\n%s", what, r.Table, r.Index, why, plan.Statement)
		}
	}
}

// combinations calls for each combination of filters, none of them first, with
// a query that they have narrowed.
func combinations[Q any](filters []func(*Q), with func(q Q, chosen int)) {
	for set := range uint(1) << len(filters) {
		var q Q
		for i, narrow := range filters {
			if set&(1<<i) != 0 {
				narrow(&q)
			}
		}
		with(q, bits.OnesCount(set))
	}
}

// windows are the ways to read a page: both ways, from the end and from a key.
func windows(key string) []page.Window {
	return []page.Window{
		{Limit: planPage}, {Limit: planPage, After: key},
		{Limit: planPage, Newest: true}, {Limit: planPage, Newest: true, After: key},
	}
}

// grow makes tenants and fills them: the acting one, which is returned, and the
// others.
func (s *session) grow(t *testing.T, fill func(of scope.TenantID, rows int)) scope.TenantID {
	t.Helper()
	acme := s.newTenant(t, "acme").ID
	fill(acme, grownRows)
	for _, other := range s.crowd(t, grownOthers) {
		fill(other, grownRows/2)
	}
	return acme
}

// crowd makes tenants with nothing in them.
func (s *session) crowd(t *testing.T, count int) []scope.TenantID {
	t.Helper()
	all := make([]scope.TenantID, count)
	for i := range all {
		all[i] = s.newTenant(t, fmt.Sprintf("crowd-%d-%d", count, i)).ID
	}
	return all
}

// rare says whether the row of a number is one of the few with a rare value.
func rare(i int) bool { return i%(grownRows/rareRows) == 7 }

// inTurn is one of some values, in turn.
func inTurn[V any](i int, of ...V) V { return of[i%len(of)] }
