package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

func reopenClauses() []clause {
	return []clause{
		{"reopen/tenants", "a tenant, its users and roles, and the keys of its commands outlive the process", reopenTenants},
		{"reopen/customers", "a customer, its terms and the keys of its commands outlive the process", reopenCustomers},
		{"reopen/catalog", "a product with its prices, its terms and the keys of its commands outlive the process", reopenCatalog},
		{"reopen/orders", "an order under way, its terms and the keys of its commands outlive the process", reopenOrders},
		{"reopen/resources", "resources, what they take, and the keys of their commands outlive the process", reopenResources},
		{"reopen/webhooks", "endpoints, their keys, what is sent and who sends it outlive the process", reopenWebhooks},
		{"reopen/work", "a claim outlives the process that took it, and ends with its lease", reopenWork},
		{"reopen/lanes", "cursors, waiting and leased lanes and dead letters outlive the process", reopenLanes},
		{"reopen/positions", "positions go on where they were, and an event that had none yet gets the next", reopenPositions},
	}
}

// reopen closes the database and opens it again.
func (s *session) reopen(t *testing.T) {
	t.Helper()
	if s.options.Reopen == nil {
		t.Skip("the database ends with its process")
	}
	s.Driver = s.options.Reopen(t, s.Driver)
}

// reopened stores a tenant with some services' parts, and fails the test unless
// all of it is there after the database was reopened, twice.
func (s *session) reopened(t *testing.T, services ...string) *estate {
	t.Helper()
	e := s.newEstate(t)
	e.store(t, s, e.part("tenant"))
	for _, service := range services {
		e.store(t, s, e.part(service))
	}
	for range 2 {
		s.reopen(t)
		e.part("tenant").kept(t, s)
		for _, service := range services {
			e.part(service).kept(t, s)
		}
	}
	return e
}

// follows fails the test unless a version can be saved once: the next, not the
// one that is stored.
func follows(t *testing.T, save func(version int64) error) {
	t.Helper()
	refused(t, save(1), fault.ErrConflict, "")
	must(t, save(2))
	refused(t, save(2), fault.ErrConflict, "")
}

func reopenTenants(t *testing.T, s *session) {
	e := s.reopened(t)
	made := get(s.Tenants().Get(in(e.tenant)))(t)
	follows(t, func(version int64) error {
		made.Version, made.Status = version, tenant.Suspended
		return s.Tenants().Save(in(e.tenant), made, s.commit(e.tenant, "tenant", "suspended", string(made.ID), version))
	})
	s.reopen(t)
	same(t, "the saved tenant", get(s.Tenants().Get(in(e.tenant)))(t), made)
}

func reopenCustomers(t *testing.T, s *session) {
	e := s.reopened(t, "customer")
	c := get(s.Customers().ByEmail(in(e.tenant), "ada@example.com"))(t)
	again := s.draftCustomer(e.tenant, "ADA@example.com")
	err := s.Customers().Create(in(e.tenant), again, s.commit(e.tenant, "customer", "created", string(again.ID), 1))
	refused(t, err, fault.ErrExists, "email")
	follows(t, func(version int64) error {
		c.Version, c.DeletedAt = version, &s.now
		return s.Customers().Save(in(e.tenant), c, s.commit(e.tenant, "customer", "deleted", string(c.ID), version))
	})
	s.reopen(t)
	_, err = s.Customers().Get(in(e.tenant), c.ID)
	refused(t, err, fault.ErrNotFound, "")
}

func reopenCatalog(t *testing.T, s *session) {
	e := s.reopened(t, "catalog")
	p := get(s.Catalog().BySKU(in(e.tenant), "vm"))(t)
	follows(t, func(version int64) error {
		p.Version, p.Status, p.Pricing = version, catalog.StatusArchived, p.Pricing[:1]
		return s.Catalog().Save(in(e.tenant), p, s.commitProduct(p, "archived", name("small")))
	})
	s.reopen(t)
	same(t, "the saved product", get(s.Catalog().Get(in(e.tenant), p.ID))(t), p)
}

func reopenOrders(t *testing.T, s *session) {
	e := s.reopened(t, "order")
	all := get(s.Orders().List(in(e.tenant), order.Query{Status: order.StatusProcessing}, nil, page.Window{Limit: 9}))(t)
	same(t, "the number of orders under way", len(all), 1)
	o := all[0]
	follows(t, func(version int64) error {
		o.Version, o.Status, o.Phase, o.ProvisionedAt = version, order.StatusProvisioned, order.PhaseAtRest, &s.now
		return s.Orders().Save(in(e.tenant), o, s.commitOrder(o, "provisioned"))
	})
	s.reopen(t)
	same(t, "the saved order", get(s.Orders().Get(in(e.tenant), o.ID))(t), o)
}

func reopenResources(t *testing.T, s *session) {
	e := s.reopened(t, "resource")
	supply := get(s.Resources().Supply(in(e.tenant), []string{"nyc1"}))(t)
	follows(t, func(version int64) error {
		supply.Usage.Version, supply.Usage.Live = version, 7
		return s.write(e.tenant, resource.Changes{Usage: &supply.Usage})
	})
	stored := get(s.Resources().List(in(e.tenant), resource.Query{}, page.Window{Limit: 9}))(t)[0]
	double := s.draftResource(e.tenant, stored.OrderID, stored.OrderItemID)
	refused(t, s.write(e.tenant, resource.Changes{NewResources: []resource.Resource{double}}), fault.ErrExists, "unit")
	s.reopen(t)
	same(t, "the saved usage", get(s.Resources().Supply(in(e.tenant), nil))(t).Usage, supply.Usage)
}

func reopenWebhooks(t *testing.T, s *session) { s.reopened(t, "webhook") }

func reopenWork(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	held, later := s.addResource(t, acme), s.addResource(t, acme)
	due := s.now.Add(time.Hour)
	later.Version, later.DueAt = 2, &due
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{later}}))
	claims := s.claimWork(t, time.Hour, 9)
	same(t, "the claims", claims, []resource.Claim{{Tenant: acme, Resource: held.ID, Epoch: 1}})
	s.reopen(t)
	none(t, "claims of what another holds or is not due", s.claimWork(t, time.Hour, 9))
	must(t, s.Resources().Release(operator(), claims[0], 0)) // as if its lease had ended
	claims[0].Epoch = 2
	same(t, "the claims after the lease", s.claimWork(t, 0, 9), claims)
	s.reopen(t)
	claims[0].Epoch = 3
	same(t, "the claims after a lease that was over at once", s.claimWork(t, time.Hour, 9), claims)
	same(t, "the resource that waits", get(s.Resources().Get(in(acme), later.ID))(t), later)
}

func reopenLanes(t *testing.T, s *session) {
	e := s.reopened(t, "customer", "event")
	claim := event.Claim{Subscription: "leased", Service: "customer", Lease: time.Hour, Limit: 9}
	s.register(t, "leased", "customer")
	lanes := get(s.Events().Claim(operator(), claim))(t)
	want := event.Lane{Subscription: "leased", Service: "customer", Tenant: e.tenant, Head: 1, Claims: 1, Epoch: 1}
	same(t, "the lanes", lanes, []event.Lane{want})
	s.reopen(t)
	none(t, "lanes that another holds", get(s.Events().Claim(operator(), claim))(t))
	must(t, s.Events().Extend(operator(), lanes[0], -time.Minute)) // the lease ends
	s.reopen(t)
	again := get(s.Events().Claim(operator(), claim))(t)
	want.Claims, want.Epoch = 2, 2
	same(t, "the lanes after the lease", again, []event.Lane{want})
	refused(t, s.Events().Move(operator(), lanes[0], event.Movement{Position: 1}), fault.ErrConflict, "")
	must(t, s.Events().Move(operator(), again[0], event.Movement{Position: 1}))
	s.reopen(t)
	none(t, "lanes when all is done", get(s.Events().Claim(operator(), claim))(t))
	e.part("event").kept(t, s)
}

func reopenPositions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	lane := event.Lane{Service: "customer", Tenant: acme}
	for n := range 3 {
		s.addCustomer(t, s.draftCustomer(acme, fmt.Sprintf("u%d@example.com", n)))
		s.reopen(t)
		get(s.Events().Stamp(operator(), s.stamping("customer", 100)))(t)
	}
	var positions []int64
	for _, one := range get(s.Events().Read(operator(), lane, 0, 9))(t) {
		positions = append(positions, one.Position)
	}
	same(t, "the positions", positions, []int64{1, 2, 3})
}
