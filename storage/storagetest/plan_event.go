package storagetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/webhook"
)

// eventPlans grows the streams of all services: many events of two tenants, and
// a few of many. All but a few have their positions.
func eventPlans(t *testing.T, s *session) {
	p := s.plans(t)
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	crowd := s.crowd(t, grownTenants)
	for service, emit := range s.emitters(t) {
		emit(acme, grownRows)
		emit(other, grownOthers*grownRows)
		for _, id := range crowd {
			emit(id, 1)
		}
		for _, subscription := range []string{"mirror", "audit", "other-0", "other-1", "other-2", "other-3", "other-4"} {
			s.register(t, subscription, service)
		}
		for waiting := true; waiting; {
			waiting = get(s.Events().Stamp(operator(), s.stamping(service, 1000)))(t) > 0
		}
		// Most lanes have been served, and few wait for what comes last.
		s.serve(t, "mirror", service, grownTenants+2)
		for n := range 5 {
			get(s.Events().Claim(operator(), event.Claim{
				Subscription: fmt.Sprintf("other-%d", n), Service: service, Lease: time.Minute, Limit: grownTenants + 2,
			}))(t)
		}
		emit(acme, grownWaiting/2)
		emit(other, grownWaiting/2)
	}
	lane := s.growDead(t)
	for service := range s.emitters(t) {
		p.relayed(acme, service)
		p.histories(acme, service)
	}
	p.deadLetters(lane)
}

// emitters commit events of each service, many in one step, each about an
// entity of its own.
func (s *session) emitters(t *testing.T) map[string]func(of scope.TenantID, count int) {
	return s.emittersAbout(t, func(int) (string, int64) { return s.ids.New("note"), 1 })
}

// emittersAbout are those of events about the entities, in the versions, that
// about tells of each number from 0 on.
func (s *session) emittersAbout(
	t *testing.T, about func(n int) (subject string, version int64),
) map[string]func(of scope.TenantID, count int) {
	data := []byte(`{"note":"` + strings.Repeat("some words ", 100) + `"}`)
	many := func(of scope.TenantID, service string, count int) event.Commit {
		commit := event.Commit{At: s.now}
		for n := range count {
			subject, version := about(n)
			noted := s.commit(of, service, "noted", subject, version).Events
			noted[0].Data = data
			commit.Events = append(commit.Events, noted...)
		}
		return commit
	}
	return map[string]func(of scope.TenantID, count int){
		"tenant": func(of scope.TenantID, count int) {
			r := s.draftRole(of, s.ids.New("name"))
			must(t, s.Tenants().CreateRole(in(of), r, many(of, "tenant", count)))
		},
		"customer": func(of scope.TenantID, count int) {
			c := s.draftCustomer(of, s.ids.New("c")+"@example.com")
			must(t, s.Customers().Create(in(of), c, many(of, "customer", count)))
		},
		"catalog": func(of scope.TenantID, count int) {
			must(t, s.Catalog().Create(in(of), s.draftProduct(t, of, s.ids.New("sku")), many(of, "catalog", count)))
		},
		"order": func(of scope.TenantID, count int) {
			must(t, s.Orders().Create(in(of), s.draftOrder(of, customerA, 1), many(of, "order", count)))
		},
		"resource": func(of scope.TenantID, count int) {
			c := s.draftCluster(of, s.ids.New("name"), "nyc1")
			must(t, s.Resources().Write(in(of), resource.Changes{NewClusters: []resource.Cluster{c}}, many(of, "resource", count)))
		},
		"webhook": func(of scope.TenantID, count int) {
			must(t, s.Webhooks().Write(in(of), webhook.Changes{}, many(of, "webhook", count)))
		},
	}
}

// serve claims lanes and moves them to the end of what has a position.
func (s *session) serve(t *testing.T, subscription, service string, limit int) []event.Lane {
	t.Helper()
	lanes := get(s.Events().Claim(operator(), event.Claim{
		Subscription: subscription, Service: service, Lease: time.Minute, Limit: limit,
	}))(t)
	for _, lane := range lanes {
		events := get(s.Events().Read(operator(), lane, lane.Position, 2*grownOthers*grownRows))(t)
		must(t, s.Events().Move(operator(), lane, event.Movement{Position: events[len(events)-1].Position}))
	}
	return lanes
}

func (p *planned) relayed(acme scope.TenantID, service string) {
	t, store := p.t, p.Events()
	of := func(what string) string { return what + " of the " + service + " service" }
	p.across(of("the backlog"), ofWaiting, func() { get(store.Backlog(operator(), "mirror", service))(t) })
	p.across(of("a stamping"), ofStamps, func() { get(store.Stamp(operator(), p.stamping(service, 100)))(t) })
	var lanes []event.Lane
	for _, due := range []time.Time{{}, p.now.Add(time.Hour)} {
		p.across(of("a claim of lanes"), ofWaiting, func() {
			lanes = append(lanes, get(store.Claim(operator(), event.Claim{
				Subscription: "mirror", Service: service, Lease: time.Minute, Limit: 1, Due: due,
			}))(t)...)
		})
	}
	same(t, of("the claimed lanes"), len(lanes), 2)
	p.across(of("a reading of a lane"), ofPage, func() { get(store.Read(operator(), lanes[0], lanes[0].Position, planPage))(t) })
	p.across(of("a longer lease"), byKey, func() { must(t, store.Extend(operator(), lanes[0], time.Minute)) })
	p.across(of("a movement"), byKey, func() {
		must(t, store.Move(operator(), lanes[0], event.Movement{Position: lanes[0].Position, Due: p.now, At: p.now}))
	})

	again := event.Rewinding{Subscription: "mirror", Service: service, Tenant: acme, Since: p.now.Add(time.Hour), At: p.now}
	p.across(of("a lane rewound"), ofHistory, func() { must(t, store.Rewind(operator(), again)) })
	again.Tenant = ""
	p.across(of("all lanes rewound"), ofLanes, func() { must(t, store.Rewind(operator(), again)) })
	p.across(of("old events deleted"), ofPage, func() {
		get(store.Trim(operator(), event.Trimming{Service: service, Before: p.now.Add(time.Hour), Tenants: 2, Limit: planPage}))(t)
	})
	p.across(of("a registration"), ofTenants, func() { p.register(t, "new", service) })
	p.across(of("a subscription forgotten"), ofLanes, func() { must(t, store.Forget(operator(), "new")) })

	var listed []event.Event
	p.within(of("many events"), ofMatches, func() {
		listed = get(store.List(in(acme), service, page.Window{Limit: grownRows / 2}))(t)
	})
	key := listed[len(listed)-1].ID
	p.within(of("an event"), byKey, func() { get(store.Get(in(acme), service, key))(t) })
	for _, w := range windows(string(key)) {
		p.within(fmt.Sprintf("%s %+v", of("events"), w), ofPage, func() { get(store.List(in(acme), service, w))(t) })
	}
}

// growDead gives up many events of a lane, and returns it.
func (s *session) growDead(t *testing.T) event.Lane {
	t.Helper()
	lanes := get(s.Events().Claim(operator(), event.Claim{
		Subscription: "audit", Service: "customer", Lease: time.Minute, Limit: 2,
	}))(t)
	for _, lane := range lanes {
		for range grownRows {
			must(t, s.Events().Move(operator(), lane, event.Movement{Position: 1, Dead: []event.DeadLetter{*s.draftDead(lane)}}))
		}
	}
	return lanes[0]
}

func (s *session) draftDead(lane event.Lane) *event.DeadLetter {
	return &event.DeadLetter{
		Subscription: lane.Subscription, Service: lane.Service, Tenant: lane.Tenant, Event: event.ID(s.ids.New(event.Prefix)),
		Failure: "no", At: s.now,
	}
}

func (p *planned) deadLetters(lane event.Lane) {
	t, store, ctx := p.t, p.Events(), in(lane.Tenant)
	dead := p.draftDead(lane)
	p.across("a movement past a dead letter", byKey, func() {
		must(t, store.Move(operator(), lane, event.Movement{Position: 2, Dead: []event.DeadLetter{*dead}}))
	})
	var listed []event.DeadLetter
	p.within("many dead letters", ofMatches, func() { listed = get(store.DeadLetters(ctx, page.Window{Limit: grownRows / 2}))(t) })
	for _, w := range windows(listed[len(listed)-1].Key()) {
		p.within(fmt.Sprintf("dead letters %+v", w), ofPage, func() { get(store.DeadLetters(ctx, w))(t) })
	}
	p.within("a discarded dead letter", byKey, func() { must(t, store.Discard(ctx, *dead)) })
}
