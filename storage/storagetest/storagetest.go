// Package storagetest certifies an adapter: one call runs every clause of the
// storage contract against it, each on a fresh database.
//
//	func TestContract(t *testing.T) {
//		storagetest.Run(t, func(t *testing.T) storage.Driver { … }, nil)
//	}
//
// A failing clause says which rule was broken and why it matters.
package storagetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
)

// Open returns a fresh, empty, migrated database, and closes it at the end of
// the test.
type Open func(t *testing.T) storage.Driver

// Options say what of the contract does not apply; nil means that all does.
type Options struct {
	// Exclude names clauses that are left out, each with its reason.
	Exclude map[string]string
	// Trips counts the network round trips of a driver so far. Without it the
	// clauses of cost are left out: an embedded database has none.
	Trips func(storage.Driver) int64
	// Reopen closes a database that Open returned, opens it again as it was left,
	// and closes that at the end of the test. Without it the clauses of reopening
	// are left out: the database ends with its process.
	Reopen func(t *testing.T, d storage.Driver) storage.Driver
	// Migrations returns a fresh database without a schema. Without it the
	// clauses of migration are left out: the adapter has no schema.
	Migrations func(t *testing.T) Migrations
	// Plans runs an operation and returns how the database found rows for each
	// statement that the operation sent; one whose plan depends on how it is
	// prepared comes once for each. The database has grown before the first call.
	// Without it the clauses of plans are left out.
	Plans func(t *testing.T, d storage.Driver, operation func()) []Plan
}

// Migrations is a database whose schema goes up and down.
type Migrations interface {
	// Versions names the versions of the schema, oldest first.
	Versions() []string
	// To brings the schema to a version, up or down; the empty one is that before
	// the first. It may be called by several at once, and nobody has the database
	// open meanwhile. A version that there is not is fault.ErrInvalid, everything
	// else that goes wrong fault.ErrUnavailable.
	To(ctx context.Context, version string) error
	// Open opens the database, whose schema is of the last version, and closes it
	// at the end of the test.
	Open(t *testing.T) storage.Driver
}

// clause is a rule of the contract and its test.
type clause struct {
	// name is the clause's, "service/rule".
	name string
	// rule says what must hold, and why.
	rule string
	test func(t *testing.T, s *session)
}

// Run certifies the adapter that open opens.
func Run(t *testing.T, open Open, o *Options) {
	t.Helper()
	if o == nil {
		o = &Options{}
	}
	run(t, open, o, clauses())
}

func run(t *testing.T, open Open, o *Options, all []clause) {
	t.Helper()
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if reason, excluded := o.Exclude[c.name]; excluded {
				t.Skipf("excluded: %s", reason)
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule that was broken: %s", c.rule)
				}
			})
			// What an adapter did not return, a clause may look for: that it failed
			// must not end the others.
			defer func() {
				if broken := recover(); broken != nil {
					t.Errorf("the clause could not go on: %v\n%s", broken, debug.Stack())
				}
			}()
			c.test(t, newSession(open(t), o))
		})
	}
}

// Clause is a rule of the contract.
type Clause struct {
	// Name is how [Options] excludes it, and how its test is called.
	Name string
	// Rule says what must hold, and why.
	Rule string
}

// Clauses returns all rules of the contract, in the order in which they run.
func Clauses() []Clause {
	var all []Clause
	for _, c := range clauses() {
		all = append(all, Clause{Name: c.name, Rule: c.rule})
	}
	return all
}

func clauses() []clause {
	var all []clause
	for _, of := range [][]clause{
		tenantClauses(), userClauses(), customerClauses(), catalogClauses(), orderClauses(), resourceClauses(),
		webhookClauses(),
		ledgerClauses(), eventClauses(), everyClauses(), fieldClauses(), uniqueClauses(), pageClauses(),
		missingClauses(),
		termClauses(), cutoffClauses(), laneClauses(), registryClauses(), costClauses(), planClauses(), reopenClauses(), migrationClauses(),
		historyClauses(),
	} {
		all = append(all, of...)
	}
	return all
}

// session is one test's database, and what it needs to write to it.
type session struct {
	storage.Driver
	options *Options
	ids     *id.Source
	now     time.Time
	// drafts counts what was drafted, where each is to differ from the last.
	drafts atomic.Int64
}

func newSession(d storage.Driver, o *Options) *session {
	start := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	clock := func() time.Time { return start }
	return &session{Driver: d, options: o, ids: id.NewSource(clock, rand.NewPCG(1, 2)), now: start}
}

// Ids that are wanted before there is anything of that name: those of numbered
// from 0 on. A store may keep ids in a form of its own, so that all of them are
// well-formed.
const (
	customerA = "cust_00000000000000000000000000"
	customerB = "cust_00000000000000000000000001"
	customerZ = "cust_00000000000000000000000009"
	orderA    = "ord_00000000000000000000000000"
	orderB    = "ord_00000000000000000000000001"
	orderZ    = "ord_00000000000000000000000009"
	itemA     = "item_00000000000000000000000000"
	itemB     = "item_00000000000000000000000001"
	itemC     = "item_00000000000000000000000002"
	itemZ     = "item_00000000000000000000000009"
	resourceA = "res_00000000000000000000000000"
)

// numbered is a well-formed id.
func numbered(prefix string, n int) string { return fmt.Sprintf("%s_%026d", prefix, n) }

// commit is a commit of one event about a subject.
func (s *session) commit(tenant scope.TenantID, service, name, subject string, version int64, terms ...page.Term) event.Commit {
	return event.Commit{
		At: s.now, Terms: terms,
		Events: []event.Event{{
			ID: event.ID(s.ids.New(event.Prefix)), Service: service, Tenant: tenant, Type: event.TypeOf(service, name),
			Subject: subject, Version: version, Time: s.now, Actor: "host", Data: []byte(`{"version":1}`),
		}},
	}
}

// in is a context of the host in a tenant.
func in(tenant scope.TenantID) context.Context { return scope.Tenant(context.Background(), tenant) }

// operator is a context of the operator across tenants.
func operator() context.Context { return scope.Operator(context.Background()) }
