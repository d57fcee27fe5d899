package storagetest

import (
	"slices"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// world is a tenant with one of everything, for the rules that every method of
// every store keeps.
type world struct {
	tenant   tenant.ID
	slug     string
	unborn   tenant.ID // of a tenant that is not there
	role     tenant.Role
	user     tenant.User
	customer customer.Customer
	product  catalog.Product
	order    order.Order
	stock    stock
	mailbox  mailbox
	event    event.Event
	dead     event.DeadLetter

	// key is the idempotency key of what made each of them; receipt and delivery
	// come with what is written next.
	key      string
	receipt  *event.Receipt
	delivery *scope.Delivery
}

// services are those that have stores and events of their own.
var services = [...]string{"tenant", "customer", "catalog", "order", "resource", "webhook"}

// operation is the command that a service's receipts are of.
func operation(service string) string { return service + ".change" }

// worldly is the term that all of a world is found by.
var worldly = page.Term{Key: "name", Value: "world"}

// draftWorld drafts one of everything in a tenant, and stores nothing.
func (s *session) draftWorld(t *testing.T, of tenant.ID, slug string) *world {
	t.Helper()
	w := &world{
		tenant: of, slug: slug, unborn: tenant.ID(s.ids.New("ten")), key: s.ids.New("key"),
		role:     s.draftRole(of, "watcher", "customer.*"),
		customer: s.draftCustomer(of, s.word()+"@example.com"),
		product:  s.draftProduct(t, of, s.word()),
		stock:    s.draftStock(of),
		mailbox:  s.draftMailbox(of),
	}
	w.role.Name = s.word()
	w.user = s.draftUser(of, s.word()+"@example.com", w.role.Name)
	w.order = s.draftOrder(of, w.customer.ID, 2)
	w.customer.Metadata = map[string]string{"tier": "gold"}
	w.customer.BillingAddress.Lines = []string{"Main Street 1"}
	w.order.Metadata = map[string]string{"cart": "7"}
	w.event = s.commit(of, "customer", "created", string(w.customer.ID), 1).Events[0]
	w.dead = event.DeadLetter{
		Subscription: "dead", Service: "customer", Tenant: of, Event: w.event.ID, Attempts: 3, Failure: "broken", At: s.now,
	}
	return w
}

// word is a machine name that nothing has yet.
func (s *session) word() string { return s.ids.New("w")[2:] }

// newWorld stores one of everything in a tenant of its own.
func (s *session) newWorld(t *testing.T) *world {
	t.Helper()
	slug := s.word()
	w := s.draftWorld(t, s.newTenant(t, slug).ID, slug)
	ctx := in(w.tenant)
	w.receipt = &event.Receipt{Key: w.key, Hash: "h"}
	must(t, s.Tenants().CreateRole(ctx, w.role, w.commit(s, "tenant", string(w.role.ID), 1)))
	commit := w.commit(s, "customer", string(w.customer.ID), 1, worldly)
	commit.Events[0] = w.event
	must(t, s.Customers().Create(ctx, w.customer, commit))
	must(t, s.Catalog().Create(ctx, w.product, w.commit(s, "catalog", string(w.product.ID), 1, worldly)))
	must(t, s.Orders().Create(ctx, w.order, w.commit(s, "order", string(w.order.ID), 1, worldly)))
	must(t, s.Resources().Write(ctx, w.stock.created(), w.commit(s, "resource", string(w.stock.resource.ID), 1)))
	must(t, s.Webhooks().Write(ctx, w.mailbox.created(), w.commit(s, "webhook", string(w.mailbox.endpoint.ID), 1)))
	w.receipt = nil
	must(t, s.Tenants().AddUser(ctx, w.user, w.commit(s, "tenant", string(w.user.ID), 1)))
	lane := s.laneOf(t, w, w.dead.Subscription)
	must(t, s.Events().Move(operator(), lane, event.Movement{Position: 1, Dead: []event.DeadLetter{w.dead}}))
	return w
}

// commit is a commit of an event about a subject, with the world's receipt and
// delivery.
func (w *world) commit(s *session, service, subject string, version int64, terms ...page.Term) event.Commit {
	c := s.commit(w.tenant, service, "changed", subject, version, slices.Clone(terms)...)
	if w.receipt != nil {
		c.Receipt = w.receipt.For(subject)
		c.Receipt.Operation = operation(service)
	}
	if w.delivery != nil {
		c.Delivery = &scope.Delivery{Subscription: w.delivery.Subscription, Event: w.delivery.Event}
	}
	return c
}

// laneOf claims the world's lane of a subscription of the customers' events.
func (s *session) laneOf(t *testing.T, w *world, subscription string) event.Lane {
	t.Helper()
	for _, lane := range s.claim(t, subscription) {
		if lane.Tenant == w.tenant {
			return lane
		}
	}
	t.Fatalf("a tenant with events that were not delivered has no lane that can be claimed: its events would never be delivered")
	return event.Lane{}
}

// everything is all that a tenant has: what a refused step must not have
// changed anything of.
func (s *session) everything(t *testing.T, of tenant.ID) map[string]any {
	t.Helper()
	ctx, w, all := in(of), page.Window{Limit: 1000}, map[string]any{}
	read := func(what string, v any, err error) {
		t.Helper()
		must(t, err)
		all[what] = v
	}
	made, err := s.Tenants().Get(ctx)
	read("the tenant", made, err)
	roles, err := s.Tenants().Roles(ctx)
	read("roles", roles, err)
	customers, err := s.Customers().List(ctx, nil, w)
	read("customers", customers, err)
	products, err := s.Catalog().List(ctx, catalog.Query{}, nil, w)
	read("products", products, err)
	orders, err := s.Orders().List(ctx, order.Query{}, nil, w)
	read("orders", orders, err)
	resources, err := s.Resources().List(ctx, resource.Query{}, w)
	read("resources", resources, err)
	clusters, err := s.Resources().Clusters(ctx, resource.ClusterQuery{}, w)
	read("clusters", clusters, err)
	networks, err := s.Resources().Networks(ctx, resource.NetworkQuery{}, w)
	read("networks", networks, err)
	instances, err := s.Resources().Instances(ctx, resource.InstanceQuery{}, w)
	read("instances", instances, err)
	supply, err := s.Resources().Supply(ctx, nil)
	read("usage", supply.Usage, err)
	endpoints, err := s.Webhooks().List(ctx, webhook.Query{}, w)
	read("endpoints", endpoints, err)
	for _, e := range endpoints {
		keys, err := s.Webhooks().Keys(ctx, e.ID)
		if fault.KindOf(err) == fault.ErrNotFound {
			continue // a clause has made an endpoint alone
		}
		read("keys of "+string(e.ID), keys, err)
	}
	deliveries, err := s.Webhooks().Deliveries(ctx, webhook.DeliveryQuery{}, w)
	read("deliveries", deliveries, err)
	attempts, err := s.Webhooks().Attempts(ctx, webhook.AttemptQuery{}, w)
	read("attempts", attempts, err)
	dead, err := s.Events().DeadLetters(ctx, w)
	read("dead letters", dead, err)
	for _, term := range []page.Term{worldly, changed} {
		matches := []page.Match{{Term: term}}
		customers, err := s.Customers().List(ctx, matches, w)
		read("customers found by "+term.Value, len(customers), err)
		products, err := s.Catalog().List(ctx, catalog.Query{}, matches, w)
		read("products found by "+term.Value, len(products), err)
		orders, err := s.Orders().Count(ctx, order.Query{}, matches)
		read("orders found by "+term.Value, orders, err)
	}
	for _, service := range services {
		events, err := s.Events().List(ctx, service, w)
		for i := range events {
			events[i].Position = 0 // which it is given later
		}
		read("events of "+service, events, err)
	}
	return all
}

// changed is the term of what was changed.
var changed = page.Term{Key: "name", Value: "changed"}
