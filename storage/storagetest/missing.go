package storagetest

import (
	"errors"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// missingClauses are the rules that no other clause is about: adapters that were
// broken on purpose passed all the others.
func missingClauses() []clause {
	all := []clause{
		{"tenant/users are listed by status", "who asks for disabled users gets no others", usersByStatus},
		{"tenant/standing is the latest",
			"what the gate learns is what is stored now: a suspension holds from the next call on", latestStanding},
		{"tenant/role is deleted by version", "a role that has changed since it was read is not deleted: ErrConflict", roleVersions},
		{"customer/terms have many values",
			"one key of terms has as many values as there are: a name is found by each of its words", termValues},
		{"catalog/SKU as written", "SKUs that differ in case are two, also when they are looked for", skuCase},
		{"resource/names as written", "names that differ in case are two", clusterCase},
		{"resource/many events", "a write stores all its events, in their order", manyEvents},
		{"resource/all attempts of an order",
			"an order's resources are those of all its attempts: what is left of an earlier one is taken down too", allAttempts},
		{"ledger/refused commands leave no receipt", "a command that was refused can be repeated, for it was not done", refusedReceipt},
		{"ledger/deliveries are a subscription's", "two subscriptions handle one event, each once", deliveriesApart},
		{"event/an event is its service's", "an event is found in the service whose it is, and in no other", eventService},
		{"event/leases end", "a lane whose lease has ended is free again: a process that died must not keep it", leaseEnds},
	}
	for _, of := range stores {
		all = append(all, clause{
			of.service + "/what is not there", "what is not there is ErrNotFound: nobody takes an empty entity for one that was stored",
			func(t *testing.T, s *session) { whatIsMissing(t, s, of.store) },
		})
	}
	return all
}

func whatIsMissing(t *testing.T, s *session, store string) {
	ctx := in(s.newTenant(t, "acme").ID)
	nobodys := s.draftWorld(t, s.draftOf(), s.word())
	for what, read := range map[string]map[string]func() error{
		"Tenants": {
			"Get":         func() error { return second(s.Tenants().Get(in(nobodys.tenant))) },
			"BySlug":      func() error { return second(s.Tenants().BySlug(operator(), "nobody")) },
			"User":        func() error { return second(s.Tenants().User(ctx, nobodys.user.ID)) },
			"UserByEmail": func() error { return second(s.Tenants().UserByEmail(ctx, "nobody@example.com")) },
			"Role":        func() error { return second(s.Tenants().Role(ctx, "nobody")) },
			"Receipt":     func() error { return second(s.Tenants().Receipt(ctx, "user.add", "k")) },
		},
		"Customers": {
			"Get":     func() error { return second(s.Customers().Get(ctx, nobodys.customer.ID)) },
			"ByEmail": func() error { return second(s.Customers().ByEmail(ctx, "nobody@example.com")) },
			"Receipt": func() error { return second(s.Customers().Receipt(ctx, "customer.create", "k")) },
		},
		"Catalog": {
			"Get":     func() error { return second(s.Catalog().Get(ctx, nobodys.product.ID)) },
			"BySKU":   func() error { return second(s.Catalog().BySKU(ctx, "nobody")) },
			"Receipt": func() error { return second(s.Catalog().Receipt(ctx, "catalog.create", "k")) },
		},
		"Orders": {
			"Get":     func() error { return second(s.Orders().Get(ctx, nobodys.order.ID)) },
			"Receipt": func() error { return second(s.Orders().Receipt(ctx, "order.place", "k")) },
		},
		"Resources": {
			"Get":        func() error { return second(s.Resources().Get(ctx, nobodys.stock.resource.ID)) },
			"Cluster":    func() error { return second(s.Resources().Cluster(ctx, nobodys.stock.cluster.ID)) },
			"Network":    func() error { return second(s.Resources().Network(ctx, nobodys.stock.network.ID)) },
			"InstanceOf": func() error { return second(s.Resources().InstanceOf(ctx, nobodys.stock.resource.ID)) },
			"Receipt":    func() error { return second(s.Resources().Receipt(ctx, "resource.cluster.create", "k")) },
		},
		"Webhooks": {
			"Get":      func() error { return second(s.Webhooks().Get(ctx, nobodys.mailbox.endpoint.ID)) },
			"Keys":     func() error { return second(s.Webhooks().Keys(ctx, nobodys.mailbox.endpoint.ID)) },
			"Delivery": func() error { return second(s.Webhooks().Delivery(ctx, nobodys.mailbox.delivery.ID)) },
			"Receipt":  func() error { return second(s.Webhooks().Receipt(ctx, "webhook.create", "k")) },
		},
		"Events": {
			"Get":     func() error { return second(s.Events().Get(ctx, "customer", nobodys.event.ID)) },
			"Discard": func() error { return s.Events().Discard(ctx, nobodys.dead) },
		},
	}[store] {
		if err := read(); fault.KindOf(err) != fault.ErrNotFound {
			t.Errorf("%s.%s of what is not there: error is %v, want %q", store, what, err, fault.ErrNotFound)
		}
	}
}

// draftOf is the id of a tenant that is not there.
func (s *session) draftOf() tenant.ID { return tenant.ID(s.ids.New("ten")) }

func usersByStatus(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.addUser(t, acme, "ada@example.com")
	gone := s.addUser(t, acme, "grace@example.com")
	gone.Version, gone.Status = 2, tenant.UserDisabled
	must(t, s.Tenants().SaveUser(in(acme), gone, s.commit(acme, "tenant", "user.updated", string(gone.ID), 2)))
	found := get(s.Tenants().Users(in(acme), tenant.UserQuery{Status: tenant.UserDisabled}, page.Window{Limit: 9}))(t)
	same(t, "the disabled users", found, []tenant.User{gone})
}

func latestStanding(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	same(t, "the status", get(s.Tenants().Standing(in(acme.ID), ""))(t).Status, tenant.Active)
	acme.Version, acme.Status, acme.Suspensions = 2, tenant.Suspended, []string{"unpaid"}
	must(t, s.Tenants().Save(in(acme.ID), acme, s.commit(acme.ID, "tenant", "suspended", string(acme.ID), 2)))
	same(t, "the status of who was suspended", get(s.Tenants().Standing(in(acme.ID), ""))(t).Status, tenant.Suspended)
}

func roleVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	r := s.addRole(t, acme, "customer.*")
	for _, version := range []int64{1, 3, 0} {
		stale := r
		stale.Version = version
		err := s.Tenants().DeleteRole(in(acme), stale, s.commit(acme, "tenant", "role.deleted", string(r.ID), version))
		refused(t, err, fault.ErrConflict, "")
	}
	same(t, "the role", get(s.Tenants().Role(in(acme), r.Name))(t), r)
}

func termValues(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	c := s.addCustomer(t, s.draftCustomer(acme, "ada@example.com"), name("ada"), name("lovelace"), name("king"))
	for _, word := range []string{"ada", "lovelace", "king"} {
		found := get(s.Customers().List(in(acme), []page.Match{{Term: name(word)}}, page.Window{Limit: 9}))(t)
		same(t, "the customers called "+word, len(found), 1)
		same(t, "who is called "+word, found[0].ID, c.ID)
	}
}

func skuCase(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	lower, upper := s.addProduct(t, s.draftProduct(t, acme, "vm")), s.addProduct(t, s.draftProduct(t, acme, "VM"))
	same(t, "the lower SKU's", get(s.Catalog().BySKU(in(acme), "vm"))(t).ID, lower.ID)
	same(t, "the upper SKU's", get(s.Catalog().BySKU(in(acme), "VM"))(t).ID, upper.ID)
	refused(t, second(s.Catalog().BySKU(in(acme), "Vm")), fault.ErrNotFound, "")
}

func clusterCase(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.addCluster(t, acme, "c1")
	s.addCluster(t, acme, "C1")
}

func allAttempts(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	first := s.draftResource(acme, orderA, itemA)
	first.Status, first.TerminatedAt = resource.StatusTerminated, &s.now
	second := s.draftResource(acme, orderA, itemA)
	second.Attempt = 2
	must(t, s.write(acme, resource.Changes{NewResources: []resource.Resource{first, second}}))
	same(t, "the order's resources", get(s.Resources().OfOrder(in(acme), orderA))(t), []resource.Resource{first, second})
}

func manyEvents(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	c := s.draftCluster(acme, "c1", "nyc1")
	var commit event.Commit
	var want []string
	for _, what := range []string{"requested", "made", "started"} {
		one := s.commit(acme, "resource", what, string(c.ID), 1)
		commit.At, commit.Events = one.At, append(commit.Events, one.Events...)
		want = append(want, one.Events[0].Type)
	}
	must(t, s.Resources().Write(in(acme), resource.Changes{NewClusters: []resource.Cluster{c}}, commit))
	get(s.Events().Stamp(operator(), s.stamping("resource", 100)))(t)
	var got []string
	lane := event.Lane{Subscription: "mirror", Service: "resource", Tenant: acme}
	for _, e := range get(s.Events().Read(operator(), lane, 0, 9))(t) {
		got = append(got, e.Type)
	}
	same(t, "the events", got, want)
}

func refusedReceipt(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.addCustomer(t, s.draftCustomer(acme, "ada@example.com"))
	keyed := func(email string) error {
		c := s.draftCustomer(acme, email)
		commit := s.commit(acme, "customer", "created", string(c.ID), 1)
		commit.Receipt = &event.Receipt{Operation: "customer.create", Key: "k", Hash: "h", Entity: string(c.ID)}
		return s.Customers().Create(in(acme), c, commit)
	}
	refused(t, keyed("ada@example.com"), fault.ErrExists, "email")
	refused(t, second(s.Customers().Receipt(in(acme), "customer.create", "k")), fault.ErrNotFound, "")
	must(t, keyed("grace@example.com"))
}

func deliveriesApart(t *testing.T, s *session) {
	acme, caused := s.newTenant(t, "acme").ID, s.ids.New(event.Prefix)
	handle := func(subscription string) error {
		c := s.draftCustomer(acme, s.word()+"@example.com")
		commit := s.commit(acme, "customer", "created", string(c.ID), 1)
		commit.Delivery = &scope.Delivery{Subscription: subscription, Event: caused}
		return s.Customers().Create(in(acme), c, commit)
	}
	must(t, handle("mirror"))
	must(t, handle("other"))
	if err := handle("other"); !errors.Is(err, event.ErrDelivered) {
		t.Errorf("a second delivery to one of two: error is %v, want %q", err, event.ErrDelivered)
	}
}

func eventService(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	c := s.draftCustomer(acme, "ada@example.com")
	commit := s.commit(acme, "customer", "created", string(c.ID), 1)
	must(t, s.Customers().Create(in(acme), c, commit))
	for _, service := range services {
		_, err := s.Events().Get(in(acme), service, commit.Events[0].ID)
		if found := err == nil; found != (service == "customer") {
			t.Errorf("the event of a customer in the events of %s: error is %v", service, err)
		}
	}
}

func leaseEnds(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.customers(t, acme, 1)
	s.register(t, "mirror", "customer")
	get(s.Events().Stamp(operator(), s.stamping("customer", 100)))(t)
	claim := func(lease time.Duration) []event.Lane {
		return get(s.Events().Claim(operator(), event.Claim{
			Subscription: "mirror", Service: "customer", Lease: lease, Limit: 9,
		}))(t)
	}
	same(t, "the lanes", len(claim(0)), 1)
	again := claim(time.Hour)
	same(t, "the lanes after a lease of no time", len(again), 1)
	same(t, "the lanes within a lease", len(claim(time.Hour)), 0)
}
