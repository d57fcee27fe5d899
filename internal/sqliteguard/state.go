package sqliteguard

import (
	"database/sql/driver"
	"errors"

	modernc "modernc.org/sqlite"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

// The functions that the views and the triggers call.
const (
	// functionTenant returns the tenant.
	functionTenant = "platforma_tenant"
	// functionWithin returns the tenant, or its argument where the principal
	// crosses tenants.
	functionWithin = "platforma_within"
)

var errNoTenant = errors.New("no tenant is set")

// state is what a connection's functions and its authorizer know: who runs the
// statement of the moment, and what it is. One goroutine at a time uses a
// connection, and SQLite calls back on that one.
type state struct {
	tables Tables
	names  names

	who  sqlstore.Principal
	text text
	// transacting says that a transaction is begun or ended.
	transacting bool
	// running counts the statements that are under way.
	running int
}

// enter sets who runs a statement. As long as one is under way another can be
// begun for the same principal alone.
func (s *state) enter(who sqlstore.Principal, known text) error {
	if s.running > 0 && s.who != who {
		return fault.New(fault.ErrNoScope, "the principal cannot change while a statement is under way")
	}
	s.who, s.text = who, known
	s.running++
	return nil
}

// leave clears what enter has set.
func (s *state) leave() {
	s.running--
	if s.running == 0 {
		s.who, s.text = sqlstore.Principal{}, text{}
	}
}

// register makes the functions known to the connections of a driver, which is
// to be one at a time.
func (s *state) register(d *modernc.Driver) error {
	// A statement runs for one tenant, so that SQLite may call it once a
	// statement, and plan with its result as with an argument.
	tenant := d.RegisterDeterministicScalarFunction(functionTenant, 0,
		func(*modernc.FunctionContext, []driver.Value) (driver.Value, error) {
			if s.who.Tenant == "" {
				return nil, errNoTenant
			}
			return string(s.who.Tenant), nil
		})
	within := d.RegisterDeterministicScalarFunction(functionWithin, 1,
		func(_ *modernc.FunctionContext, args []driver.Value) (driver.Value, error) {
			switch {
			case crosses(s.who.Role):
				return args[0], nil
			case s.who.Tenant == "":
				return nil, errNoTenant
			default:
				return string(s.who.Tenant), nil
			}
		})
	return errors.Join(tenant, within)
}
