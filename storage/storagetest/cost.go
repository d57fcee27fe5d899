package storagetest

import (
	"testing"

	"github.com/platforma/platforma/page"
)

func costClauses() []clause {
	return []clause{
		{"cost/customer", "an operation is one network round trip: latency is what a user of a database waits for", customerCost},
		{"cost/tenant", "an operation is one network round trip, with its children", tenantCost},
	}
}

// costs fails the test unless a warm operation takes that many round trips.
// The first call is not counted: it prepares statements.
func (s *session) costs(t *testing.T, what string, trips int64, operation func()) { //nolint:unparam // it says what is counted
	t.Helper()
	operation()
	before := s.options.Trips(s.Driver)
	operation()
	if n := s.options.Trips(s.Driver) - before; n != trips {
		t.Errorf("%s took %d network round trips, want %d", what, n, trips)
	}
}

func (s *session) countsTrips(t *testing.T) {
	t.Helper()
	if s.options.Trips == nil {
		t.Skip("the adapter has no network")
	}
}

func customerCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme")
	c := s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	s.costs(t, "a read", 1, func() { get(s.Customers().Get(in(acme.ID), c.ID))(t) })
	s.costs(t, "a read by email", 1, func() { get(s.Customers().ByEmail(in(acme.ID), "ada@example.com"))(t) })
	s.costs(t, "a page", 1, func() { get(s.Customers().List(in(acme.ID), nil, page.Window{Limit: 50}))(t) })
	s.costs(t, "a creation with terms and an event", 1, func() {
		s.addCustomer(t, s.draftCustomer(acme.ID, s.ids.New("c")+"@example.com"), page.Term{Key: "name", Value: "ada"})
	})
	s.costs(t, "a save", 1, func() {
		c.Version++
		must(t, s.Customers().Save(in(acme.ID), c, s.commit(acme.ID, "customer", "updated", string(c.ID), c.Version)))
	})
}

func tenantCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme")
	u := s.addUser(t, acme.ID, "ada@example.com", "owner")
	s.costs(t, "a tenant with its users", 1, func() { get(s.Tenants().Get(in(acme.ID)))(t) })
	s.costs(t, "what the gate asks", 1, func() { get(s.Tenants().Standing(in(acme.ID), u.ID))(t) })
	s.costs(t, "a user with its roles", 1, func() { get(s.Tenants().User(in(acme.ID), u.ID))(t) })
}
