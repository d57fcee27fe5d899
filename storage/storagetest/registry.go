package storagetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func registryClauses() []clause {
	return []clause{
		{
			"event/subscriptions are registered",
			"a subscription's lanes are kept from when it is registered, in every tenant: with the first event, or after the last where that is wanted",
			registryBegins,
		},
		{
			"event/a registration is once",
			"who registers what is registered changes nothing, or every start of a process would deliver all events again",
			registryOnce,
		},
		{
			"event/forgotten subscriptions are gone",
			"a subscription that is forgotten has no lanes and no dead letters, holds nothing back, and can begin anew",
			registryForgets,
		},
		{
			"event/claims are counted",
			"how often a lane was leased since it was last moved tells of an event that no process survives",
			registryClaims,
		},
		{
			"event/progress is kept",
			"what was done out of turn, and what has failed, is read back as it was moved",
			registryProgress,
		},
		{
			"event/new events wake a lane",
			"a lane that waits is due at once when there is what it has not seen, and only then before its time",
			registryWakes,
		},
		{
			"event/the longest due is first",
			"a tenant with a million events waits, and one with a single event does not",
			registryOrder,
		},
		{
			"event/lanes rewind",
			"a lane that is rewound begins with the first event that is new enough, is never moved forward, and is taken from who holds it",
			registryRewinds,
		},
		{
			"event/old events are deleted",
			"events are deleted that are old and that every subscription is done with, and no others: nothing that was not delivered is lost",
			registryTrims,
		},
		{
			"event/receipts outlive their events",
			"the receipt of a delivery stays as long as its event, which could be delivered again, and no longer",
			registryTrimsReceipts,
		},
	}
}

func registryMethods() []method {
	const of = "Events"
	return []method{
		reading(of, "Register", func(ctx context.Context, s *session, _ *world) (any, error) {
			return nil, s.Events().Register(ctx, event.Registration{Subscription: s.word(), Services: services[:], At: s.now})
		}),
		{store: of, name: "Forget", bind: func(t *testing.T, s *session, _ *world) ([]any, call) {
			t.Helper()
			name := s.word()
			s.register(t, name)
			return []any{name}, func(ctx context.Context) (any, error) { return nil, s.Events().Forget(ctx, name) }
		}},
		reading(of, "Rewind", func(ctx context.Context, s *session, w *world) (any, error) {
			return nil, s.Events().Rewind(ctx, event.Rewinding{Subscription: "nobody", Service: "customer", Tenant: w.tenant, At: s.now})
		}),
		reading(of, "Trim", func(ctx context.Context, s *session, _ *world) (event.Trimmed, error) {
			return s.Events().Trim(ctx, event.Trimming{Service: "customer", Tenants: 9, Limit: 9})
		}),
	}
}

// register makes a subscription known, to all services if none is named.
func (s *session) register(t *testing.T, subscription string, of ...string) {
	t.Helper()
	if len(of) == 0 {
		of = services[:]
	}
	must(t, s.Events().Register(operator(), event.Registration{Subscription: subscription, Services: of, At: s.now}))
}

func (s *session) stamping(service string, limit int) event.Stamping {
	return event.Stamping{Service: service, Limit: limit, At: s.now}
}

// failed moves nothing: the lane's first event has failed twice.
func (s *session) failed(retry time.Time) event.Movement {
	return event.Movement{
		Seen: math.MaxInt64, At: s.now, Due: retry,
		Progress: event.Progress{Failing: []event.Failing{{Position: 1, Attempts: 2, Retry: retry}}},
	}
}

// claimed are the lanes of a subscription to the customers that are due.
func (s *session) claimed(t *testing.T, subscription string, due time.Time) []event.Lane {
	t.Helper()
	return get(s.Events().Claim(operator(), event.Claim{
		Subscription: subscription, Service: "customer", Due: due, Lease: time.Hour, Limit: 9,
	}))(t)
}

func registryBegins(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.customers(t, acme, 3)
	s.stampAll(t, "customer")
	must(t, s.Events().Register(operator(), event.Registration{
		Subscription: "latest", Services: []string{"customer"}, Latest: true, At: s.now,
	}))
	s.register(t, "first", "customer", "order")
	none(t, "lanes of nobody", s.claimed(t, "nobody", time.Time{}))
	none(t, "lanes after the last event", s.claimed(t, "latest", time.Time{}))
	same(t, "the lanes with the first event", s.claimed(t, "first", s.now), []event.Lane{{
		Subscription: "first", Service: "customer", Tenant: acme, Head: 3, Claims: 1, Epoch: 1,
	}})
	none(t, "lanes of another service", get(s.Events().Claim(operator(), event.Claim{
		Subscription: "first", Service: "order", Lease: time.Hour, Limit: 9,
	}))(t))

	other := s.newTenant(t, "other").ID
	s.customers(t, other, 1)
	s.customers(t, acme, 1)
	s.stampAll(t, "customer")
	want := map[scope.TenantID]int64{acme: 3, other: 0}
	for _, lane := range s.claimed(t, "latest", time.Time{}) {
		same(t, "where the lane begins", lane.Position, want[lane.Tenant])
		delete(want, lane.Tenant)
	}
	same(t, "the tenants without a lane", len(want), 0)
}

func registryOnce(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.customers(t, acme, 2)
	lane := s.claim(t, "mirror")[0]
	must(t, s.Events().Move(operator(), lane, event.Movement{Position: 2}))
	for range 2 {
		must(t, s.Events().Register(operator(), event.Registration{
			Subscription: "mirror", Services: []string{"order", "customer"}, Latest: true, At: s.now,
		}))
	}
	none(t, "lanes when all is done", s.claim(t, "mirror"))
	s.customers(t, acme, 1)
	same(t, "where the lane goes on", s.claim(t, "mirror")[0].Position, int64(2))
}

func registryForgets(t *testing.T, s *session) {
	w := s.newWorld(t)
	lane, other := s.laneOf(t, w, "mirror"), s.laneOf(t, w, "other")
	dead := w.dead
	dead.Subscription = "mirror"
	must(t, s.Events().Move(operator(), lane, event.Movement{Dead: []event.DeadLetter{dead}}))
	lane = s.laneOf(t, w, "mirror")
	must(t, s.Events().Forget(operator(), "mirror"))
	refused(t, s.Events().Move(operator(), lane, event.Movement{Position: 1}), fault.ErrConflict, "")
	same(t, "the dead letters", get(s.Events().DeadLetters(in(w.tenant), everyPage))(t), []event.DeadLetter{w.dead})
	none(t, "lanes of who is forgotten", s.claimed(t, "mirror", time.Time{}))
	s.customers(t, w.tenant, 1)
	s.stampAll(t, "customer")
	none(t, "lanes of who is forgotten", s.claimed(t, "mirror", time.Time{}))
	must(t, s.Events().Move(operator(), other, event.Movement{Position: 1}))
	for _, name := range []string{"mirror", "nobody"} {
		refused(t, s.Events().Forget(operator(), name), fault.ErrNotFound, "")
	}
	same(t, "where it begins anew", s.claim(t, "mirror")[0].Position, int64(0))
}

func registryClaims(t *testing.T, s *session) {
	s.customers(t, s.newTenant(t, "acme").ID, 2)
	for n := range 3 {
		lane := s.claim(t, "mirror")[0]
		same(t, "how often the lane was leased", lane.Claims, n+1)
		must(t, s.Events().Extend(operator(), lane, 0)) // as if who holds it had died
	}
	must(t, s.Events().Move(operator(), s.claim(t, "mirror")[0], event.Movement{Position: 1}))
	same(t, "how often the lane was leased since it was moved", s.claim(t, "mirror")[0].Claims, 1)
}

func registryProgress(t *testing.T, s *session) {
	s.customers(t, s.newTenant(t, "acme").ID, 9)
	at := s.now.Add(3 * time.Microsecond)
	for _, want := range []event.Progress{
		{
			Done: []int64{3, 5, 9}, Careful: 7,
			Failing: []event.Failing{{Position: 2, Attempts: 4, Postponed: 3, Retry: at}, {Position: 4, Attempts: 1, Retry: s.now}},
		},
		{},
	} {
		must(t, s.Events().Move(operator(), s.claim(t, "mirror")[0], event.Movement{Position: 1, Progress: want, At: s.now}))
		lane := s.claim(t, "mirror")[0]
		same(t, "the progress", lane.Progress, want)
		must(t, s.Events().Extend(operator(), lane, 0))
	}
}

func registryWakes(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	later := s.now.Add(time.Hour)
	for _, c := range []struct {
		what       string
		seen, head int64
		due        bool
	}{
		{"all that there is was seen", 2, 2, false},
		{"there is what was not seen", 1, 2, true},
		{"there will be what was not seen", 2, 3, true},
		{"nothing that comes is looked at", math.MaxInt64, 3, false},
	} {
		subscription := s.word()
		s.customers(t, acme, 2)
		s.stampAll(t, "customer")
		must(t, s.Events().Register(operator(), event.Registration{
			Subscription: subscription, Services: []string{"customer"}, At: s.now,
		}))
		lane := s.claimed(t, subscription, s.now)[0]
		known := lane.Head
		seen := c.seen
		if seen < math.MaxInt64 {
			seen += known - 2
		}
		must(t, s.Events().Move(operator(), lane, event.Movement{Seen: seen, At: s.now, Due: later}))
		if c.head > 2 {
			s.customers(t, acme, 1)
			s.stampAll(t, "customer")
		}
		due := s.claimed(t, subscription, s.now)
		same(t, "whether the lane is due when "+c.what, len(due) == 1, c.due)
		if !c.due {
			same(t, "the lanes in time", len(s.claimed(t, subscription, later)), 1)
		}
	}
}

func registryOrder(t *testing.T, s *session) {
	busy, other := s.newTenant(t, "busy").ID, s.newTenant(t, "other").ID
	s.customers(t, busy, 5)
	s.customers(t, other, 1)
	s.register(t, "mirror", "customer")
	s.stampAll(t, "customer")
	one := event.Claim{Subscription: "mirror", Service: "customer", Due: s.now.Add(time.Hour), Lease: time.Hour, Limit: 1}
	var served []scope.TenantID
	for range 3 {
		lane := get(s.Events().Claim(operator(), one))(t)[0]
		served = append(served, lane.Tenant)
		s.now = s.now.Add(time.Second)
		must(t, s.Events().Move(operator(), lane, event.Movement{Position: lane.Position + 1, At: s.now, Due: s.now}))
		// What the other has next is due later than what the busy one has left.
		if lane.Tenant == other {
			s.now = s.now.Add(time.Second)
			s.customers(t, other, 1)
			s.stampAll(t, "customer")
		}
	}
	first := []scope.TenantID{busy, other, busy}
	if served[0] == other {
		first = []scope.TenantID{other, busy, other}
	}
	same(t, "who was served", served, first)
}

func registryRewinds(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	begun := s.now
	for range 4 {
		s.customers(t, acme, 1)
		s.customers(t, other, 1)
		s.now = s.now.Add(time.Hour)
	}
	at := map[scope.TenantID]int64{}
	read := func() map[scope.TenantID]int64 {
		for _, lane := range s.claim(t, "mirror") {
			at[lane.Tenant] = lane.Position
			must(t, s.Events().Extend(operator(), lane, 0))
		}
		return at
	}
	rewind := func(of scope.TenantID, since time.Time) {
		must(t, s.Events().Rewind(operator(), event.Rewinding{
			Subscription: "mirror", Service: "customer", Tenant: of, Since: since, At: s.now,
		}))
	}
	for _, lane := range s.claim(t, "mirror") {
		must(t, s.Events().Move(operator(), lane, event.Movement{
			Position: 3, Due: s.now.Add(time.Hour),
			Progress: event.Progress{Failing: []event.Failing{{Position: 4, Attempts: 1, Retry: s.now}}},
		}))
	}
	held := s.claim(t, "mirror")
	rewind(acme, begun.Add(time.Hour))
	for _, lane := range held {
		err := s.Events().Extend(operator(), lane, 0)
		if lane.Tenant == acme {
			refused(t, err, fault.ErrConflict, "")
			continue
		}
		must(t, err)
	}
	same(t, "where one lane was rewound to", read(), map[scope.TenantID]int64{acme: 1, other: 3})
	rewind("", begun.Add(3*time.Hour))
	same(t, "what is never moved forward", read(), map[scope.TenantID]int64{acme: 1, other: 3})
	rewind("", begun)
	same(t, "the beginning", read(), map[scope.TenantID]int64{acme: 0, other: 0})
	same(t, "what is known of its events", s.claim(t, "mirror")[0].Progress, event.Progress{})
}

// trim deletes all that it may.
func (s *session) trim(t *testing.T, service string, before time.Time) (events, receipts int64) {
	t.Helper()
	all := event.Trimming{Service: service, Before: before, Tenants: 2, Limit: 2}
	for range 100 {
		trimmed := get(s.Events().Trim(operator(), all))(t)
		events, receipts = events+trimmed.Events, receipts+trimmed.Receipts
		if trimmed.Events+trimmed.Receipts > 0 {
			continue
		}
		if all.After = trimmed.Next; all.After == "" {
			return events, receipts
		}
	}
	t.Fatal("there is always something left to delete: who does would never come to an end")
	return 0, 0
}

func registryTrims(t *testing.T, s *session) {
	var tenants []scope.TenantID
	for range 5 {
		tenants = append(tenants, s.newTenant(t, s.word()).ID)
	}
	old := s.now
	for round := range 5 {
		for _, of := range tenants {
			s.customers(t, of, 1)
		}
		if round == 3 {
			s.now = s.now.Add(time.Hour)
		}
	}
	left := func() (positions []string) {
		for _, of := range tenants {
			var text strings.Builder
			for _, e := range get(s.Events().List(in(of), "customer", everyPage))(t) {
				fmt.Fprint(&text, e.Position)
			}
			positions = append(positions, text.String())
		}
		return positions
	}
	all := []string{"12345", "12345", "12345", "12345", "12345"}
	s.stampAll(t, "customer")
	for _, lane := range append(s.claim(t, "mirror"), s.claim(t, "other")...) {
		m := event.Movement{Position: 5}
		switch {
		case lane.Tenant == tenants[1] && lane.Subscription == "other":
			m.Position = 2
		case lane.Tenant == tenants[2]:
			read := get(s.Events().Read(operator(), lane, 0, 1))(t)
			m.Dead = []event.DeadLetter{{
				Subscription: lane.Subscription, Service: "customer", Tenant: lane.Tenant, Event: read[0].ID, At: s.now,
			}}
		case lane.Tenant == tenants[3]:
			m.Position = 0
		}
		must(t, s.Events().Move(operator(), lane, m))
	}
	none(t, "events that are not old", trimmedEvents(s.trim(t, "customer", old)))
	same(t, "what is not old", left(), all)
	none(t, "events of another service", trimmedEvents(s.trim(t, "order", s.now)))
	same(t, "what is another service's", left(), all)
	deleted, _ := s.trim(t, "customer", s.now)
	same(t, "how many were deleted", deleted, int64(4+2+3+0+4))
	same(t, "what is left", left(), []string{"5", "345", "15", "12345", "5"})

	// Who comes later begins with what there is, and positions go on.
	s.customers(t, tenants[0], 1)
	same(t, "the position of the next", positionsOf(t, s, s.claimOf(t, "late", tenants[0])), []int64{5, 6})
}

func trimmedEvents(events, _ int64) []int64 {
	if events == 0 {
		return nil
	}
	return []int64{events}
}

// claimOf is a tenant's lane.
func (s *session) claimOf(t *testing.T, subscription string, of scope.TenantID) event.Lane {
	t.Helper()
	for _, lane := range s.claim(t, subscription) {
		if lane.Tenant == of {
			return lane
		}
	}
	t.Fatal("the tenant has no lane")
	return event.Lane{}
}

func positionsOf(t *testing.T, s *session, lane event.Lane) (positions []int64) {
	t.Helper()
	for _, e := range get(s.Events().Read(operator(), lane, lane.Position, 99))(t) {
		positions = append(positions, e.Position)
	}
	return positions
}

func registryTrimsReceipts(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	c := s.draftCustomer(acme, "ada@example.com")
	commit := s.commit(acme, "customer", "created", string(c.ID), 1)
	must(t, s.Customers().Create(in(acme), c, commit))
	lane := s.claim(t, "mirror")[0]
	// A handler in another service stores the receipt.
	delivered := func() error {
		o := s.draftOrder(acme, c.ID, 0)
		made := s.commitOrder(o, "placed")
		made.Delivery = &scope.Delivery{Subscription: "mirror", Event: string(commit.Events[0].ID)}
		return s.Orders().Create(in(acme), o, made)
	}
	must(t, delivered())
	s.register(t, "mirror", "order")
	s.stampAll(t, "order")
	s.now = s.now.Add(time.Hour)
	_, receipts := s.trim(t, "order", s.now)
	same(t, "receipts of events that are still there", receipts, int64(0))
	refused(t, delivered(), fault.ErrExists, "")
	must(t, s.Events().Move(operator(), lane, event.Movement{Position: 1}))
	events, _ := s.trim(t, "customer", s.now)
	same(t, "the deleted events", events, int64(1))
	_, receipts = s.trim(t, "order", s.now)
	same(t, "receipts of events that are gone", receipts, int64(1))
	none(t, "events that are gone", get(s.Events().List(in(acme), "customer", page.Window{Limit: 9}))(t))
}
