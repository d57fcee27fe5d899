package storagetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func historyClauses() []clause {
	return []clause{
		{
			"event/history of one", "an entity's history is in the order of its versions, whatever the ids, each beside the version before",
			historyOfOne,
		},
		{"event/history of all", "a tenant's history is in the order of ids, each beside its own entity's version before", historyOfAll},
		{"event/history pages", "a history is read in pages both ways, and within bounds of time", historyPages},
		{"event/history is past", "what has no position yet is no history: the version before it may be still to come", historyPast},
	}
}

// happen stores events of one subject of a tenant's customers, one after the
// other: of each the version, and the id where it matters.
func (s *session) happen(t *testing.T, of scope.TenantID, subject string, versions []int64, ids ...event.ID) []event.Event {
	t.Helper()
	var all []event.Event
	for i, version := range versions {
		c := s.draftCustomer(of, s.ids.New("c")+"@example.com")
		commit := s.commit(of, "customer", "updated", subject, version)
		e := &commit.Events[0]
		if i < len(ids) {
			e.ID = ids[i]
		}
		e.Data = fmt.Appendf(nil, "{ \"version\":%d, \"é\":\"<&>\", \"n\":%d.50e0 }", version, i)
		must(t, s.Customers().Create(in(of), c, commit))
		all = append(all, *e)
	}
	return all
}

// settled gives positions to all events of the customers' service.
func (s *session) settled(t *testing.T) {
	t.Helper()
	for range 3 { // more often than it takes
		get(s.Events().Stamp(operator(), s.stamping("customer", 100)))(t)
	}
}

// history reads a history of customers.
func (s *session) history(t *testing.T, of scope.TenantID, q event.HistoryQuery, w page.Window) []event.Revision {
	t.Helper()
	return get(s.Events().History(in(of), "customer", q, w))(t)
}

func historyOfOne(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	subject := customerA
	// Hosts whose clocks are behind make ids that run down, and one step makes
	// several events of a version.
	var ids []event.ID
	for _, hours := range []int{1, 3, 2, 4, 5} {
		ids = append(ids, event.ID(oldID(s.now.Add(-time.Duration(hours)*time.Hour))))
	}
	made := s.happen(t, acme, subject, []int64{1, 2, 2, 3, 5}, ids...)
	s.happen(t, acme, customerB, []int64{1, 2, 3})
	s.happen(t, other, subject, []int64{1, 2, 3, 4})
	s.happen(t, other, customerZ, []int64{1})
	s.settled(t)

	seen := s.history(t, acme, event.HistoryQuery{Subject: subject}, page.Window{Limit: 9})
	want := make([]event.Revision, len(made))
	for i, e := range made {
		if i < len(seen) {
			e.Position = seen[i].Position
		}
		want[i].Event = e
	}
	// Of the version before 5 there is no event.
	want[1].Before, want[2].Before, want[3].Before = made[0].Data, made[0].Data, made[2].Data
	same(t, "the history", seen, want)
	same(t, "the other tenant's", len(s.history(t, other, event.HistoryQuery{Subject: subject}, page.Window{Limit: 9})), 4)
	same(t, "nobody's", len(s.history(t, acme, event.HistoryQuery{Subject: customerZ}, page.Window{Limit: 9})), 0)
	same(t, "another service's", len(get(s.Events().History(in(acme), "order", event.HistoryQuery{}, page.Window{Limit: 9}))(t)), 0)
}

func historyOfAll(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	var want []event.Revision
	for version := int64(1); version <= 3; version++ {
		for _, subject := range []string{customerA, customerB} {
			r := event.Revision{Event: s.happen(t, acme, subject, []int64{version})[0]}
			if version > 1 {
				r.Before = want[len(want)-2].Data
			}
			want = append(want, r)
		}
		s.happen(t, other, customerA, []int64{version})
	}
	s.settled(t)
	seen := s.history(t, acme, event.HistoryQuery{}, page.Window{Limit: 9})
	for i := range min(len(seen), len(want)) {
		want[i].Position = seen[i].Position
	}
	same(t, "the history", seen, want)
	same(t, "the other tenant's", len(s.history(t, other, event.HistoryQuery{}, page.Window{Limit: 9})), 3)
}

func historyPages(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	// One event an hour, of two entities in turn.
	hour := func(n int) time.Time { return s.now.Add(time.Duration(n) * time.Hour) }
	var all []event.Event
	for n := range 12 {
		subject := inTurn(n, customerA, customerB)
		at := id.NewSource(func() time.Time { return hour(n) }, nil)
		all = append(all, s.happen(t, acme, subject, []int64{int64(n/2 + 1)}, event.ID(at.New(event.Prefix)))...)
	}
	s.settled(t)
	for _, subject := range []string{"", customerA} {
		for _, bounds := range [][2]int{{0, 0}, {3, 0}, {0, 9}, {3, 9}, {4, 4}} {
			q := event.HistoryQuery{Subject: subject}
			if bounds[0] > 0 {
				q.From = event.FirstID(hour(bounds[0]))
			}
			if bounds[1] > 0 {
				q.To = event.FirstID(hour(bounds[1]))
			}
			var want []event.ID
			for n, e := range all {
				if (subject == "" || e.Subject == subject) && n >= bounds[0] && (bounds[1] == 0 || n < bounds[1]) {
					want = append(want, e.ID)
				}
			}
			for _, newest := range []bool{false, true} {
				var read []event.ID
				w := page.Window{Limit: 2, Newest: newest}
				for range all { // more pages than there are
					some := s.history(t, acme, q, w)
					for _, r := range some {
						read = append(read, r.ID)
						w.After = r.Key(q)
					}
					if len(some) < w.Limit {
						break
					}
				}
				if newest {
					slices.Reverse(read)
				}
				same(t, fmt.Sprintf("the ids of %+v, newest first: %t", q, newest), read, want)
			}
		}
	}
}

func historyPast(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	s.happen(t, acme, customerA, []int64{1, 2})
	for range 2 {
		for _, q := range []event.HistoryQuery{{}, {Subject: customerA}} {
			seen := s.history(t, acme, q, page.Window{Limit: 9})
			for _, r := range seen {
				if r.Position == 0 || r.Version > 1 && r.Before == nil {
					t.Errorf("version %d at position %d, before it %q: it is told of too early", r.Version, r.Position, r.Before)
				}
			}
		}
		s.settled(t)
	}
	same(t, "the history in the end", len(s.history(t, acme, event.HistoryQuery{}, page.Window{Limit: 9})), 2)
}
