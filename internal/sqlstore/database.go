// Package sqlstore is what the two SQL adapters share: the description of the
// tables, the statements, and the stores made of them.
//
// Bun writes every statement once, as text with numbered placeholders; the
// adapter runs the text as a prepared statement. One operation is a list of
// [Step]s that the adapter takes in one go: on PostgreSQL one round trip and
// one implicit transaction, on SQLite one transaction. No step depends on what
// another one answered; what must not be so raises, and nothing of the list
// happens.
package sqlstore

import (
	"context"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// The roles that are not a service's.
const (
	// RoleOperator reads tenants.
	RoleOperator = "operator"
	// RoleRelay carries events and finds due work.
	RoleRelay = "relay"
	// RoleEvent reads a tenant's dead letters. Its schema is the relay's.
	RoleEvent = "event"
)

// Principal is who runs the steps: a service's role in one tenant, or a role
// that crosses tenants, with no tenant.
type Principal struct {
	Role   string
	Tenant scope.TenantID
}

// Executor runs steps; an adapter is one.
type Executor interface {
	// Read runs steps that change nothing, all on one snapshot.
	Read(ctx context.Context, as Principal, steps ...Step) error
	// Write runs steps in order, all or none. A failing step's error is made by
	// its statement's [Statement.Refusal].
	Write(ctx context.Context, as Principal, steps ...Step) error
}

// Step is a statement with its arguments.
type Step struct {
	Statement *Statement
	Args      []any
	// Row is called for each row of the answer; nil expects none.
	Row func(Values) error
}

// Database is a dialect of SQL and an executor.
type Database struct {
	Executor
	bun *bun.DB

	// committed holds a signal after a commit of events.
	committed chan struct{}

	mu       sync.RWMutex
	compiled map[string]*Statement
}

// New returns a database. The dialect is one of bun's for PostgreSQL or SQLite.
func New(d schema.Dialect, run Executor) *Database {
	return &Database{Executor: run, bun: bun.NewDB(nil, d), committed: make(chan struct{}, 1), compiled: map[string]*Statement{}}
}

// sqlite says whether the dialect is SQLite's.
func (d *Database) sqlite() bool { return d.bun.Dialect().Name() == dialect.SQLite }

// statement returns a statement whose text depends on which filters are set:
// it is compiled on first use and kept under its name.
func (d *Database) statement(name string, compile func() *Statement) *Statement {
	d.mu.RLock()
	s, ok := d.compiled[name]
	d.mu.RUnlock()
	if ok {
		return s
	}
	s = compile()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.compiled[name] = s
	return s
}

// store is what the stores of all services have.
type store struct {
	*Database
	service string
	ledger  *ledger
}

func newStore(d *Database, service string) store {
	return store{Database: d, service: service, ledger: newLedger(d, service)}
}

// inTenant returns who runs an operation of the service in the scope's tenant.
func (s *store) inTenant(ctx context.Context) (Principal, error) {
	by, err := scope.FromTenant(ctx)
	return Principal{Role: s.service, Tenant: by.Tenant}, err
}

// across returns who runs an operation that crosses tenants; only the
// operator's scope without a tenant may.
func across(ctx context.Context, role string) (Principal, error) {
	by, err := scope.From(ctx)
	if err == nil && (by.Kind != scope.KindOperator || by.Tenant != "") {
		err = fault.New(fault.ErrNoScope, "what crosses tenants needs the operator's scope")
	}
	return Principal{Role: role}, err
}

// reading runs steps in the scope's tenant, whose id they are made for.
func (s *store) reading(ctx context.Context, steps func(tenant string) []Step) error {
	as, err := s.inTenant(ctx)
	if err != nil {
		return err
	}
	return s.Read(ctx, as, steps(string(as.Tenant))...)
}

// micros is the database's own time in microseconds since 1970, as an SQL
// expression: leases are kept in it, so that no two hosts' clocks matter.
func (d *Database) micros() string {
	if d.sqlite() {
		return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	}
	return "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
}
