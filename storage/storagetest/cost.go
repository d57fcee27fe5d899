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

func costClauses() []clause {
	const rule = "an operation is one network round trip, with its children, its words and its events, whatever their number: " +
		"latency is what a user of a database waits for"
	return []clause{
		{"cost/tenant", rule, tenantCost},
		{"cost/user", rule, userCost},
		{"cost/customer", rule, customerCost},
		{"cost/catalog", rule, catalogCost},
		{"cost/order", rule, orderCost},
		{"cost/resource", rule, resourceCost},
		{"cost/webhook", rule, webhookCost},
		{"cost/event", rule, eventCost},
		{"cost/refusals", "what is refused costs no more than what is done: under contention refusals are what there is most of", refusedCost},
	}
}

// counts are how many there are of what is written at once.
var counts = []int{1, 3, 100}

// costs fails the test unless a warm operation is one network round trip. The
// first call is not counted: it prepares statements.
func (s *session) costs(t *testing.T, what string, operation func()) {
	t.Helper()
	operation()
	before := s.options.Trips(s.Driver)
	operation()
	if n := s.options.Trips(s.Driver) - before; n != 1 {
		t.Errorf("%s took %d network round trips, want 1", what, n)
	}
}

func (s *session) countsTrips(t *testing.T) {
	t.Helper()
	if s.options.Trips == nil {
		t.Skip("the adapter has no network")
	}
}

func tenantCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme")
	s.addUser(t, acme.ID, "ada@example.com", "owner")
	store, ctx := s.Tenants(), in(acme.ID)
	s.costs(t, "a tenant with its users", func() { get(store.Get(ctx))(t) })
	s.costs(t, "a tenant by slug", func() { get(store.BySlug(operator(), "acme"))(t) })
	s.costs(t, "a page of tenants", func() { get(store.List(operator(), tenant.Query{}, page.Window{Limit: 50}))(t) })
	slug := 0
	s.costs(t, "a keyed creation of a tenant", func() {
		slug++
		made, owner := s.draftTenant(fmt.Sprintf("t-%d", slug))
		c := s.commit(made.ID, "tenant", "created", string(made.ID), 1)
		c.Receipt = &event.Receipt{Operation: "tenant.create", Key: made.Slug, Hash: "h", Entity: string(made.ID)}
		must(t, store.Create(in(made.ID), made, owner, c))
	})
	s.costs(t, "a save of a tenant", func() {
		acme.Version++
		must(t, store.Save(ctx, acme, s.keyed(acme.ID, "tenant", s.ids.New("key"), acme.Version)))
	})
	s.costs(t, "the receipt of a creation", func() { get(store.Receipt(operator(), "tenant.create", "t-1"))(t) })
	s.costs(t, "a receipt that is not there", func() {
		_, err := store.Receipt(ctx, "tenant.keyed", "none")
		refused(t, err, fault.ErrNotFound, "")
	})
}

func userCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	u := s.addUser(t, acme, "ada@example.com", "owner")
	r := s.addRole(t, acme, "customer.*")
	store, ctx := s.Tenants(), in(acme)
	s.costs(t, "what the gate asks of the host", func() { get(store.Standing(ctx, ""))(t) })
	s.costs(t, "what the gate asks of a user", func() { get(store.Standing(ctx, u.ID))(t) })
	s.costs(t, "a user with its roles", func() { get(store.User(ctx, u.ID))(t) })
	s.costs(t, "a user by email", func() { get(store.UserByEmail(ctx, "ada@example.com"))(t) })
	s.costs(t, "a page of users", func() { get(store.Users(ctx, tenant.UserQuery{}, page.Window{Limit: 50}))(t) })
	s.costs(t, "an addition of a user with roles", func() { s.addUser(t, acme, s.ids.New("u")+"@example.com", "owner", "billing") })
	s.costs(t, "a save of a user with roles", func() {
		u.Version, u.Roles = u.Version+1, []string{"billing", "owner"}
		must(t, store.SaveUser(ctx, u, s.commit(acme, "tenant", "user.updated", string(u.ID), u.Version)))
	})
	s.costs(t, "a role", func() { get(store.Role(ctx, "billing"))(t) })
	s.costs(t, "all roles", func() { get(store.Roles(ctx))(t) })
	s.costs(t, "a save of a role", func() {
		r.Version++
		must(t, store.SaveRole(ctx, r, s.commit(acme, "tenant", "role.updated", string(r.ID), r.Version)))
	})
	var made []tenant.Role
	s.costs(t, "a creation of a role", func() {
		r := s.draftRole(acme, s.ids.New("name"), "customer.read")
		must(t, store.CreateRole(ctx, r, s.commit(acme, "tenant", "role.created", string(r.ID), 1)))
		made = append(made, r)
	})
	s.costs(t, "a deletion of a role", func() {
		r := made[0]
		made, r.Version = made[1:], 2
		must(t, store.DeleteRole(ctx, r, s.commit(acme, "tenant", "role.deleted", string(r.ID), 2)))
	})
}

func customerCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	c := s.addCustomer(t, s.draftCustomer(acme, "ada@example.com"))
	store, ctx := s.Customers(), in(acme)
	s.costs(t, "a customer", func() { get(store.Get(ctx, c.ID))(t) })
	s.costs(t, "a customer by email", func() { get(store.ByEmail(ctx, "ada@example.com"))(t) })
	for what, m := range matches() {
		s.costs(t, "a page by "+what, func() { get(store.List(ctx, m.ask, page.Window{Limit: 50}))(t) })
	}
	s.costs(t, "a creation with everything", func() {
		made := s.draftCustomer(acme, s.ids.New("c")+"@example.com")
		must(t, store.Create(ctx, made, s.keyed(acme, "customer", string(made.ID), 1, wordsOf(7)...)))
	})
	s.costs(t, "a save with words", func() {
		c.Version++
		must(t, store.Save(ctx, c, s.keyed(acme, "customer", s.ids.New("key"), c.Version, wordsOf(7)...)))
	})
	s.costs(t, "a receipt", func() {
		_, err := store.Receipt(ctx, "customer.keyed", "none")
		refused(t, err, fault.ErrNotFound, "")
	})
}

func catalogCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	p := s.addProduct(t, s.draftProduct(t, acme, "vm"), name("small"))
	store, ctx := s.Catalog(), in(acme)
	s.costs(t, "a product", func() { get(store.Get(ctx, p.ID))(t) })
	s.costs(t, "a product by its SKU", func() { get(store.BySKU(ctx, "vm"))(t) })
	s.costs(t, "a page of products", func() {
		get(store.List(ctx, catalog.Query{Status: catalog.StatusActive}, []page.Match{{Term: name("small")}}, page.Window{Limit: 50}))(t)
	})
	s.costs(t, "a creation of a product", func() {
		made := s.draftProduct(t, acme, s.ids.New("sku"))
		must(t, store.Create(ctx, made, s.keyed(acme, "catalog", string(made.ID), 1, wordsOf(7)...)))
	})
	for _, n := range counts {
		s.costs(t, fmt.Sprintf("an import of %d products", n), func() {
			all, commit := s.several(t, acme, s.ids.New("bulk"), n)
			must(t, store.CreateMany(ctx, all, commit))
		})
		ids, skus := make([]catalog.ID, n), make([]string, n)
		for i := range n {
			ids[i], skus[i] = catalog.ID(s.ids.New("prod")), s.ids.New("sku")
		}
		ids[0], skus[0] = p.ID, p.SKU
		s.costs(t, fmt.Sprintf("%d products", n), func() { get(store.Many(ctx, ids))(t) })
		s.costs(t, fmt.Sprintf("%d taken SKUs", n), func() { get(store.Taken(ctx, skus))(t) })
	}
	s.costs(t, "a save of a product", func() {
		p.Version++
		must(t, store.Save(ctx, p, s.keyed(acme, "catalog", s.ids.New("key"), p.Version, wordsOf(7)...)))
	})
	s.costs(t, "a receipt", func() {
		_, err := store.Receipt(ctx, "catalog.keyed", "none")
		refused(t, err, fault.ErrNotFound, "")
	})
}

func orderCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	o := s.addOrder(t, s.draftOrder(acme, customerA, 3), name("small"))
	store, ctx, small := s.Orders(), in(acme), []page.Match{{Term: name("small")}}
	s.costs(t, "an order with its items", func() { get(store.Get(ctx, o.ID))(t) })
	s.costs(t, "a page of orders with their items", func() {
		get(store.List(ctx, order.Query{Customer: customerA}, small, page.Window{Limit: 50}))(t)
	})
	s.costs(t, "a number of orders", func() { get(store.Count(ctx, order.Query{Customer: customerA}, small))(t) })
	for _, n := range counts {
		s.costs(t, fmt.Sprintf("a creation of an order of %d items", n), func() {
			made := s.draftOrder(acme, customerA, n)
			must(t, store.Create(ctx, made, s.keyed(acme, "order", string(made.ID), 1, wordsOf(7)...)))
		})
		many := make([]order.Saved, n)
		for i := range many {
			many[i] = order.Saved{Order: s.addOrder(t, s.draftOrder(acme, customerA, 2)), Terms: wordsOf(7)}
		}
		s.costs(t, fmt.Sprintf("a save of %d orders", n), func() {
			for i := range many {
				many[i].Order.Version++
			}
			must(t, store.SaveMany(ctx, many, s.keyed(acme, "order", s.ids.New("key"), 1)))
		})
	}
	s.costs(t, "a save of an order", func() {
		o = s.progress(o)
		must(t, store.Save(ctx, o, s.keyed(acme, "order", s.ids.New("key"), o.Version, wordsOf(7)...)))
	})
	s.costs(t, "a receipt", func() {
		_, err := store.Receipt(ctx, "order.keyed", "none")
		refused(t, err, fault.ErrNotFound, "")
	})
}

func resourceCost(t *testing.T, s *session) {
	s.countsTrips(t)
	k := s.newStock(t)
	store, ctx, w := s.Resources(), in(k.tenant), page.Window{Limit: 50}
	s.costs(t, "a resource", func() { get(store.Get(ctx, k.resource.ID))(t) })
	s.costs(t, "a page of resources", func() { get(store.List(ctx, resource.Query{}, w))(t) })
	s.costs(t, "an order's resources", func() { get(store.OfOrder(ctx, k.resource.OrderID))(t) })
	s.costs(t, "an order's tally", func() { get(store.Tally(ctx, k.resource.OrderID))(t) })
	s.costs(t, "live resources", func() { get(store.CountLive(ctx, ""))(t) })
	s.costs(t, "a customer's live resources", func() { get(store.CountLive(ctx, k.resource.CustomerID))(t) })
	s.costs(t, "a cluster", func() { get(store.Cluster(ctx, k.cluster.ID))(t) })
	s.costs(t, "a page of clusters", func() { get(store.Clusters(ctx, resource.ClusterQuery{}, w))(t) })
	s.costs(t, "a network", func() { get(store.Network(ctx, k.network.ID))(t) })
	s.costs(t, "a page of networks", func() { get(store.Networks(ctx, resource.NetworkQuery{}, w))(t) })
	s.costs(t, "an instance", func() { get(store.InstanceOf(ctx, k.resource.ID))(t) })
	s.costs(t, "a page of instances", func() { get(store.Instances(ctx, resource.InstanceQuery{}, w))(t) })
	s.costs(t, "a supply", func() { get(store.Supply(ctx, []string{"nyc1", "fra1"}))(t) })
	s.costs(t, "a receipt", func() {
		_, err := store.Receipt(ctx, "resource.keyed", "none")
		refused(t, err, fault.ErrNotFound, "")
	})
	for _, n := range counts {
		made := s.stockOf(k.tenant, n)
		s.costs(t, fmt.Sprintf("a write of %d new of each", n), func() {
			made = s.stockOf(k.tenant, n)
			must(t, store.Write(ctx, made, s.keyed(k.tenant, "resource", s.ids.New("key"), 1)))
		})
		s.costs(t, fmt.Sprintf("a write that changes %d of each", n), func() {
			for i := range n {
				made.NewClusters[i].Version++
				made.NewNetworks[i].Version++
				made.NewResources[i].Version++
				made.NewInstances[i].Version++
			}
			must(t, store.Write(ctx, resource.Changes{
				Clusters: made.NewClusters, Networks: made.NewNetworks, Resources: made.NewResources, Instances: made.NewInstances,
			}, s.keyed(k.tenant, "resource", s.ids.New("key"), 1)))
		})
	}
	s.workCost(t)
}

// stockOf are some new clusters, each with a network, a resource and its
// instance.
func (s *session) stockOf(of tenant.ID, n int) resource.Changes {
	var c resource.Changes
	for range n {
		cluster := s.draftCluster(of, s.ids.New("name"), "nyc1")
		r := s.draftResource(of, order.ID(s.ids.New("ord")), itemA)
		r.ClusterID = cluster.ID
		c.NewClusters, c.NewNetworks = append(c.NewClusters, cluster), append(c.NewNetworks, s.draftNetwork(of, cluster.ID, "lan"))
		c.NewResources, c.NewInstances = append(c.NewResources, r), append(c.NewInstances, s.draftInstance(r, resource.InstanceRunning))
	}
	return c
}

func (s *session) workCost(t *testing.T) {
	t.Helper()
	store := s.Resources()
	s.costs(t, "when there is work", func() {
		_, _, err := store.Next(operator(), s.now, false)
		must(t, err)
	})
	var claims []resource.Claim
	s.costs(t, "a claim of much work", func() {
		claims = append(claims, get(store.Claim(operator(), resource.ClaimRequest{Now: s.now, Lease: time.Minute, Limit: 20}))(t)...)
	})
	s.costs(t, "a release of work", func() { must(t, store.Release(operator(), claims[0], 0)) })
}

func eventCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	emit := s.emitters(t)["customer"]
	emit(acme, 100)
	store, ctx := s.Events(), in(acme)
	n := 0
	s.costs(t, "a registration", func() {
		n++
		must(t, store.Register(operator(), event.Registration{Subscription: fmt.Sprint("mirror-", n), Services: services[:], At: s.now}))
	})
	s.costs(t, "a subscription that is forgotten", func() {
		must(t, store.Forget(operator(), fmt.Sprint("mirror-", n)))
		n--
	})
	s.register(t, "mirror", "customer")
	s.costs(t, "a stamping", func() { get(store.Stamp(operator(), s.stamping("customer", 100)))(t) })
	s.costs(t, "a backlog", func() { get(store.Backlog(operator(), "mirror", "customer"))(t) })
	var lane event.Lane
	s.costs(t, "a claim of lanes", func() {
		lane = get(store.Claim(operator(), event.Claim{Subscription: "mirror", Service: "customer", Limit: 10}))(t)[0]
	})
	s.costs(t, "a reading of many events", func() { get(store.Read(operator(), lane, 0, 100))(t) })
	s.costs(t, "a longer lease", func() { must(t, store.Extend(operator(), lane, time.Minute)) })
	s.costs(t, "a movement", func() { must(t, store.Move(operator(), lane, event.Movement{Position: 1})) })
	var dead []*event.DeadLetter
	s.costs(t, "a movement past a dead letter", func() {
		dead = append(dead, s.draftDead(lane))
		must(t, store.Move(operator(), lane, event.Movement{Position: 1, Dead: []event.DeadLetter{*dead[len(dead)-1]}}))
	})
	s.costs(t, "a page of dead letters", func() { get(store.DeadLetters(ctx, page.Window{Limit: 50}))(t) })
	s.costs(t, "a discarded dead letter", func() {
		must(t, store.Discard(ctx, *dead[0]))
		dead = dead[1:]
	})
	listed := get(store.List(ctx, "customer", page.Window{Limit: 50}))(t)
	s.costs(t, "a page of events", func() { get(store.List(ctx, "customer", page.Window{Limit: 50}))(t) })
	s.costs(t, "a page of history", func() { get(store.History(ctx, "customer", event.HistoryQuery{}, page.Window{Limit: 50}))(t) })
	s.costs(t, "a page of an entity's history", func() {
		get(store.History(ctx, "customer", event.HistoryQuery{Subject: listed[0].Subject}, page.Window{Limit: 50}))(t)
	})
	s.costs(t, "an event", func() { get(store.Get(ctx, "customer", listed[0].ID))(t) })
}

// refusedCost counts what the database itself refuses.
func refusedCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	c := s.addCustomer(t, s.draftCustomer(acme, "ada@example.com"))
	store, ctx := s.Customers(), in(acme)
	s.costs(t, "an email that is taken", func() {
		twin := s.draftCustomer(acme, "ada@example.com")
		refused(t, store.Create(ctx, twin, s.commit(acme, "customer", "created", string(twin.ID), 1)), fault.ErrExists, "email")
	})
	s.costs(t, "a version that is stale", func() {
		refused(t, store.Save(ctx, c, s.commit(acme, "customer", "updated", string(c.ID), 1)), fault.ErrConflict, "")
	})
	keyed := s.keyed(acme, "customer", "twice", 1)
	must(t, store.Create(ctx, s.draftCustomer(acme, "grace@example.com"), keyed))
	s.costs(t, "a key that was used", func() {
		again := s.draftCustomer(acme, s.ids.New("c")+"@example.com")
		commit := s.keyed(acme, "customer", "twice", 1)
		refusedAs(t, store.Create(ctx, again, commit), event.ErrRepeated)
	})
	s.costs(t, "what is not there", func() {
		_, err := store.Get(ctx, "cust_none")
		refused(t, err, fault.ErrNotFound, "")
	})
	s.costs(t, "what comes after a refusal", func() { get(store.Get(ctx, c.ID))(t) })
}
