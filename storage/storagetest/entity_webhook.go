package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/webhook"
)

// posted is an entity of the webhook service.
func posted[E any](k entity[E], created, changed func(e E) webhook.Changes) entity[E] {
	k.create = func(ctx context.Context, s *session, e E, c event.Commit) error {
		return s.Webhooks().Write(ctx, created(e), c)
	}
	k.save = func(ctx context.Context, s *session, e E, c event.Commit) error {
		return s.Webhooks().Write(ctx, changed(e), c)
	}
	return k
}

func endpointEntity() entity[webhook.Endpoint] {
	return posted(entity[webhook.Endpoint]{
		// Failures are counted by other changes.
		keep: []string{"Failures", "FailingSince", "DeletedAt"},
		draft: func(_ *testing.T, s *session, w *world) webhook.Endpoint {
			return s.draftMailbox(w.tenant).endpoint
		},
		read: func(ctx context.Context, s *session, e webhook.Endpoint) (webhook.Endpoint, error) {
			return s.Webhooks().Get(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]webhook.Endpoint, error) {
			return s.Webhooks().List(ctx, webhook.Query{}, w)
		},
		known: func(e *webhook.Endpoint) (string, string, *int64) { return "webhook", string(e.ID), &e.Version },
	}, func(e webhook.Endpoint) webhook.Changes { return webhook.Changes{NewEndpoints: []webhook.Endpoint{e}} },
		func(e webhook.Endpoint) webhook.Changes { return webhook.Changes{Endpoints: []webhook.Endpoint{e}} })
}

func deliveryEntity() entity[webhook.Delivery] {
	return posted(entity[webhook.Delivery]{
		// What a save does not change.
		keep: []string{"EndpointID", "EventID", "EventService", "EventType", "Payload", "CreatedAt"},
		draft: func(t *testing.T, s *session, w *world) webhook.Delivery {
			t.Helper()
			d := s.draftDelivery(w.mailbox.endpoint)
			var kept struct {
				EventService, EventType string
				CreatedAt               time.Time
			}
			l := newLimits(t)
			l.begin(int(s.drafts.Add(1)))
			l.vary(&kept)
			d.EventService, d.EventType, d.CreatedAt = kept.EventService, kept.EventType, kept.CreatedAt
			d.Status, d.DueAt, d.DeliveredAt = webhook.DeliveryDelivered, nil, &s.now
			return d
		},
		read: func(ctx context.Context, s *session, e webhook.Delivery) (webhook.Delivery, error) {
			return s.Webhooks().Delivery(ctx, e.ID)
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]webhook.Delivery, error) {
			return s.Webhooks().Deliveries(ctx, webhook.DeliveryQuery{}, w)
		},
		known: func(e *webhook.Delivery) (string, string, *int64) { return "webhook", string(e.ID), &e.Version },
	}, func(e webhook.Delivery) webhook.Changes { return webhook.Changes{NewDeliveries: []webhook.Delivery{e}} },
		func(e webhook.Delivery) webhook.Changes { return webhook.Changes{Deliveries: []webhook.Delivery{e}} })
}

func attemptEntity() entity[webhook.Attempt] {
	return posted(entity[webhook.Attempt]{
		// What a save does not change.
		keep: []string{"EndpointID", "DeliveryID", "Number", "CreatedAt"},
		draft: func(_ *testing.T, s *session, w *world) webhook.Attempt {
			a := s.draftMailbox(w.tenant).attempt
			a.EndpointID, a.DeliveryID = w.mailbox.endpoint.ID, w.mailbox.delivery.ID
			return a
		},
		read: func(ctx context.Context, s *session, e webhook.Attempt) (webhook.Attempt, error) {
			all, err := s.Webhooks().Attempts(ctx, webhook.AttemptQuery{Delivery: e.DeliveryID}, page.Window{Limit: 1, Newest: true})
			return append(all, webhook.Attempt{})[0], err
		},
		list: func(ctx context.Context, s *session, w page.Window) ([]webhook.Attempt, error) {
			return s.Webhooks().Attempts(ctx, webhook.AttemptQuery{}, w)
		},
		known: func(e *webhook.Attempt) (string, string, *int64) { return "webhook", string(e.ID), &e.Version },
	}, func(e webhook.Attempt) webhook.Changes { return webhook.Changes{NewAttempts: []webhook.Attempt{e}} },
		func(e webhook.Attempt) webhook.Changes { return webhook.Changes{Attempts: []webhook.Attempt{e}} })
}

// webhookPart has a worker in the middle of its work.
func (e *estate) webhookPart(s *session) part {
	ctx, w := in(e.tenant), page.Window{Limit: 9}
	m := s.draftMailbox(e.tenant)
	return part{
		service: "webhook",
		store: func(t *testing.T, s *session) {
			must(t, s.Webhooks().Write(ctx, m.created(), e.commit(s, "webhook", string(m.endpoint.ID))))
			same(t, "the claims", s.claimHooks(t, time.Hour, 9), []webhook.Claim{{Tenant: e.tenant, Endpoint: m.endpoint.ID, Epoch: 1}})
		},
		there: func(t *testing.T, s *session) bool { return found(s.Webhooks().Get(ctx, m.endpoint.ID))(t) },
		kept: func(t *testing.T, s *session) {
			s.sameMailbox(t, m)
			none(t, "claims of what another holds", s.claimHooks(t, time.Hour, 9))
			e.remembered(t, s, "webhook", string(m.endpoint.ID), s.Webhooks().Receipt, func(c event.Commit) error {
				return s.Webhooks().Write(ctx, s.draftMailbox(e.tenant).created(), c)
			})
		},
		gone: func(t *testing.T, s *session) {
			none(t, "endpoints", get(s.Webhooks().List(ctx, webhook.Query{}, w))(t))
			none(t, "deliveries", get(s.Webhooks().Deliveries(ctx, webhook.DeliveryQuery{}, w))(t))
			none(t, "attempts", get(s.Webhooks().Attempts(ctx, webhook.AttemptQuery{}, w))(t))
			_, ok, err := s.Webhooks().Next(operator(), s.now, true)
			must(t, err)
			same(t, "that there is work", ok, false)
			e.forgotten(t, s, "webhook", s.Webhooks().Receipt)
		},
	}
}
