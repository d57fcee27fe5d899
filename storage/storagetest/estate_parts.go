package storagetest

import (
	"testing"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

func (e *estate) tenantPart(s *session, made tenant.Tenant, owner tenant.Role) part {
	ctx, w := in(made.ID), page.Window{Limit: 9}
	created := event.Receipt{Operation: "tenant.create", Key: "key-0", Hash: "h", Entity: string(made.ID)}
	billing := owner
	billing.ID, billing.Name, billing.BuiltIn = tenant.RoleID(s.ids.New("role")), "billing", false
	user := s.draftUser(made.ID, "Ada@Example.com", "billing", "owner")
	full := made
	full.Users = []tenant.User{user}
	add := func(s *session, u tenant.User, c event.Commit) error { return s.Tenants().AddUser(ctx, u, c) }
	return part{
		service: "tenant",
		store: func(t *testing.T, s *session) {
			c := s.commit(made.ID, "tenant", "created", string(made.ID), 1)
			c.Receipt = &created
			must(t, s.Tenants().Create(ctx, made, owner, c))
			must(t, s.Tenants().CreateRole(ctx, billing, s.commit(made.ID, "tenant", "role.created", string(billing.ID), 1)))
			must(t, add(s, user, e.commit(s, "tenant", string(user.ID))))
		},
		there: func(t *testing.T, s *session) bool { return found(s.Tenants().Get(ctx))(t) },
		kept: func(t *testing.T, s *session) {
			same(t, "the tenant", get(s.Tenants().Get(ctx))(t), full)
			same(t, "the tenant by slug", get(s.Tenants().BySlug(operator(), made.Slug))(t), full)
			same(t, "the roles", get(s.Tenants().Roles(ctx))(t), []tenant.Role{owner, billing})
			same(t, "the receipt", get(s.Tenants().Receipt(operator(), created.Operation, created.Key))(t), created)
			e.remembered(t, s, "tenant", string(user.ID), s.Tenants().Receipt, func(c event.Commit) error {
				return add(s, s.draftUser(made.ID, "grace@example.com"), c)
			})
		},
		gone: func(t *testing.T, s *session) {
			_, err := s.Tenants().BySlug(operator(), made.Slug)
			refused(t, err, fault.ErrNotFound, "")
			none(t, "tenants", get(s.Tenants().List(operator(), tenant.Query{}, w))(t))
			none(t, "users", get(s.Tenants().Users(ctx, tenant.UserQuery{}, w))(t))
			none(t, "roles", get(s.Tenants().Roles(ctx))(t))
			_, err = s.Tenants().Receipt(operator(), created.Operation, created.Key)
			refused(t, err, fault.ErrNotFound, "")
			e.forgotten(t, s, "tenant", s.Tenants().Receipt)
		},
	}
}

func (e *estate) customerPart(c customer.Customer) part {
	ctx, w := in(e.tenant), page.Window{Limit: 9}
	terms := []page.Match{{Term: name("ada")}}
	return part{
		service: "customer",
		store: func(t *testing.T, s *session) {
			must(t, s.Customers().Create(ctx, c, e.commit(s, "customer", string(c.ID), name("ada"))))
		},
		there: func(t *testing.T, s *session) bool { return found(s.Customers().Get(ctx, c.ID))(t) },
		kept: func(t *testing.T, s *session) {
			same(t, "the customer", get(s.Customers().Get(ctx, c.ID))(t), c)
			same(t, "the customer by email", get(s.Customers().ByEmail(ctx, c.Email))(t), c)
			same(t, "the customers by term", get(s.Customers().List(ctx, terms, w))(t), []customer.Customer{c})
			e.remembered(t, s, "customer", string(c.ID), s.Customers().Receipt, func(commit event.Commit) error {
				return s.Customers().Create(ctx, s.draftCustomer(e.tenant, "grace@example.com"), commit)
			})
		},
		gone: func(t *testing.T, s *session) {
			none(t, "customers", get(s.Customers().List(ctx, nil, w))(t))
			none(t, "customers by term", get(s.Customers().List(ctx, terms, w))(t))
			e.forgotten(t, s, "customer", s.Customers().Receipt)
		},
	}
}

func (e *estate) catalogPart(p catalog.Product) part {
	ctx, w := in(e.tenant), page.Window{Limit: 9}
	terms := []page.Match{{Term: name("small")}}
	return part{
		service: "catalog",
		store: func(t *testing.T, s *session) {
			must(t, s.Catalog().Create(ctx, p, e.commit(s, "catalog", string(p.ID), name("small"))))
		},
		there: func(t *testing.T, s *session) bool { return found(s.Catalog().Get(ctx, p.ID))(t) },
		kept: func(t *testing.T, s *session) {
			same(t, "the product", get(s.Catalog().Get(ctx, p.ID))(t), p)
			same(t, "the product by SKU", get(s.Catalog().BySKU(ctx, p.SKU))(t), p)
			same(t, "the products by term", get(s.Catalog().List(ctx, catalog.Query{}, terms, w))(t), []catalog.Product{p})
			e.remembered(t, s, "catalog", string(p.ID), s.Catalog().Receipt, func(c event.Commit) error {
				return s.Catalog().Create(ctx, s.draftProduct(t, e.tenant, "vm-2"), c)
			})
		},
		gone: func(t *testing.T, s *session) {
			none(t, "products", get(s.Catalog().List(ctx, catalog.Query{}, nil, w))(t))
			none(t, "products by term", get(s.Catalog().List(ctx, catalog.Query{}, terms, w))(t))
			none(t, "SKUs taken", get(s.Catalog().Taken(ctx, []string{p.SKU}))(t))
			e.forgotten(t, s, "catalog", s.Catalog().Receipt)
		},
	}
}

func (e *estate) orderPart(o order.Order) part {
	ctx, w := in(e.tenant), page.Window{Limit: 9}
	o.Status, o.Phase = order.StatusProcessing, order.PhaseInProgress
	terms := []page.Match{{Term: name("cart")}}
	return part{
		service: "order",
		store: func(t *testing.T, s *session) {
			must(t, s.Orders().Create(ctx, o, e.commit(s, "order", string(o.ID), name("cart"))))
		},
		there: func(t *testing.T, s *session) bool { return found(s.Orders().Get(ctx, o.ID))(t) },
		kept: func(t *testing.T, s *session) {
			same(t, "the order", get(s.Orders().Get(ctx, o.ID))(t), o)
			same(t, "the orders by term", get(s.Orders().List(ctx, order.Query{}, terms, w))(t), []order.Order{o})
			e.remembered(t, s, "order", string(o.ID), s.Orders().Receipt, func(c event.Commit) error {
				return s.Orders().Create(ctx, s.draftOrder(e.tenant, "cust_b", 1), c)
			})
		},
		gone: func(t *testing.T, s *session) {
			none(t, "orders", get(s.Orders().List(ctx, order.Query{}, nil, w))(t))
			same(t, "the number of orders by term", get(s.Orders().Count(ctx, order.Query{}, terms))(t), int64(0))
			e.forgotten(t, s, "order", s.Orders().Receipt)
		},
	}
}

// resourcePart has a worker in the middle of its work.
func (e *estate) resourcePart(s *session) part {
	ctx, w := in(e.tenant), page.Window{Limit: 9}
	k := s.draftStock(e.tenant)
	k.resource.Phase, k.resource.Action, k.resource.Tries = resource.PhaseApplying, resource.ActionCreate, 2
	k.resource.Token = string(k.resource.ID) + "/create/1"
	return part{
		service: "resource",
		store: func(t *testing.T, s *session) {
			must(t, s.Resources().Write(ctx, k.created(), e.commit(s, "resource", string(k.resource.ID))))
			same(t, "the claims", s.claimWork(t, time.Hour, 9), []resource.Claim{{Tenant: e.tenant, Resource: k.resource.ID, Epoch: 1}})
		},
		there: func(t *testing.T, s *session) bool { return found(s.Resources().Get(ctx, k.resource.ID))(t) },
		kept: func(t *testing.T, s *session) {
			s.sameResources(t, e.tenant, k.cluster, k.network, []resource.Resource{k.resource}, k.instance, k.usage)
			none(t, "claims of what another holds", s.claimWork(t, time.Hour, 9))
			e.remembered(t, s, "resource", string(k.resource.ID), s.Resources().Receipt, func(c event.Commit) error {
				more := resource.Changes{NewClusters: []resource.Cluster{s.draftCluster(e.tenant, "c2", "nyc1")}}
				return s.Resources().Write(ctx, more, c)
			})
		},
		gone: func(t *testing.T, s *session) {
			none(t, "clusters", get(s.Resources().Clusters(ctx, resource.ClusterQuery{}, w))(t))
			none(t, "networks", get(s.Resources().Networks(ctx, resource.NetworkQuery{}, w))(t))
			none(t, "resources", get(s.Resources().List(ctx, resource.Query{}, w))(t))
			none(t, "instances", get(s.Resources().Instances(ctx, resource.InstanceQuery{}, w))(t))
			same(t, "the usage", get(s.Resources().Supply(ctx, nil))(t).Usage, resource.Usage{})
			_, ok, err := s.Resources().Next(operator(), s.now, true)
			must(t, err)
			same(t, "that there is work", ok, false)
			e.forgotten(t, s, "resource", s.Resources().Receipt)
		},
	}
}

// eventPart has two subscriptions to the customers' events: one has given up the
// only one, the other waits to try it again.
func (e *estate) eventPart(c customer.Customer) part {
	ctx, w := in(e.tenant), page.Window{Limit: 9}
	claim := event.Claim{Subscription: "waiting", Service: "customer", Lease: time.Hour, Limit: 9}
	dead := event.DeadLetter{
		Subscription: "given up", Service: "customer", Tenant: e.tenant, Attempts: 10, Failure: "it's broken",
	}
	return part{
		service: "event",
		store: func(t *testing.T, s *session) {
			dead.Event, dead.At = e.events["customer"][0].ID, s.now
			same(t, "the event's subject", e.events["customer"][0].Subject, string(c.ID))
			for _, subscription := range []string{"given up", "waiting"} {
				first := claim
				first.Subscription = subscription
				s.register(t, subscription, "customer")
				lanes := get(s.Events().Claim(operator(), first))(t)
				same(t, "the lanes", lanes, []event.Lane{{
					Subscription: subscription, Service: "customer", Tenant: e.tenant, Head: 1, Claims: 1, Epoch: 1,
				}})
				m := event.Movement{Position: 1, Dead: []event.DeadLetter{dead}}
				if subscription == "waiting" {
					m = s.failed(s.now.Add(time.Minute))
				}
				must(t, s.Events().Move(operator(), lanes[0], m))
			}
		},
		there: func(t *testing.T, s *session) bool { return len(get(s.Events().DeadLetters(ctx, w))(t)) > 0 },
		kept: func(t *testing.T, s *session) {
			same(t, "the dead letters", get(s.Events().DeadLetters(ctx, w))(t), []event.DeadLetter{dead})
			same(t, "the backlog of who gave up", get(s.Events().Backlog(operator(), "given up", "customer"))(t).Lanes, int64(0))
			same(t, "the backlog of who waits", get(s.Events().Backlog(operator(), "waiting", "customer"))(t).Lanes, int64(1))
			early, due := claim, claim
			early.Due, due.Due = s.now, s.now.Add(time.Minute)
			none(t, "lanes too early", get(s.Events().Claim(operator(), early))(t))
			lanes := get(s.Events().Claim(operator(), due))(t)
			same(t, "the number of lanes", len(lanes), 1)
			same(t, "what has failed", lanes[0].Progress, s.failed(due.Due).Progress)
			must(t, s.Events().Move(operator(), lanes[0], s.failed(due.Due)))
		},
		gone: func(t *testing.T, s *session) {
			none(t, "dead letters", get(s.Events().DeadLetters(ctx, w))(t))
			for _, subscription := range []string{"given up", "waiting"} {
				lane := event.Lane{Subscription: subscription, Service: "customer", Tenant: e.tenant, Epoch: 1}
				refused(t, s.Events().Extend(operator(), lane, time.Hour), fault.ErrConflict, "")
			}
		},
	}
}
