package storagetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

func laneClauses() []clause {
	return []clause{
		{
			"event/lanes are handed out once",
			"of many relays that claim at once, no two hold a lane at the same time, and all is delivered in order",
			laneRelays,
		},
		{
			"event/lanes take turns",
			"the lane that waited longest is next: a busy tenant does not keep the others waiting",
			laneTurns,
		},
		{
			"event/a lane reads its own",
			"a lane reads events of its tenant and service alone, after a position, in order, and no more than asked for",
			laneReads,
		},
		{
			"event/a lost lane stores nothing",
			"who lost a lane moves nothing and puts nothing aside: its event may have been handled since",
			laneLost,
		},
		{
			"event/stamps are counted",
			"a relay that stamps until nothing is left comes to an end, and has given each event one position",
			laneStamps,
		},
		{
			"event/commits keep their order",
			"the events of one commit are in its order, for that is what happened",
			laneCommits,
		},
		{
			"event/services apart",
			"lanes, lists and backlogs are of one service: a subscription's place in one says nothing of another",
			laneServices,
		},
		{"event/commits are signalled", "a commit of events wakes the relay, and a refused one does not", laneSignals},
	}
}

// customers creates some customers of a tenant, and so events.
func (s *session) customers(t *testing.T, of scope.TenantID, count int) {
	t.Helper()
	for range count {
		s.addCustomer(t, s.draftCustomer(of, s.word()+"@example.com"))
	}
}

func (s *session) stampAll(t *testing.T, service string) (stamped int) {
	t.Helper()
	for range 100 {
		n := get(s.Events().Stamp(operator(), s.stamping(service, 5)))(t)
		if stamped += n; n == 0 {
			return stamped
		}
	}
	t.Fatal("there is always something left to stamp: a relay would never come to an end")
	return 0
}

// laneRelays has many relays deliver all events at once.
func laneRelays(t *testing.T, s *session) {
	const tenants, events, relays = 4, 6, 6
	for range tenants {
		s.customers(t, s.newTenant(t, s.word()).ID, events)
	}
	s.register(t, "mirror", "customer")
	s.stampAll(t, "customer")
	var (
		mu        sync.Mutex
		held      = map[scope.TenantID]bool{}
		delivered = map[scope.TenantID]int64{}
	)
	relay := func() error {
		for range 200 {
			lanes, err := s.Events().Claim(operator(), event.Claim{Subscription: "mirror", Service: "customer", Lease: time.Hour, Limit: 2})
			if err != nil {
				return err
			}
			for _, lane := range lanes {
				mu.Lock()
				if held[lane.Tenant] {
					t.Errorf("a lane of %s was handed out while another relay held it", lane.Tenant)
				}
				held[lane.Tenant] = true
				mu.Unlock()
				read, err := s.Events().Read(operator(), lane, lane.Position, 2)
				if err != nil {
					return err
				}
				mu.Lock()
				for _, e := range read {
					if delivered[lane.Tenant]++; e.Position != delivered[lane.Tenant] {
						t.Errorf("the event at %d was delivered as number %d", e.Position, delivered[lane.Tenant])
					}
				}
				held[lane.Tenant] = false
				mu.Unlock()
				if err := s.Events().Move(operator(), lane, event.Movement{Position: lane.Position + int64(len(read))}); err != nil {
					return err
				}
			}
			left, err := s.Events().Backlog(operator(), "mirror", "customer")
			if err != nil || left.None() {
				return err
			}
		}
		return nil
	}
	calls := make([]func() error, relays)
	for i := range calls {
		calls[i] = relay
	}
	for _, err := range atOnce(calls) {
		must(t, err)
	}
	same(t, "the tenants whose events were delivered", len(delivered), tenants)
	for of, n := range delivered {
		same(t, "the events delivered of "+string(of), n, int64(events))
	}
}

func laneTurns(t *testing.T, s *session) {
	const tenants = 3
	for range tenants {
		s.customers(t, s.newTenant(t, s.word()).ID, 1)
	}
	s.register(t, "mirror", "customer")
	s.stampAll(t, "customer")
	for round := range 3 {
		seen := map[scope.TenantID]bool{}
		for range tenants {
			one := event.Claim{Subscription: "mirror", Service: "customer", Lease: time.Hour, Limit: 1}
			lanes := get(s.Events().Claim(operator(), one))(t)
			same(t, "the number of lanes", len(lanes), 1)
			seen[lanes[0].Tenant] = true
			// It got nowhere, and is given back.
			must(t, s.Events().Move(operator(), lanes[0], event.Movement{At: s.now, Due: s.now}))
		}
		same(t, fmt.Sprintf("the tenants that had a turn in round %d", round), len(seen), tenants)
	}
}

func laneReads(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	for range 5 {
		s.customers(t, acme, 1)
		s.customers(t, other, 1)
		s.addOrder(t, s.draftOrder(acme, customerA, 0))
	}
	s.stampAll(t, "customer")
	s.stampAll(t, "order")
	for _, lane := range s.claim(t, "mirror") {
		for after := range int64(7) {
			for _, limit := range []int{1, 2, 9} {
				var want, got []int64
				for at := after + 1; at <= min(5, after+int64(limit)); at++ {
					want = append(want, at)
				}
				for _, e := range get(s.Events().Read(operator(), lane, after, limit))(t) {
					got = append(got, e.Position)
					if e.Tenant != lane.Tenant || e.Service != "customer" {
						t.Errorf("a lane of %s reads an event of %s and %s", lane.Tenant, e.Tenant, e.Service)
					}
				}
				same(t, fmt.Sprintf("%d events after %d", limit, after), got, want)
			}
		}
	}
}

func laneLost(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.customers(t, acme, 2)
	lost := s.claim(t, "mirror")[0]
	must(t, s.Events().Extend(operator(), lost, 0)) // the lease is over
	held := s.claim(t, "mirror")[0]
	read := get(s.Events().Read(operator(), held, 0, 1))(t)
	dead := event.DeadLetter{Subscription: "mirror", Service: "customer", Tenant: acme, Event: read[0].ID, At: s.now}
	for what, err := range map[string]error{
		"moves the lane":       s.Events().Move(operator(), lost, event.Movement{Position: 2}),
		"puts an event aside":  s.Events().Move(operator(), lost, event.Movement{Position: 1, Dead: []event.DeadLetter{dead}}),
		"prolongs its lease":   s.Events().Extend(operator(), lost, time.Hour),
		"gives the lease back": s.Events().Move(operator(), lost, event.Movement{}),
	} {
		if fault.KindOf(err) != fault.ErrConflict {
			t.Errorf("who lost a lane %s: error is %v, want %q", what, err, fault.ErrConflict)
		}
	}
	same(t, "the dead letters", len(get(s.Events().DeadLetters(in(acme), everyPage))(t)), 0)
	same(t, "the lanes while the other holds it", len(s.claim(t, "mirror")), 0)
	must(t, s.Events().Move(operator(), held, event.Movement{Position: 1, Dead: []event.DeadLetter{dead}}))
	same(t, "the dead letters", get(s.Events().DeadLetters(in(acme), everyPage))(t), []event.DeadLetter{dead})
	same(t, "where the lane goes on", s.claim(t, "mirror")[0].Position, int64(1))
}

func laneStamps(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	s.customers(t, acme, 7)
	s.customers(t, other, 2)
	first := s.stampAll(t, "customer")
	s.customers(t, acme, 3)
	again := s.stampAll(t, "customer")
	if counted := [2]int{first, again}; counted != [2]int{9, 3} && counted != [2]int{2, 1} && counted != [2]int{} {
		t.Errorf("9 and then 3 events were stamped, and counted as %v", counted)
	}
	positions := map[int64]bool{}
	for _, e := range get(s.Events().List(in(acme), "customer", everyPage))(t) {
		positions[e.Position] = true
	}
	same(t, "the number of positions", len(positions), 10)
}

func laneCommits(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	var want []event.ID
	for range 3 {
		all, commit := s.several(t, acme, s.word(), 20)
		must(t, s.Catalog().CreateMany(in(acme), all, commit))
		for _, e := range commit.Events {
			want = append(want, e.ID)
		}
	}
	s.stampAll(t, "catalog")
	var got []event.ID
	for _, e := range get(s.Events().Read(operator(), event.Lane{Service: "catalog", Tenant: acme}, 0, 99))(t) {
		got = append(got, e.ID)
	}
	same(t, "the events of three commits", got, want)
}

func laneServices(t *testing.T, s *session) {
	w := s.newWorld(t)
	for _, service := range services {
		s.register(t, "mirror", service)
		s.stampAll(t, service)
		backlog := func() int64 { return get(s.Events().Backlog(operator(), "mirror", service))(t).Lanes }
		if backlog() != 1 {
			t.Errorf("the backlog of %s is %d lanes, want its own one", service, backlog())
		}
		lanes := get(s.Events().Claim(operator(), event.Claim{Subscription: "mirror", Service: service, Lease: time.Hour, Limit: 9}))(t)
		read := get(s.Events().Read(operator(), lanes[0], 0, 99))(t)
		same(t, "the lanes of "+service, lanes, []event.Lane{{
			Subscription: "mirror", Service: service, Tenant: w.tenant, Head: int64(len(read)), Claims: 1, Epoch: 1,
		}})
		for i, e := range read {
			same(t, "the service of an event of "+service, e.Service, service)
			same(t, "its position", e.Position, int64(i+1))
		}
		must(t, s.Events().Move(operator(), lanes[0], event.Movement{Position: int64(len(read))}))
		same(t, "the backlog of "+service+" at its end", backlog(), int64(0))
	}
}

func laneSignals(t *testing.T, s *session) {
	signalled := func() bool {
		select {
		case <-s.Events().Committed():
			return true
		default:
			return false
		}
	}
	same(t, "a signal of nothing", signalled(), false)
	acme := s.newTenant(t, "acme").ID
	for range 3 {
		s.customers(t, acme, 1)
	}
	same(t, "a signal of some commits", signalled(), true)
	same(t, "a second signal of them", signalled(), false)
	again := s.draftCustomer(acme, "ada@example.com")
	again.Version = 5
	commit := s.commit(acme, "customer", "updated", string(again.ID), 5)
	refused(t, s.Customers().Save(in(acme), again, commit), fault.ErrConflict, "")
	same(t, "a signal of a refused commit", signalled(), false)
	must(t, s.Customers().Create(in(acme), s.draftCustomer(acme, "ada@example.com"), event.Commit{At: s.now}))
	same(t, "a signal of a commit without events", signalled(), false)
}
