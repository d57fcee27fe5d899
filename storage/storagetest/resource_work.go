package storagetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

// claimWork claims for a lease what is due now.
func (s *session) claimWork(t *testing.T, lease time.Duration, limit int) []resource.Claim {
	t.Helper()
	return get(s.Resources().Claim(operator(), resource.ClaimRequest{Now: s.now, Lease: lease, Limit: limit}))(t)
}

func workClaims(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	want := map[resource.Claim]bool{
		{Tenant: acme, Resource: s.addResource(t, acme).ID, Epoch: 1}:   true,
		{Tenant: other, Resource: s.addResource(t, other).ID, Epoch: 1}: true,
		{Tenant: other, Resource: s.addResource(t, other).ID, Epoch: 1}: true,
	}
	for _, c := range append(s.claimWork(t, time.Hour, 2), s.claimWork(t, time.Hour, 2)...) {
		if !want[c] {
			t.Errorf("%v was claimed, want each of %v once", c, want)
		}
		delete(want, c)
	}
	same(t, "what nobody claimed", len(want), 0)
	same(t, "what is claimed twice", len(s.claimWork(t, time.Hour, 9)), 0)
}

func workDue(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	add := func(due *time.Time) resource.Resource {
		r := s.addResource(t, acme)
		r.Version, r.DueAt = 2, due
		must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{r}}))
		return r
	}
	early, late := s.now.Add(-time.Hour), s.now.Add(time.Microsecond)
	add(nil)
	soon, ago, nowDue := add(&late), add(&early), add(&s.now)
	claimed := func(immediate bool) []resource.ID {
		var ids []resource.ID
		for _, c := range get(s.Resources().Claim(operator(), resource.ClaimRequest{Now: s.now, Limit: 1, Immediate: immediate}))(t) {
			ids = append(ids, c.Resource)
		}
		return ids
	}
	same(t, "what is due longest", claimed(false), []resource.ID{ago.ID})
	ago.Version, ago.DueAt = 3, nil
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{ago}}))
	same(t, "what is due now", claimed(false), []resource.ID{nowDue.ID})
	nowDue.Version, nowDue.Status, nowDue.TerminatedAt = 3, resource.StatusTerminated, &s.now
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{nowDue}}))
	same(t, "what is not due yet", len(claimed(false)), 0)
	same(t, "what is wanted at once", claimed(true), []resource.ID{soon.ID})
	soon.Version, soon.DueAt = 3, &early
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{soon}}))
	same(t, "what became due", claimed(false), []resource.ID{soon.ID})

	ago.Version, ago.DueAt = 4, &s.now
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{ago}}))
	last := s.claimWork(t, 0, 9)
	slices.SortFunc(last, func(a, b resource.Claim) int { return int(a.Epoch - b.Epoch) })
	same(t, "the claims", last, []resource.Claim{
		{Tenant: acme, Resource: ago.ID, Epoch: 2}, {Tenant: acme, Resource: soon.ID, Epoch: 3},
	})
}

func workRelease(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	r := s.addResource(t, acme)
	lost := s.claimWork(t, 0, 1)[0] // a lease that is over at once
	held := s.claimWork(t, time.Hour, 1)[0]
	same(t, "the claim", held, resource.Claim{Tenant: acme, Resource: r.ID, Epoch: lost.Epoch + 1})
	must(t, s.Resources().Release(operator(), lost, 0))
	theirs := held
	theirs.Tenant = other
	must(t, s.Resources().Release(operator(), theirs, 0))
	same(t, "what is held", len(s.claimWork(t, time.Hour, 9)), 0)

	must(t, s.Resources().Release(operator(), held, 0))
	again := s.claimWork(t, time.Hour, 9)
	same(t, "what was given back", len(again), 1)
	must(t, s.Resources().Release(operator(), again[0], time.Hour))
	hidden := get(s.Resources().Claim(operator(), resource.ClaimRequest{Now: s.now, Limit: 9, Immediate: true}))(t)
	same(t, "what is hidden, even if it is wanted at once", len(hidden), 0)

	// A claim is nothing of the resource's: its version is as it was.
	same(t, "the resource", get(s.Resources().Get(in(acme), r.ID))(t), r)
	r.Version, r.Name = 2, "renamed"
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{r}}))
	same(t, "what is held after a change", len(s.claimWork(t, time.Hour, 9)), 0)
	same(t, "the list", get(s.Resources().List(in(acme), resource.Query{}, page.Window{Limit: 9}))(t), []resource.Resource{r})
}

func workNext(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	next := func(immediate bool) (time.Duration, bool) {
		wait, ok, err := s.Resources().Next(operator(), s.now, immediate)
		must(t, err)
		return wait, ok
	}
	wants := func(what string, immediate bool, least, most time.Duration) {
		t.Helper()
		wait, ok := next(immediate)
		if !ok || wait < least || wait > most {
			t.Errorf("%s: the next work is in %v (%t), want from %v to %v", what, wait, ok, least, most)
		}
	}
	_, ok := next(true)
	same(t, "work of nothing", ok, false)
	r := s.addResource(t, acme)
	r.Version, r.DueAt = 2, nil
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{r}}))
	_, ok = next(true)
	same(t, "work of a resource at rest", ok, false)
	later := s.now.Add(time.Hour)
	r.Version, r.DueAt = 3, &later
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{r}}))
	wants("due in an hour", false, time.Hour, time.Hour)
	wants("wanted at once", true, 0, 0)
	claim := get(s.Resources().Claim(operator(), resource.ClaimRequest{Now: s.now, Lease: 2 * time.Hour, Limit: 1, Immediate: true}))(t)[0]
	wants("held for two hours", false, 2*time.Hour-time.Minute, 2*time.Hour)
	wants("held for two hours, wanted at once", true, 2*time.Hour-time.Minute, 2*time.Hour)
	must(t, s.Resources().Release(operator(), claim, time.Minute))
	wants("hidden for a minute", true, time.Second, time.Minute)
	wants("hidden for a minute, due in an hour", false, time.Hour, time.Hour)
	s.addResource(t, s.newTenant(t, "other").ID)
	wants("another tenant's is due now", false, 0, 0)
	r.Version, r.Status, r.TerminatedAt = 4, resource.StatusTerminated, &s.now
	must(t, s.write(acme, resource.Changes{Resources: []resource.Resource{r}}))
	s.claimWork(t, 2*time.Hour, 9)
	wants("the other is held", true, 2*time.Hour-time.Minute, 2*time.Hour)
}

func workConcurrent(t *testing.T, s *session) {
	const workers, units = 8, 60
	acme := s.newTenant(t, "acme").ID
	for range units {
		s.addResource(t, acme)
	}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		seen  = map[resource.ID]int{}
	)
	for range workers {
		group.Go(func() {
			for range units {
				claims, err := s.Resources().Claim(operator(), resource.ClaimRequest{Now: s.now, Lease: time.Hour, Limit: 3})
				if err != nil {
					t.Errorf("a worker: %v", err)
				}
				if len(claims) == 0 {
					return
				}
				mu.Lock()
				for _, c := range claims {
					seen[c.Resource]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for len(seen) < units {
		// A worker that finds all due work locked by others sees none of it.
		rest := s.claimWork(t, time.Hour, units)
		if len(rest) == 0 {
			break
		}
		for _, c := range rest {
			seen[c.Resource]++
		}
	}
	same(t, "the work claimed", len(seen), units)
	for id, n := range seen {
		same(t, "how often "+string(id)+" was claimed", n, 1)
	}
}
