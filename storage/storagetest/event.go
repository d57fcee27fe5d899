package storagetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
)

func eventClauses() []clause {
	return []clause{
		{"event/round trip", "an event is read back as it was committed, to the byte of its data", eventRoundTrip},
		{"event/gap-free positions", "positions count a tenant's events from 1 without a gap: a cursor misses none", eventPositions},
		{"event/versions in order", "the events of one subject are in the order of its versions, whatever their ids", eventVersions},
		{"event/lanes are leased", "a lane is one process's at a time, and one that lost it cannot move it", eventLeases},
		{"event/retry waits", "a lane that failed is left out until it is due", eventRetry},
		{"event/dead letters", "an event that is given up is put aside in its tenant; those after it go on", eventDeadLetters},
		{"event/backlog", "the backlog tells whether all was delivered", eventBacklog},
		{"event/late commits", "events that commit late, under concurrent writers, are never missed", eventConcurrent},
	}
}

// claim stamps what is committed and claims the lanes of a subscription.
func (s *session) claim(t *testing.T, subscription string) []event.Lane {
	t.Helper()
	s.register(t, subscription, "customer")
	get(s.Events().Stamp(operator(), s.stamping("customer", 100)))(t)
	return get(s.Events().Claim(operator(), event.Claim{
		Subscription: subscription, Service: "customer", Lease: time.Minute, Limit: 10,
	}))(t)
}

func eventRoundTrip(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	c := s.draftCustomer(acme.ID, "ada@example.com")
	commit := s.commit(acme.ID, "customer", "created", string(c.ID), 1)
	e := &commit.Events[0]
	e.Reason, e.Correlation, e.Causation = "on the phone, \"<b>\"", "req-1", s.ids.New(event.Prefix)
	e.Data = []byte(`{ "version":1, "note": "<&> é 🦊",  "amount":1.50e0 }`)
	must(t, s.Customers().Create(in(acme.ID), c, commit))
	lanes := s.claim(t, "mirror")
	want := *e
	want.Position = 1
	same(t, "the events", get(s.Events().Read(operator(), lanes[0], 0, 10))(t), []event.Event{want})
	same(t, "the event", get(s.Events().Get(in(acme.ID), "customer", e.ID))(t), want)
	same(t, "the list", get(s.Events().List(in(acme.ID), "customer", page.Window{Limit: 9}))(t), []event.Event{want})

	other := s.newTenant(t, "other")
	_, err := s.Events().Get(in(other.ID), "customer", e.ID)
	refused(t, err, fault.ErrNotFound, "")
	same(t, "another tenant's list", len(get(s.Events().List(in(other.ID), "customer", page.Window{Limit: 9}))(t)), 0)
}

func eventPositions(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	for round := range 3 {
		for i := range 5 {
			s.addCustomer(t, s.draftCustomer(acme.ID, fmt.Sprintf("a%d%d@example.com", round, i)))
			s.addCustomer(t, s.draftCustomer(other.ID, fmt.Sprintf("b%d%d@example.com", round, i)))
		}
		// Fewer than there are: the rest is for later.
		get(s.Events().Stamp(operator(), s.stamping("customer", 3)))(t)
	}
	lanes := s.claim(t, "mirror")
	same(t, "the lanes", len(lanes), 2)
	for _, lane := range lanes {
		var positions []int64
		for _, e := range get(s.Events().Read(operator(), lane, 0, 100))(t) {
			positions = append(positions, e.Position)
			same(t, "whose event it is", e.Tenant, lane.Tenant)
		}
		want := make([]int64, 15)
		for i := range want {
			want[i] = int64(i + 1)
		}
		same(t, "the positions", positions, want)
	}
}

func eventVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	c := s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	// A host whose clock is behind makes ids that sort before the first one's.
	past := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for version := int64(2); version <= 6; version++ {
		c.Version = version
		commit := s.commit(acme.ID, "customer", "updated", string(c.ID), version)
		commit.Events[0].ID = event.ID(oldID(past.Add(-time.Duration(version) * time.Hour)))
		must(t, s.Customers().Save(in(acme.ID), c, commit))
	}
	for range 6 {
		get(s.Events().Stamp(operator(), s.stamping("customer", 2)))(t)
	}
	lanes := s.claim(t, "mirror")
	var versions []int64
	for _, e := range get(s.Events().Read(operator(), lanes[0], 0, 100))(t) {
		versions = append(versions, e.Version)
	}
	same(t, "the versions", versions, []int64{1, 2, 3, 4, 5, 6})
}

func eventLeases(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	first := s.claim(t, "mirror")
	same(t, "the lanes", first, []event.Lane{{
		Subscription: "mirror", Service: "customer", Tenant: acme.ID, Head: 1, Claims: 1, Epoch: 1,
	}})
	same(t, "the lanes while they are leased", len(s.claim(t, "mirror")), 0)
	same(t, "another subscription's lanes", len(s.claim(t, "other")), 1)

	must(t, s.Events().Extend(operator(), first[0], 0)) // the lease ends
	second := s.claim(t, "mirror")
	same(t, "the lanes after the lease", len(second), 1)
	refused(t, s.Events().Move(operator(), first[0], event.Movement{Position: 1}), fault.ErrConflict, "")
	refused(t, s.Events().Extend(operator(), first[0], time.Hour), fault.ErrConflict, "")
	must(t, s.Events().Move(operator(), second[0], event.Movement{Position: 1}))
	same(t, "the lanes when all is done", len(s.claim(t, "mirror")), 0)
	s.addCustomer(t, s.draftCustomer(acme.ID, "grace@example.com"))
	third := s.claim(t, "mirror")
	same(t, "the position", third[0].Position, int64(1))
	_, err := s.Events().Claim(in(acme.ID), event.Claim{Subscription: "mirror", Service: "customer", Limit: 1})
	refused(t, err, fault.ErrNoScope, "")
}

func eventRetry(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	lane := s.claim(t, "mirror")[0]
	must(t, s.Events().Move(operator(), lane, s.failed(s.now.Add(time.Minute))))
	due := func(at time.Time) []event.Lane {
		return get(s.Events().Claim(operator(), event.Claim{
			Subscription: "mirror", Service: "customer", Due: at, Lease: time.Minute, Limit: 10,
		}))(t)
	}
	same(t, "the lanes too early", len(due(s.now)), 0)
	again := due(s.now.Add(time.Minute))
	same(t, "what has failed", again[0].Progress, s.failed(s.now.Add(time.Minute)).Progress)
}

func eventDeadLetters(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme"), s.newTenant(t, "other")
	c := s.draftCustomer(acme.ID, "ada@example.com")
	commit := s.commit(acme.ID, "customer", "created", string(c.ID), 1)
	must(t, s.Customers().Create(in(acme.ID), c, commit))
	lane := s.claim(t, "mirror")[0]
	dead := event.DeadLetter{
		Subscription: "mirror", Service: "customer", Tenant: acme.ID, Event: commit.Events[0].ID,
		Attempts: 10, Failure: "it's broken", At: s.now,
	}
	must(t, s.Events().Move(operator(), lane, event.Movement{Position: 1, Dead: []event.DeadLetter{dead}}))
	same(t, "the dead letters", get(s.Events().DeadLetters(in(acme.ID), page.Window{Limit: 9}))(t), []event.DeadLetter{dead})
	same(t, "another tenant's", len(get(s.Events().DeadLetters(in(other.ID), page.Window{Limit: 9}))(t)), 0)
	refused(t, s.Events().Discard(in(other.ID), dead), fault.ErrNotFound, "")
	must(t, s.Events().Discard(in(acme.ID), dead))
	same(t, "the dead letters", len(get(s.Events().DeadLetters(in(acme.ID), page.Window{Limit: 9}))(t)), 0)
}

func eventBacklog(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme")
	s.register(t, "mirror", "customer")
	backlog := func() event.Backlog { return get(s.Events().Backlog(operator(), "mirror", "customer"))(t) }
	same(t, "an empty backlog", backlog(), event.Backlog{})
	s.addCustomer(t, s.draftCustomer(acme.ID, "ada@example.com"))
	if backlog().None() {
		t.Fatal("an event that was just committed is not in the backlog")
	}
	lane := s.claim(t, "mirror")[0]
	same(t, "the backlog under way", backlog(), event.Backlog{Lanes: 1, Events: 1, Oldest: s.now})
	must(t, s.Events().Move(operator(), lane, event.Movement{Position: 1}))
	same(t, "the backlog at the end", backlog(), event.Backlog{})
	select {
	case <-s.Events().Committed():
	default:
		t.Fatal("nothing signals that events were committed: who waits for them would have to poll")
	}
}

// eventConcurrent has writers and the relay at work at once.
func eventConcurrent(t *testing.T, s *session) {
	const writers, each = 8, 20
	acme := s.newTenant(t, "acme")
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				c := s.draftCustomer(acme.ID, fmt.Sprintf("w%d-%d@example.com", w, i))
				commit := s.commit(acme.ID, "customer", "created", string(c.ID), 1)
				if err := s.Customers().Create(in(acme.ID), c, commit); err != nil {
					t.Errorf("a writer: %v", err)
				}
			}
		})
	}
	seen := map[event.ID]bool{}
	var position int64
	read := func() {
		get(s.Events().Stamp(operator(), s.stamping("customer", 7)))(t)
		lane := event.Lane{Service: "customer", Tenant: acme.ID}
		for _, e := range get(s.Events().Read(operator(), lane, position, 1000))(t) {
			position++
			same(t, "the position", e.Position, position)
			seen[e.ID] = true
		}
	}
	ended := make(chan struct{})
	go func() { group.Wait(); close(ended) }()
	for running := true; running; {
		select {
		case <-ended:
			running = false
		default:
		}
		read()
	}
	for range writers * each {
		read()
	}
	same(t, "the events seen", len(seen), writers*each)
}

// oldID is an event's id that was made at another time.
func oldID(at time.Time) string {
	return id.NewSource(func() time.Time { return at }, nil).New(event.Prefix)
}
