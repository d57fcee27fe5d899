package storagetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// listing is a list that is read in pages.
type listing struct {
	service, called string
	// open prepares a world for it.
	open func(t *testing.T, s *session, w *world) listed
}

// listed is a list in a world. Its entities are numbered, and listed in that
// order.
type listed struct {
	ctx context.Context //nolint:containedctx // it is part of what is listed: whose list it is
	// add stores the entity of a number, and remove takes it out of the list; nil
	// where nothing ever leaves it.
	add    func(n int) error
	remove func(n int) error
	list   func(ctx context.Context, w page.Window) ([]string, error)
	// key is a number's key, whether or not it is there.
	key func(n int) string
}

func pageClauses() []clause {
	var all []clause
	for _, l := range listings() {
		all = append(all,
			clause{
				l.service + "/pages of " + l.called,
				"a page goes on after its key in the order of ids, whatever was created at the same instant and in whatever order, " +
					"up and down: who turns pages sees each entity once",
				func(t *testing.T, s *session) { pagesRule(t, l.open(t, s, s.bareWorld(t))) },
			},
			clause{
				l.service + "/pages of " + l.called + " while others write",
				"what is there all the time is on exactly one page, however much comes and goes between the pages " +
					"and while they are read",
				func(t *testing.T, s *session) {
					list := l.open(t, s, s.bareWorld(t))
					pagesBetween(t, list)
					pagesMeanwhile(t, list)
				},
			})
	}
	return all
}

// bareWorld is a tenant with nothing in its lists: its cluster is not active.
func (s *session) bareWorld(t *testing.T) *world {
	t.Helper()
	slug := s.word()
	w := s.draftWorld(t, s.newTenant(t, slug).ID, slug)
	w.stock.cluster.Status = resource.ClusterDraining
	must(t, s.write(w.tenant, resource.Changes{NewClusters: []resource.Cluster{w.stock.cluster}}))
	w.mailbox.endpoint.Status = webhook.StatusPaused
	must(t, s.post(w.tenant, webhook.Changes{NewEndpoints: []webhook.Endpoint{w.mailbox.endpoint}}))
	return w
}

func pagesRule(t *testing.T, l listed) {
	const count = 12
	var keys []string
	for n := range count {
		keys = append(keys, l.key(n*10))
	}
	for _, n := range rand.New(rand.NewPCG(1, 2)).Perm(count) { //nolint:gosec // any order will do, the same one each time
		must(t, l.add(n*10))
	}
	down := slices.Clone(keys)
	slices.Reverse(down)
	for _, limit := range []int{1, 3, 5, count, count + 1} {
		same(t, fmt.Sprintf("the list in pages of %d", limit), turn(t, l, limit, false, nil), keys)
		same(t, fmt.Sprintf("the list in pages of %d, newest first", limit), turn(t, l, limit, true, nil), down)
	}
	for what, c := range map[string]struct {
		after  int
		newest bool
		want   []string
	}{
		"after the last":                        {(count - 1) * 10, false, nil},
		"past the end":                          {count * 1000, false, nil},
		"after one that is not there":           {45, false, keys[5:]},
		"newest first, after the first":         {0, true, nil},
		"newest first, after one not there":     {45, true, down[count-5:]},
		"newest first, after one past the end":  {count * 1000, true, down},
		"newest first, after the second newest": {(count - 2) * 10, true, down[2:]},
	} {
		got := get(l.list(l.ctx, page.Window{After: l.key(c.after), Limit: 99, Newest: c.newest}))(t)
		same(t, "the list "+what, got, c.want)
	}
}

// turn reads all pages, and calls something between two.
func turn(t *testing.T, l listed, limit int, newest bool, between func(last string)) []string {
	t.Helper()
	var all []string
	w := page.Window{Limit: limit, Newest: newest}
	for {
		next := get(l.list(l.ctx, w))(t)
		if len(next) > limit {
			t.Fatalf("a page of %d has %d entities", limit, len(next))
		}
		if len(next) == 0 {
			break
		}
		for i, key := range next {
			if before := append([]string{w.After}, next...)[i]; before != "" && (key > before) == newest || key == before {
				t.Fatalf("%s is listed after %s (newest first: %t)", key, before, newest)
			}
		}
		all = append(all, next...)
		w.After = next[len(next)-1]
		if between != nil {
			between(w.After)
		}
	}
	return all
}

// stays are the numbers of what is there all the time.
func stays(t *testing.T, l listed, from int) (keys []string) {
	t.Helper()
	for n := range 8 {
		must(t, l.add(from+n*100))
		keys = append(keys, l.key(from+n*100))
	}
	return keys
}

// seen fails the test unless all that stays was read once.
func seen(t *testing.T, what string, got, stay []string) {
	t.Helper()
	for _, key := range stay {
		if n := count(got, key); n != 1 {
			t.Errorf("%s: %s was there all the time, and was read %d times", what, key, n)
		}
	}
}

func count(keys []string, key string) (n int) {
	for _, k := range keys {
		if k == key {
			n++
		}
	}
	return n
}

// pagesBetween has entities come and go on both sides of the cursor, and the
// cursor's own go.
func pagesBetween(t *testing.T, l listed) {
	t.Helper()
	stay := stays(t, l, 10_000)
	for _, newest := range []bool{false, true} {
		next := 0
		for n := range 8 {
			must(t, l.add(10_050+n*100+b(newest)))
		}
		got := turn(t, l, 2, newest, func(last string) {
			n := 10_000 + next*100
			if next++; next > 8 {
				return
			}
			must(t, l.add(n+20+b(newest)))
			must(t, l.add(n+70+b(newest)))
			if l.remove == nil {
				return
			}
			must(t, l.remove(n+50+b(newest)))
			for gone := range 8 {
				if last == l.key(10_020+gone*100+b(newest)) {
					must(t, l.remove(10_020+gone*100+b(newest)))
				}
			}
		})
		seen(t, fmt.Sprintf("while others come and go between pages (newest first: %t)", newest), got, stay)
	}
}

func b(newest bool) int {
	if newest {
		return 1
	}
	return 0
}

// pagesMeanwhile reads pages while others write.
func pagesMeanwhile(t *testing.T, l listed) {
	t.Helper()
	stay := stays(t, l, 20_000)
	ended := make(chan struct{})
	var group sync.WaitGroup
	for writer := range 2 {
		group.Go(func() {
			for n := range 40 {
				select {
				case <-ended:
					return
				default:
				}
				number := 20_000 + n%8*100 + 10 + 2*n + writer
				err := l.add(number)
				if err == nil && l.remove != nil {
					err = l.remove(number)
				}
				if err != nil {
					t.Errorf("a writer: %v", err)
					return
				}
			}
		})
	}
	for round := range 4 {
		got := turn(t, l, 3, round%2 == 1, nil)
		seen(t, "while others write", got, stay)
	}
	close(ended)
	group.Wait()
}

// listingOf is the list of entities that are numbered by their ids.
func listingOf[E any](
	service, called, prefix string, k entity[E], leave func(e *E), list func(ctx context.Context, s *session, w page.Window) ([]E, error),
) listing {
	return listing{service, called, func(t *testing.T, s *session, w *world) listed {
		t.Helper()
		var mu sync.Mutex
		stored := map[int]E{}
		return listed{
			ctx: in(w.tenant),
			key: func(n int) string { return numbered(prefix, n) },
			add: func(n int) error {
				e := k.draft(t, s, w)
				reflect.ValueOf(&e).Elem().FieldByName("ID").SetString(numbered(prefix, n))
				mu.Lock()
				stored[n] = e
				mu.Unlock()
				return k.create(in(w.tenant), s, e, k.commit(s, w, &e))
			},
			remove: func(n int) error {
				mu.Lock()
				e := stored[n]
				mu.Unlock()
				leave(&e)
				_, _, version := k.known(&e)
				*version++
				return k.save(in(w.tenant), s, e, k.commit(s, w, &e))
			},
			list: func(ctx context.Context, w page.Window) ([]string, error) {
				all, err := list(ctx, s, w)
				var keys []string
				for i := range all {
					_, id, _ := k.known(&all[i])
					keys = append(keys, id)
				}
				return keys, err
			},
		}
	}}
}

func listings() []listing {
	found := page.Term{Key: "name", Value: "paged"}
	matches := []page.Match{{Term: found}}
	customers, orders := customerEntity(), orderEntity()
	customers.terms, orders.terms = []page.Term{found}, []page.Term{found}
	orders.draft = func(_ *testing.T, s *session, w *world) order.Order { return s.draftOrder(w.tenant, w.customer.ID, 2) }
	return []listing{
		listingOf("webhook", "endpoints", "hook", endpointEntity(), func(e *webhook.Endpoint) { e.Status = webhook.StatusPaused },
			func(ctx context.Context, s *session, w page.Window) ([]webhook.Endpoint, error) {
				return s.Webhooks().List(ctx, webhook.Query{Status: webhook.StatusActive}, w)
			}),
		listingOf("webhook", "deliveries", "dlv", deliveryEntity(), func(e *webhook.Delivery) {
			e.Status, e.DeliveredAt = webhook.DeliveryFailed, nil
		}, func(ctx context.Context, s *session, w page.Window) ([]webhook.Delivery, error) {
			return s.Webhooks().Deliveries(ctx, webhook.DeliveryQuery{Status: webhook.DeliveryDelivered}, w)
		}),
		tenantListing(), eventListing(), deadLetterListing(),
		listingOf("tenant", "users", "usr", userEntity(), func(e *tenant.User) { e.Status = tenant.UserDisabled },
			func(ctx context.Context, s *session, w page.Window) ([]tenant.User, error) {
				return s.Tenants().Users(ctx, tenant.UserQuery{Status: tenant.UserActive}, w)
			}),
		listingOf("customer", "customers", "cust", customers, func(e *customer.Customer) { e.DeletedAt = &e.CreatedAt },
			func(ctx context.Context, s *session, w page.Window) ([]customer.Customer, error) {
				return s.Customers().List(ctx, matches, w)
			}),
		listingOf("catalog", "products", "prod", productEntity(), func(e *catalog.Product) { e.Status = catalog.StatusArchived },
			func(ctx context.Context, s *session, w page.Window) ([]catalog.Product, error) {
				return s.Catalog().List(ctx, catalog.Query{Status: catalog.StatusActive}, nil, w)
			}),
		listingOf("order", "orders", "ord", orders, func(e *order.Order) { e.Status, e.Phase = order.StatusCancelled, order.PhaseAtRest },
			func(ctx context.Context, s *session, w page.Window) ([]order.Order, error) {
				return s.Orders().List(ctx, order.Query{Status: order.StatusPending}, matches, w)
			}),
		listingOf("resource", "clusters", "clus", clusterEntity(), func(e *resource.Cluster) { e.Status = resource.ClusterOffline },
			func(ctx context.Context, s *session, w page.Window) ([]resource.Cluster, error) {
				return s.Resources().Clusters(ctx, resource.ClusterQuery{Status: resource.ClusterActive}, w)
			}),
		listingOf("resource", "networks", "net", networkEntity(), func(e *resource.Network) { e.Status = resource.NetworkClosed },
			func(ctx context.Context, s *session, w page.Window) ([]resource.Network, error) {
				return s.Resources().Networks(ctx, resource.NetworkQuery{Status: resource.NetworkActive}, w)
			}),
		listingOf("resource", "resources", "res", resourceEntity(), func(e *resource.Resource) {
			e.Status, e.TerminatedAt = resource.StatusError, nil
		}, func(ctx context.Context, s *session, w page.Window) ([]resource.Resource, error) {
			return s.Resources().List(ctx, resource.Query{Status: resource.StatusTerminated}, w)
		}),
		listingOf("resource", "instances", "inst", instanceEntity(), func(e *resource.Instance) { e.Status = resource.InstanceTerminated },
			func(ctx context.Context, s *session, w page.Window) ([]resource.Instance, error) {
				return s.Resources().Instances(ctx, resource.InstanceQuery{Status: resource.InstanceRunning}, w)
			}),
	}
}

func tenantListing() listing {
	return listing{"tenant", "tenants", func(t *testing.T, s *session, w *world) listed {
		t.Helper()
		var mu sync.Mutex
		stored := map[int]tenant.Tenant{}
		// The world's own is not in the list.
		own := get(s.Tenants().Get(in(w.tenant)))(t)
		own.Version, own.Status = 2, tenant.Suspended
		must(t, s.Tenants().Save(in(w.tenant), own, s.commit(w.tenant, "tenant", "suspended", string(w.tenant), 2)))
		return listed{
			ctx: operator(),
			key: func(n int) string { return numbered("ten", n) },
			add: func(n int) error {
				made, owner := s.draftTenant(s.word())
				made.ID = tenant.ID(numbered("ten", n))
				mu.Lock()
				stored[n] = made
				mu.Unlock()
				return s.Tenants().Create(in(made.ID), made, owner, s.commit(made.ID, "tenant", "created", string(made.ID), 1))
			},
			remove: func(n int) error {
				mu.Lock()
				made := stored[n]
				mu.Unlock()
				made.Version, made.Status = 2, tenant.Archived
				return s.Tenants().Save(in(made.ID), made, s.commit(made.ID, "tenant", "archived", string(made.ID), 2))
			},
			list: func(ctx context.Context, w page.Window) ([]string, error) {
				all, err := s.Tenants().List(ctx, tenant.Query{Status: tenant.Active}, w)
				var keys []string
				for _, each := range all {
					keys = append(keys, string(each.ID))
				}
				return keys, err
			},
		}
	}}
}

func eventListing() listing {
	return listing{"event", "events", func(t *testing.T, s *session, _ *world) listed {
		t.Helper()
		of := s.newTenant(t, s.word()).ID
		return listed{
			ctx: in(of),
			key: func(n int) string { return numbered(event.Prefix, n) },
			add: func(n int) error {
				c := s.draftCustomer(of, s.word()+"@example.com")
				commit := s.commit(of, "customer", "created", string(c.ID), 1)
				commit.Events[0].ID = event.ID(numbered(event.Prefix, n))
				return s.Customers().Create(in(of), c, commit)
			},
			list: func(ctx context.Context, w page.Window) ([]string, error) {
				all, err := s.Events().List(ctx, "customer", w)
				var keys []string
				for _, e := range all {
					keys = append(keys, string(e.ID))
				}
				return keys, err
			},
		}
	}}
}

func deadLetterListing() listing {
	return listing{"event", "dead letters", func(t *testing.T, s *session, _ *world) listed {
		t.Helper()
		of := s.newTenant(t, s.word()).ID
		c := s.draftCustomer(of, "ada@example.com")
		must(t, s.Customers().Create(in(of), c, s.commit(of, "customer", "created", string(c.ID), 1)))
		s.register(t, "mirror", "customer")
		letter := func(n int) event.DeadLetter {
			return event.DeadLetter{
				Subscription: "mirror", Service: "customer", Tenant: of, Event: event.ID(numbered(event.Prefix, n)), At: s.now,
			}
		}
		// One lane, that many letters: its holder moves it on the spot.
		var mu sync.Mutex
		return listed{
			ctx: in(of),
			key: func(n int) string { return letter(n).Key() },
			add: func(n int) error {
				mu.Lock()
				defer mu.Unlock()
				if _, err := s.Events().Stamp(operator(), s.stamping("customer", 9)); err != nil {
					return err
				}
				lanes, err := s.Events().Claim(operator(), event.Claim{Subscription: "mirror", Service: "customer", Limit: 1})
				if err != nil || len(lanes) != 1 {
					return fmt.Errorf("%d lanes: %w", len(lanes), err)
				}
				dead := letter(n)
				return s.Events().Move(operator(), lanes[0], event.Movement{Dead: []event.DeadLetter{dead}})
			},
			remove: func(n int) error { return s.Events().Discard(in(of), letter(n)) },
			list: func(ctx context.Context, w page.Window) ([]string, error) {
				all, err := s.Events().DeadLetters(ctx, w)
				var keys []string
				for _, d := range all {
					keys = append(keys, d.Key())
				}
				return keys, err
			},
		}
	}}
}
