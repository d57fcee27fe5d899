package storagetest

import (
	"sync"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/webhook"
)

func webhookClauses() []clause {
	return []clause{
		{"webhook/one step", "a write stores all its changes and events, or nothing of them", webhookOneStep},
		{
			"webhook/what never changes",
			"whose a delivery is, and what is sent, stays as it was first stored, to the byte: else the signature of a repeat would be another's",
			webhookOnce,
		},
		{"webhook/versions", "a stale version is ErrConflict, and so is the end of what has changed", webhookVersions},
		{"webhook/references", "what refers to an endpoint or a delivery that is not there is ErrConflict", webhookReferences},
		{"webhook/failures", "failures are counted from the first after a success, whoever changes the endpoint meanwhile", webhookFailures},
		{"webhook/the end of an endpoint", "an endpoint ends with its keys, its deliveries and its attempts, and nobody else's", webhookEnd},
		{"webhook/list filters", "filters are equality, on every field of a query", webhookFilters},
		{"webhook/due", "what is due is an endpoint's pending deliveries up to a time, the earliest first", webhookDue},
		{"webhook/work follows the deliveries", "an endpoint has work while it is active and a delivery is pending, from its time on", webhookWork},
		{"webhook/work is claimed once", "an endpoint is one worker's at a time, of whatever tenant it is", webhookClaims},
		{
			"webhook/tenants take turns",
			"the tenant that fewest endpoints are held of comes first, and of one tenant the endpoint that has waited longest", webhookTurns,
		},
		{"webhook/work is given back", "a released claim is free at once or after a time, and a lost one releases nothing", webhookRelease},
		{"webhook/next work", "how long it is until work can be claimed is known, so that nobody has to poll", webhookNext},
		{"webhook/workers do not share", "of many workers that claim at once, no two get the same endpoint", webhookConcurrent},
		{
			"webhook/no delivery is forgotten",
			"a delivery that is added while others of its endpoint are concluded is due all the same: nobody would look at it otherwise",
			webhookMeanwhile,
		},
	}
}

// mailbox is an endpoint with its keys, a delivery, and an attempt at it.
type mailbox struct {
	endpoint webhook.Endpoint
	keys     webhook.Keys
	delivery webhook.Delivery
	attempt  webhook.Attempt
}

func (s *session) draftMailbox(of scope.TenantID) mailbox {
	e := webhook.Endpoint{
		ID: webhook.ID(s.ids.New("hook")), TenantID: of, URL: "https://example.com/in", Types: []string{"platforma.order.*"},
		Status: webhook.StatusActive, Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	until := s.now.Add(time.Hour)
	k := webhook.Keys{
		EndpointID: e.ID, TenantID: of, Current: "whsec_current", Former: "whsec_former", FormerUntil: &until,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	d := s.draftDelivery(e)
	finished := s.now.Add(time.Second)
	return mailbox{e, k, d, webhook.Attempt{
		ID: webhook.AttemptID(s.ids.New("try")), TenantID: of, EndpointID: e.ID, DeliveryID: d.ID, Number: 1, FinishedAt: &finished,
		DurationMS: 1000, StatusCode: 500, Error: "answered 500", Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}}
}

// draftDelivery is one that is due now.
func (s *session) draftDelivery(to webhook.Endpoint) webhook.Delivery {
	due := s.now
	return webhook.Delivery{
		ID: webhook.DeliveryID(s.ids.New("dlv")), TenantID: to.TenantID, EndpointID: to.ID, EventID: event.ID(s.ids.New(event.Prefix)),
		EventService: "order", EventType: "platforma.order.placed.v1", Status: webhook.DeliveryPending, DueAt: &due,
		Payload: []byte("{ \"a\":1.50e0,\t\"b\" : \"<&>\\u00e9é🦊\" }"), Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
}

// created are the changes that store it.
func (m mailbox) created() webhook.Changes {
	return webhook.Changes{
		NewEndpoints: []webhook.Endpoint{m.endpoint}, NewKeys: []webhook.Keys{m.keys},
		NewDeliveries: []webhook.Delivery{m.delivery}, NewAttempts: []webhook.Attempt{m.attempt},
	}
}

// post stores changes with an event.
func (s *session) post(of scope.TenantID, c webhook.Changes) error {
	return s.Webhooks().Write(in(of), c, s.commit(of, "webhook", "changed", "hook", 1))
}

// addMailbox stores one whose delivery is due now.
func (s *session) addMailbox(t *testing.T, of scope.TenantID) mailbox {
	t.Helper()
	m := s.draftMailbox(of)
	must(t, s.post(of, m.created()))
	return m
}

// sameMailbox fails the test unless it is stored as it is.
func (s *session) sameMailbox(t *testing.T, m mailbox) {
	t.Helper()
	ctx, store := in(m.endpoint.TenantID), s.Webhooks()
	same(t, "the endpoint", get(store.Get(ctx, m.endpoint.ID))(t), m.endpoint)
	same(t, "the keys", get(store.Keys(ctx, m.endpoint.ID))(t), m.keys)
	same(t, "the delivery", get(store.Delivery(ctx, m.delivery.ID))(t), m.delivery)
	same(t, "the payload", string(get(store.Delivery(ctx, m.delivery.ID))(t).Payload), string(m.delivery.Payload))
	attempts := get(store.Attempts(ctx, webhook.AttemptQuery{Delivery: m.delivery.ID}, page.Window{Limit: 9}))(t)
	same(t, "the attempts", attempts, []webhook.Attempt{m.attempt})
}

func webhookOneStep(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m := s.addMailbox(t, acme)
	s.sameMailbox(t, m)
	before := s.everything(t, acme)
	// What is refused last takes all before it with it.
	another, stale := s.draftMailbox(acme), m.attempt
	c := another.created()
	c.Failures = []webhook.Failure{{Endpoint: m.endpoint.ID, At: s.now}}
	c.Attempts = []webhook.Attempt{stale}
	refused(t, s.post(acme, c), fault.ErrConflict, "")
	same(t, "what is stored after a refused write", s.everything(t, acme), before)
	for _, c := range []webhook.Changes{
		{NewEndpoints: []webhook.Endpoint{m.endpoint}}, {NewDeliveries: []webhook.Delivery{m.delivery}},
		{NewAttempts: []webhook.Attempt{m.attempt}}, {NewKeys: []webhook.Keys{m.keys}},
	} {
		refused(t, s.post(acme, c), fault.ErrExists, "id")
	}
	same(t, "what is stored after that", s.everything(t, acme), before)
}

func webhookOnce(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m, other := s.addMailbox(t, acme), s.addMailbox(t, acme)
	d, a := m.delivery, m.attempt
	d.Version, d.Tries, d.Reason = 2, 3, "answered 500"
	d.EndpointID, d.EventID, d.EventService, d.EventType = other.endpoint.ID, other.delivery.EventID, "x", "y"
	d.Payload, d.CreatedAt = []byte(`{}`), s.now.Add(time.Hour)
	a.Version, a.EndpointID, a.DeliveryID, a.Number, a.CreatedAt = 2, other.endpoint.ID, other.delivery.ID, 9, s.now.Add(time.Hour)
	a.Error = "later"
	must(t, s.post(acme, webhook.Changes{Deliveries: []webhook.Delivery{d}, Attempts: []webhook.Attempt{a}}))
	m.delivery.Version, m.delivery.Tries, m.delivery.Reason = 2, 3, "answered 500"
	m.attempt.Version, m.attempt.Error = 2, "later"
	s.sameMailbox(t, m)
}

func webhookVersions(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m := s.addMailbox(t, acme)
	for _, version := range []int64{1, 3} {
		stale := m
		stale.endpoint.Version, stale.keys.Version, stale.delivery.Version, stale.attempt.Version = version, version, version, version
		for _, c := range []webhook.Changes{
			{Endpoints: []webhook.Endpoint{stale.endpoint}}, {Keys: []webhook.Keys{stale.keys}},
			{Deliveries: []webhook.Delivery{stale.delivery}}, {Attempts: []webhook.Attempt{stale.attempt}},
			{Deleted: []webhook.Endpoint{stale.endpoint}},
		} {
			refused(t, s.post(acme, c), fault.ErrConflict, "")
		}
	}
	s.sameMailbox(t, m)
}

func webhookReferences(t *testing.T, s *session) {
	acme, other := s.newTenant(t, "acme").ID, s.newTenant(t, "other").ID
	there, m := s.addMailbox(t, other), s.draftMailbox(acme)
	for _, c := range []webhook.Changes{
		{NewKeys: []webhook.Keys{m.keys}}, {NewDeliveries: []webhook.Delivery{m.delivery}}, {NewAttempts: []webhook.Attempt{m.attempt}},
		// What another tenant has is not there.
		{NewKeys: []webhook.Keys{there.keys}}, {NewDeliveries: []webhook.Delivery{there.delivery}},
	} {
		refused(t, s.post(acme, c), fault.ErrConflict, "")
	}
}

func webhookFailures(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m, other := s.addMailbox(t, acme), s.addMailbox(t, acme)
	fail := func(at time.Time) webhook.Changes {
		return webhook.Changes{Failures: []webhook.Failure{{Endpoint: m.endpoint.ID, At: at}}}
	}
	must(t, s.post(acme, fail(s.now)))
	must(t, s.post(acme, fail(s.now.Add(time.Hour))))
	m.endpoint.Failures, m.endpoint.FailingSince = 2, &s.now
	s.sameMailbox(t, m)
	// Who changes the endpoint by what was read before does not change that.
	changed := m.endpoint
	changed.Version, changed.Description, changed.Failures, changed.FailingSince = 2, "changed", 0, nil
	must(t, s.post(acme, webhook.Changes{Endpoints: []webhook.Endpoint{changed}}))
	m.endpoint.Version, m.endpoint.Description = 2, "changed"
	s.sameMailbox(t, m)
	must(t, s.post(acme, webhook.Changes{Healed: []webhook.ID{m.endpoint.ID, other.endpoint.ID}}))
	m.endpoint.Failures, m.endpoint.FailingSince = 0, nil
	s.sameMailbox(t, m)
	s.sameMailbox(t, other)
	later := s.now.Add(2 * time.Hour)
	must(t, s.post(acme, fail(later)))
	m.endpoint.Failures, m.endpoint.FailingSince = 1, &later
	s.sameMailbox(t, m)
}

func webhookEnd(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m, other := s.addMailbox(t, acme), s.addMailbox(t, acme)
	m.endpoint.Version = 2
	must(t, s.post(acme, webhook.Changes{Deleted: []webhook.Endpoint{m.endpoint}}))
	ctx, store := in(acme), s.Webhooks()
	refused(t, second(store.Get(ctx, m.endpoint.ID)), fault.ErrNotFound, "")
	refused(t, second(store.Keys(ctx, m.endpoint.ID)), fault.ErrNotFound, "")
	refused(t, second(store.Delivery(ctx, m.delivery.ID)), fault.ErrNotFound, "")
	none(t, "attempts", get(store.Attempts(ctx, webhook.AttemptQuery{Endpoint: m.endpoint.ID}, page.Window{Limit: 9}))(t))
	s.sameMailbox(t, other)
	claims := get(store.Claim(operator(), webhook.ClaimRequest{Now: s.now, Lease: time.Hour, Limit: 9}))(t)
	same(t, "the work", claims, []webhook.Claim{{Tenant: acme, Endpoint: other.endpoint.ID, Epoch: 1}})
}

func webhookFilters(t *testing.T, s *session) {
	acme, w := s.newTenant(t, "acme").ID, page.Window{Limit: 9}
	one, two := s.addMailbox(t, acme), s.addMailbox(t, acme)
	one.endpoint.Version, one.endpoint.Status = 2, webhook.StatusPaused
	one.delivery.Version, one.delivery.Status, one.delivery.DueAt = 2, webhook.DeliveryFailed, nil
	must(t, s.post(acme, webhook.Changes{Endpoints: []webhook.Endpoint{one.endpoint}, Deliveries: []webhook.Delivery{one.delivery}}))
	ctx, store := in(acme), s.Webhooks()
	paused := get(store.List(ctx, webhook.Query{Status: webhook.StatusPaused}, w))(t)
	same(t, "the endpoints that are paused", paused, []webhook.Endpoint{one.endpoint})
	same(t, "all endpoints", get(store.List(ctx, webhook.Query{}, w))(t), []webhook.Endpoint{one.endpoint, two.endpoint})
	for what, q := range map[string]webhook.DeliveryQuery{
		"of an endpoint": {Endpoint: one.endpoint.ID}, "that failed": {Status: webhook.DeliveryFailed},
		"of an event":    {Event: one.delivery.EventID},
		"of all of them": {Endpoint: one.endpoint.ID, Status: webhook.DeliveryFailed, Event: one.delivery.EventID},
	} {
		same(t, "the deliveries "+what, get(store.Deliveries(ctx, q, w))(t), []webhook.Delivery{one.delivery})
	}
	for what, q := range map[string]webhook.AttemptQuery{
		"of an endpoint": {Endpoint: one.endpoint.ID}, "of a delivery": {Delivery: one.delivery.ID},
	} {
		same(t, "the attempts "+what, get(store.Attempts(ctx, q, w))(t), []webhook.Attempt{one.attempt})
	}
	crossed := webhook.DeliveryQuery{Endpoint: two.endpoint.ID, Event: one.delivery.EventID}
	none(t, "deliveries of two", get(store.Deliveries(ctx, crossed, w))(t))
}

func webhookDue(t *testing.T, s *session) {
	acme := s.newTenant(t, "acme").ID
	m := s.addMailbox(t, acme)
	s.addMailbox(t, acme)
	var all []webhook.Delivery
	for _, after := range []time.Duration{time.Microsecond, -time.Hour, 0, -time.Second} {
		d, due := s.draftDelivery(m.endpoint), s.now.Add(after)
		d.DueAt = &due
		all = append(all, d)
	}
	done := s.draftDelivery(m.endpoint)
	done.Status, done.DueAt, done.DeliveredAt = webhook.DeliveryDelivered, nil, &s.now
	must(t, s.post(acme, webhook.Changes{NewDeliveries: append(all, done)}))
	want := []webhook.Delivery{all[1], all[3], m.delivery, all[2]}
	due := get(s.Webhooks().Due(in(acme), m.endpoint.ID, s.now, 9))(t)
	same(t, "what is due", due, want)
	same(t, "the payload", string(due[0].Payload), string(want[0].Payload))
	same(t, "two of them", get(s.Webhooks().Due(in(acme), m.endpoint.ID, s.now, 2))(t), want[:2])
	same(t, "what is due later", get(s.Webhooks().Due(in(acme), m.endpoint.ID, s.now.Add(time.Hour), 9))(t), append(want, all[0]))
}

// webhookMeanwhile has deliveries concluded, the last ones of their endpoint,
// while others are added.
func webhookMeanwhile(t *testing.T, s *session) {
	const adders, rounds = 3, 40
	acme := s.newTenant(t, "acme").ID
	m := s.addMailbox(t, acme)
	conclude := func() {
		t.Helper()
		due := get(s.Webhooks().Due(in(acme), m.endpoint.ID, s.now, 2*adders))(t)
		for i := range due {
			due[i].Version, due[i].Status, due[i].DueAt, due[i].DeliveredAt = due[i].Version+1, webhook.DeliveryDelivered, nil, &s.now
		}
		must(t, s.post(acme, webhook.Changes{Deliveries: due}))
	}
	for range rounds {
		var group sync.WaitGroup
		for range adders {
			group.Go(func() {
				if err := s.post(acme, webhook.Changes{NewDeliveries: []webhook.Delivery{s.draftDelivery(m.endpoint)}}); err != nil {
					t.Errorf("adding a delivery: %v", err)
				}
			})
		}
		conclude()
		group.Wait()
		pending := get(s.Webhooks().Due(in(acme), m.endpoint.ID, s.now, 1))(t)
		_, ok, err := s.Webhooks().Next(operator(), s.now, false)
		must(t, err)
		same(t, "that there is work", ok, len(pending) > 0)
	}
}
