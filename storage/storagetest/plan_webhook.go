package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/webhook"
)

func webhookPlans(t *testing.T, s *session) {
	p := s.plans(t)
	var grown []mailbox
	acme := s.grow(t, func(of scope.TenantID, rows int) {
		made := s.growMailboxes(t, of, rows)
		if rows == grownRows {
			grown = made
		}
	})
	p.webhookReads(acme, grown)
	p.webhookLists(acme, grown)
	p.webhookWrites(acme, grown)
	p.turns()
}

// growMailboxes makes more endpoints than a tenant may have, each with three
// deliveries. Few of them have work that is due.
func (s *session) growMailboxes(t *testing.T, of scope.TenantID, count int) (all []mailbox) {
	t.Helper()
	var c webhook.Changes
	for i := range count {
		m := s.draftMailbox(of)
		if i%(count/grownWaiting) != 0 {
			m.delivery.Status, m.delivery.DueAt, m.delivery.DeliveredAt = webhook.DeliveryDelivered, nil, &s.now
		}
		if rare(i) {
			m.endpoint.Status = webhook.StatusPaused
			m.delivery.Status, m.delivery.DueAt, m.delivery.DeliveredAt = webhook.DeliveryFailed, nil, nil
		}
		c.NewEndpoints, c.NewKeys = append(c.NewEndpoints, m.endpoint), append(c.NewKeys, m.keys)
		c.NewDeliveries, c.NewAttempts = append(c.NewDeliveries, m.delivery), append(c.NewAttempts, m.attempt)
		for range 2 {
			d := s.draftDelivery(m.endpoint)
			d.Status, d.DueAt, d.DeliveredAt = webhook.DeliveryDelivered, nil, &s.now
			c.NewDeliveries = append(c.NewDeliveries, d)
		}
		all = append(all, m)
	}
	must(t, s.post(of, c))
	for range count / 2 {
		must(t, s.Webhooks().Write(in(of), webhook.Changes{}, s.keyed(of, "webhook", s.ids.New("write"), 1)))
	}
	return all
}

func (p *planned) webhookReads(acme scope.TenantID, grown []mailbox) {
	t, store, ctx, m := p.t, p.Webhooks(), in(acme), grown[0]
	p.within("an endpoint", byKey, func() { get(store.Get(ctx, m.endpoint.ID))(t) })
	p.within("the keys of an endpoint", byKey, func() { get(store.Keys(ctx, m.endpoint.ID))(t) })
	p.within("a delivery", byKey, func() { get(store.Delivery(ctx, m.delivery.ID))(t) })
	p.within("what is due", byKey, func() { get(store.Due(ctx, m.endpoint.ID, p.now, 4))(t) })
}

func (p *planned) webhookLists(acme scope.TenantID, grown []mailbox) {
	t, store, ctx, m := p.t, p.Webhooks(), in(acme), grown[7]
	for _, status := range []webhook.Status{"", webhook.StatusActive, webhook.StatusPaused} {
		for _, w := range windows(string(grown[grownRows/2].endpoint.ID)) {
			p.within(fmt.Sprintf("endpoints that are %q %+v", status, w), ofPage, func() {
				get(store.List(ctx, webhook.Query{Status: status}, w))(t)
			})
		}
	}
	combinations([]func(*webhook.DeliveryQuery){
		func(q *webhook.DeliveryQuery) { q.Endpoint = m.endpoint.ID },
		func(q *webhook.DeliveryQuery) { q.Status = webhook.DeliveryFailed },
		func(q *webhook.DeliveryQuery) { q.Event = m.delivery.EventID },
	}, func(q webhook.DeliveryQuery, _ int) {
		for _, w := range windows(string(grown[grownRows/2].delivery.ID)) {
			p.within(fmt.Sprintf("deliveries %+v %+v", q, w), ofPage, func() { get(store.Deliveries(ctx, q, w))(t) })
		}
	})
	combinations([]func(*webhook.AttemptQuery){
		func(q *webhook.AttemptQuery) { q.Endpoint = m.endpoint.ID },
		func(q *webhook.AttemptQuery) { q.Delivery = m.delivery.ID },
	}, func(q webhook.AttemptQuery, _ int) {
		for _, w := range windows(string(grown[grownRows/2].attempt.ID)) {
			p.within(fmt.Sprintf("attempts %+v %+v", q, w), ofPage, func() { get(store.Attempts(ctx, q, w))(t) })
		}
	})
}

func (p *planned) webhookWrites(acme scope.TenantID, grown []mailbox) {
	t, store := p.t, p.Webhooks()
	for _, count := range []int{1, 3} {
		var c webhook.Changes
		for range count {
			m := p.draftMailbox(acme)
			c.NewEndpoints, c.NewKeys = append(c.NewEndpoints, m.endpoint), append(c.NewKeys, m.keys)
			c.NewDeliveries, c.NewAttempts = append(c.NewDeliveries, m.delivery), append(c.NewAttempts, m.attempt)
		}
		subject := string(c.NewEndpoints[0].ID)
		p.within(fmt.Sprintf("a write of %d endpoints with all they have", count), byKey, func() {
			must(t, store.Write(in(acme), c, p.keyed(acme, "webhook", subject, 1)))
		})
		p.within("a receipt of an endpoint", byKey, func() { get(store.Receipt(in(acme), "webhook.keyed", subject))(t) })
	}
	// However much is pending, the earliest is found at once.
	busy, c := grown[0].endpoint, webhook.Changes{}
	for range grownRows {
		c.NewDeliveries = append(c.NewDeliveries, p.draftDelivery(busy))
	}
	must(t, p.post(acme, c))
	p.within("one more delivery of many", byKey, func() {
		must(t, p.post(acme, webhook.Changes{NewDeliveries: []webhook.Delivery{p.draftDelivery(busy)}}))
	})
	p.within("what is due of many", byKey, func() { get(store.Due(in(acme), busy.ID, p.now, 4))(t) })
	m := grown[grownRows/2]
	m.endpoint.Version, m.keys.Version, m.delivery.Version, m.attempt.Version = 2, 2, 2, 2
	p.within("a write that changes one of each", byKey, func() {
		must(t, p.post(acme, webhook.Changes{
			Endpoints: []webhook.Endpoint{m.endpoint}, Keys: []webhook.Keys{m.keys}, Deliveries: []webhook.Delivery{m.delivery},
			Attempts: []webhook.Attempt{m.attempt}, Failures: []webhook.Failure{{Endpoint: m.endpoint.ID, At: p.now}},
		}))
	})
	p.within("a write of a success", byKey, func() { must(t, p.post(acme, webhook.Changes{Healed: []webhook.ID{m.endpoint.ID}})) })
	m.endpoint.Version = 3
	p.within("the end of an endpoint", byKey, func() {
		must(t, p.post(acme, webhook.Changes{Deleted: []webhook.Endpoint{m.endpoint}}))
	})
}

// turns looks at what workers ask for across tenants.
func (p *planned) turns() {
	t, store := p.t, p.Webhooks()
	for _, immediate := range []bool{false, true} {
		p.across("when there is something to send", ofDue, func() { get(later(store.Next(operator(), p.now, immediate)))(t) })
		var claimed []webhook.Claim
		p.across("a claim of an endpoint", ofTurn, func() {
			claimed = get(store.Claim(operator(), webhook.ClaimRequest{Now: p.now, Lease: time.Minute, Limit: 1, Immediate: immediate}))(t)
		})
		same(t, "what was claimed", len(claimed), 1)
		p.across("a release of an endpoint", byKey, func() { must(t, store.Release(operator(), claimed[0], 0)) })
	}
}

// later is when something is, without whether there is anything.
func later(wait time.Duration, _ bool, err error) (time.Duration, error) { return wait, err }

// ofTurn is how much a claim looks at: of each endpoint that is due how many of
// its tenant are held, of which there are at most as many as a tenant may have.
var ofTurn = limit{
	(grownOthers + 4) * grownWaiting * grownRows,
	"whose turn it is, is told by what is held of each tenant that something is due of: of what is due there is little",
}

func webhookCost(t *testing.T, s *session) {
	s.countsTrips(t)
	acme := s.newTenant(t, "acme").ID
	m := s.addMailbox(t, acme)
	store, ctx, w := s.Webhooks(), in(acme), page.Window{Limit: 50}
	s.costs(t, "an endpoint", func() { get(store.Get(ctx, m.endpoint.ID))(t) })
	s.costs(t, "the keys of an endpoint", func() { get(store.Keys(ctx, m.endpoint.ID))(t) })
	s.costs(t, "the active endpoints", func() { get(store.List(ctx, webhook.Query{Status: webhook.StatusActive}, w))(t) })
	s.costs(t, "what is due", func() { get(store.Due(ctx, m.endpoint.ID, s.now, 4))(t) })
	s.costs(t, "a delivery", func() { get(store.Delivery(ctx, m.delivery.ID))(t) })
	for _, count := range counts {
		s.costs(t, fmt.Sprintf("a write of %d deliveries", count), func() {
			var c webhook.Changes
			for range count {
				c.NewDeliveries = append(c.NewDeliveries, s.draftDelivery(m.endpoint))
			}
			commit := s.commit(acme, "webhook", "changed", s.word(), 1)
			commit.Events, commit.Delivery = nil, &scope.Delivery{Subscription: webhook.Subscription, Event: s.ids.New(event.Prefix)}
			must(t, store.Write(ctx, c, commit))
		})
	}
	s.costs(t, "a conclusion", func() {
		m.delivery.Version, m.attempt.Version = m.delivery.Version+1, m.attempt.Version+1
		must(t, s.post(acme, webhook.Changes{
			Deliveries: []webhook.Delivery{m.delivery}, Attempts: []webhook.Attempt{m.attempt},
			Failures: []webhook.Failure{{Endpoint: m.endpoint.ID, At: s.now}},
		}))
	})
	s.costs(t, "a claim", func() { s.claimHooks(t, 0, 1) })
	s.costs(t, "when there is something to send", func() { get(later(store.Next(operator(), s.now, false)))(t) })
}
