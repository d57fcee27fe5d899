package storagetest

import (
	"sync"
	"testing"
	"time"

	"github.com/platforma/platforma/webhook"
)

// claimHooks claims for a lease what is due now.
func (s *session) claimHooks(t *testing.T, lease time.Duration, limit int) []webhook.Claim {
	t.Helper()
	return get(s.Webhooks().Claim(operator(), webhook.ClaimRequest{Now: s.now, Lease: lease, Limit: limit}))(t)
}

func webhookWork(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m := s.addMailbox(t, acme)
	wants := func(what string, immediate bool, want time.Duration, some bool) {
		t.Helper()
		wait, ok, err := s.Webhooks().Next(operator(), s.now, immediate)
		must(t, err)
		same(t, "that there is work "+what, ok, some)
		same(t, "how long it is until there is work "+what, wait, want)
		claims := get(s.Webhooks().Claim(operator(), webhook.ClaimRequest{Now: s.now, Limit: 9, Immediate: immediate}))(t)
		same(t, "the claims "+what, len(claims) == 1, some && want == 0)
	}
	deliver := func(due *time.Time, status webhook.DeliveryStatus) {
		t.Helper()
		m.delivery.Version, m.delivery.DueAt, m.delivery.Status, m.delivery.DeliveredAt = m.delivery.Version+1, due, status, nil
		if status == webhook.DeliveryDelivered {
			m.delivery.DeliveredAt = &s.now
		}
		must(t, s.post(acme, webhook.Changes{Deliveries: []webhook.Delivery{m.delivery}}))
	}
	become := func(status webhook.Status) {
		t.Helper()
		m.endpoint.Version, m.endpoint.Status = m.endpoint.Version+1, status
		must(t, s.post(acme, webhook.Changes{Endpoints: []webhook.Endpoint{m.endpoint}}))
	}
	later, latest := s.now.Add(time.Hour), s.now.Add(2*time.Hour)
	wants("of a delivery that is due", false, 0, true)
	deliver(&later, webhook.DeliveryPending)
	wants("in an hour", false, time.Hour, true)
	wants("in an hour, wanted at once", true, 0, true)
	another := s.draftDelivery(m.endpoint)
	another.DueAt = &latest
	must(t, s.post(acme, webhook.Changes{NewDeliveries: []webhook.Delivery{another}}))
	wants("of the earlier one", false, time.Hour, true)
	deliver(nil, webhook.DeliveryDelivered)
	wants("of the one that is left", false, 2*time.Hour, true)
	another.Version, another.DueAt = 2, &s.now
	must(t, s.post(acme, webhook.Changes{Deliveries: []webhook.Delivery{another}}))
	wants("of one that became due", false, 0, true)
	become(webhook.StatusPaused)
	wants("of an endpoint that is paused", true, 0, false)
	must(t, s.post(acme, webhook.Changes{NewDeliveries: []webhook.Delivery{s.draftDelivery(m.endpoint)}}))
	wants("of what is added meanwhile", true, 0, false)
	become(webhook.StatusDisabled)
	wants("of an endpoint that is disabled", true, 0, false)
	become(webhook.StatusActive)
	wants("of an endpoint that was resumed", false, 0, true)
}

func webhookClaims(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	want := map[webhook.Claim]bool{}
	for _, m := range []mailbox{s.addMailbox(t, acme), s.addMailbox(t, other), s.addMailbox(t, other)} {
		want[webhook.Claim{Tenant: m.endpoint.TenantID, Endpoint: m.endpoint.ID, Epoch: 1}] = true
	}
	for _, c := range append(s.claimHooks(t, time.Hour, 2), s.claimHooks(t, time.Hour, 2)...) {
		if !want[c] {
			t.Errorf("%v was claimed, want each of %v once", c, want)
		}
		delete(want, c)
	}
	same(t, "what nobody claimed", len(want), 0)
	same(t, "what is claimed twice", len(s.claimHooks(t, time.Hour, 9)), 0)
	// A claim is nothing of the endpoint's: its version is as it was.
	m := s.addMailbox(t, acme)
	again := webhook.Claim{Tenant: acme, Endpoint: m.endpoint.ID, Epoch: 1}
	same(t, "the claims", s.claimHooks(t, 0, 9), []webhook.Claim{again})
	again.Epoch++
	same(t, "the claims after a lease of no time", s.claimHooks(t, 0, 9), []webhook.Claim{again})
	s.sameMailbox(t, m)
}

func webhookTurns(t *testing.T, s *session) {
	busy, other := s.newTenant(t, "busy").ID, s.newTenant(t, "other").ID
	var theirs []mailbox
	for range 3 {
		theirs = append(theirs, s.addMailbox(t, busy))
	}
	early := s.now.Add(-time.Hour)
	theirs[2].delivery.Version, theirs[2].delivery.DueAt = 2, &early
	must(t, s.post(busy, webhook.Changes{Deliveries: []webhook.Delivery{theirs[2].delivery}}))
	first := s.claimHooks(t, time.Hour, 1)
	same(t, "what is due longest", first[0].Endpoint, theirs[2].endpoint.ID)
	single := s.addMailbox(t, other)
	same(t, "the tenant that nothing is held of", s.claimHooks(t, time.Hour, 1)[0].Endpoint, single.endpoint.ID)
	second := s.claimHooks(t, time.Hour, 1)
	same(t, "whose the next one is", second[0].Tenant, busy)
	for _, c := range append(first, second...) {
		must(t, s.Webhooks().Release(operator(), c, 0))
	}
	third := s.claimHooks(t, time.Hour, 1)[0].Endpoint
	if third == first[0].Endpoint || third == second[0].Endpoint {
		t.Errorf("%s was served before, and comes before one that never was", third)
	}
	same(t, "what was given back first", s.claimHooks(t, time.Hour, 1)[0].Endpoint, first[0].Endpoint)
}

func webhookRelease(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	m := s.addMailbox(t, acme)
	lost := s.claimHooks(t, 0, 1)[0] // a lease that is over at once
	held := s.claimHooks(t, time.Hour, 1)[0]
	same(t, "the claim", held, webhook.Claim{Tenant: acme, Endpoint: m.endpoint.ID, Epoch: lost.Epoch + 1})
	must(t, s.Webhooks().Release(operator(), lost, 0))
	theirs := held
	theirs.Tenant = other
	must(t, s.Webhooks().Release(operator(), theirs, 0))
	same(t, "what is held", len(s.claimHooks(t, time.Hour, 9)), 0)
	// Whatever is written of it, it stays held.
	m.endpoint.Version = 2
	must(t, s.post(acme, webhook.Changes{
		Endpoints: []webhook.Endpoint{m.endpoint}, NewDeliveries: []webhook.Delivery{s.draftDelivery(m.endpoint)},
	}))
	same(t, "what is held after a change", len(s.claimHooks(t, time.Hour, 9)), 0)

	must(t, s.Webhooks().Release(operator(), held, 0))
	again := s.claimHooks(t, time.Hour, 9)
	same(t, "what was given back", len(again), 1)
	must(t, s.Webhooks().Release(operator(), again[0], time.Hour))
	hidden := get(s.Webhooks().Claim(operator(), webhook.ClaimRequest{Now: s.now, Limit: 9, Immediate: true}))(t)
	same(t, "what is hidden, even if it is wanted at once", len(hidden), 0)
}

func webhookNext(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	wants := func(what string, immediate bool, least, most time.Duration) {
		t.Helper()
		wait, ok, err := s.Webhooks().Next(operator(), s.now, immediate)
		must(t, err)
		if !ok || wait < least || wait > most {
			t.Errorf("%s: the next work is in %v (%t), want from %v to %v", what, wait, ok, least, most)
		}
	}
	_, ok, err := s.Webhooks().Next(operator(), s.now, true)
	must(t, err)
	same(t, "work of nothing", ok, false)
	m := s.draftMailbox(acme)
	later := s.now.Add(time.Hour)
	m.delivery.DueAt = &later
	must(t, s.post(acme, m.created()))
	wants("due in an hour", false, time.Hour, time.Hour)
	wants("wanted at once", true, 0, 0)
	claim := get(s.Webhooks().Claim(operator(), webhook.ClaimRequest{Now: s.now, Lease: 2 * time.Hour, Limit: 1, Immediate: true}))(t)[0]
	wants("held for two hours", false, 2*time.Hour-time.Minute, 2*time.Hour)
	wants("held for two hours, wanted at once", true, 2*time.Hour-time.Minute, 2*time.Hour)
	must(t, s.Webhooks().Release(operator(), claim, time.Minute))
	wants("hidden for a minute", true, time.Second, time.Minute)
	wants("hidden for a minute, due in an hour", false, time.Hour, time.Hour)
	s.addMailbox(t, s.newTenant(t, "other").ID)
	wants("another tenant's is due now", false, 0, 0)
}

func webhookConcurrent(t *testing.T, s *session) {
	const workers, units = 6, 30
	acme := s.newTenant(t, "acme").ID
	for range units {
		s.addMailbox(t, acme)
	}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		seen  = map[webhook.ID]int{}
	)
	for range workers {
		group.Go(func() {
			for range units {
				claims, err := s.Webhooks().Claim(operator(), webhook.ClaimRequest{Now: s.now, Lease: time.Hour, Limit: 2})
				if err != nil {
					t.Errorf("a worker: %v", err)
				}
				if len(claims) == 0 {
					return
				}
				mu.Lock()
				for _, c := range claims {
					seen[c.Endpoint]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	// A worker that finds all due work locked by others sees none of it.
	for _, c := range s.claimHooks(t, time.Hour, units) {
		seen[c.Endpoint]++
	}
	same(t, "the endpoints claimed", len(seen), units)
	for id, n := range seen {
		same(t, "how often "+string(id)+" was claimed", n, 1)
	}
}
