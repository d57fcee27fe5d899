package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/webhook"
)

// posting is Webhooks.Write with one changed entity.
func posting[E any](variant string, v saving[E], changes func(e E) webhook.Changes) method {
	v.store, v.name, v.variant, v.service = "Webhooks", "Write", variant, "webhook"
	v.save = func(ctx context.Context, s *session, e E, c event.Commit) error {
		return s.Webhooks().Write(ctx, changes(e), c)
	}
	return v.method()
}

func webhookMethods() []method {
	const of = "Webhooks"
	window := page.Window{Limit: 9}
	made := creating(of, "Write", "webhook", func(_ *testing.T, s *session, w *world) (webhook.Changes, string) {
		m := s.draftMailbox(w.tenant)
		return m.created(), string(m.endpoint.ID)
	}, func(ctx context.Context, s *session, changes webhook.Changes, c event.Commit) error {
		return s.Webhooks().Write(ctx, changes, c)
	})
	made.variant = "an endpoint with all that belongs to it"
	ended := method{
		store: of, name: "Write", variant: "the end of an endpoint", service: "webhook", effect: deletes,
		bind: func(t *testing.T, s *session, w *world) ([]any, call) {
			t.Helper()
			e := s.addMailbox(t, w.tenant).endpoint
			e.Version = 2
			changes, c := webhook.Changes{Deleted: []webhook.Endpoint{e}}, w.commit(s, "webhook", string(e.ID), 2)
			return []any{changes, c}, func(ctx context.Context) (any, error) { return nil, s.Webhooks().Write(ctx, changes, c) }
		},
	}
	return append(postMethods(), made, ended,
		receipt(of, "webhook", func(s *session) func(context.Context, string, string) (event.Receipt, error) {
			return s.Webhooks().Receipt
		}),
		reading(of, "Get", func(ctx context.Context, s *session, w *world) (webhook.Endpoint, error) {
			return s.Webhooks().Get(ctx, w.mailbox.endpoint.ID)
		}),
		reading(of, "List", func(ctx context.Context, s *session, _ *world) ([]webhook.Endpoint, error) {
			return s.Webhooks().List(ctx, webhook.Query{}, window)
		}),
		reading(of, "Keys", func(ctx context.Context, s *session, w *world) (webhook.Keys, error) {
			return s.Webhooks().Keys(ctx, w.mailbox.endpoint.ID)
		}),
		reading(of, "Delivery", func(ctx context.Context, s *session, w *world) (webhook.Delivery, error) {
			return s.Webhooks().Delivery(ctx, w.mailbox.delivery.ID)
		}),
		reading(of, "Deliveries", func(ctx context.Context, s *session, w *world) ([]webhook.Delivery, error) {
			return s.Webhooks().Deliveries(ctx, webhook.DeliveryQuery{Endpoint: w.mailbox.endpoint.ID}, window)
		}),
		reading(of, "Attempts", func(ctx context.Context, s *session, w *world) ([]webhook.Attempt, error) {
			return s.Webhooks().Attempts(ctx, webhook.AttemptQuery{Delivery: w.mailbox.delivery.ID}, window)
		}),
		reading(of, "Due", func(ctx context.Context, s *session, w *world) ([]webhook.Delivery, error) {
			return s.Webhooks().Due(ctx, w.mailbox.endpoint.ID, s.now, 9)
		}),
		turning("Claim", func(ctx context.Context, s *session, _ *world) (any, error) {
			return s.Webhooks().Claim(ctx, webhook.ClaimRequest{Now: s.now, Lease: time.Hour, Limit: 9})
		}),
		turning("Release", func(ctx context.Context, s *session, w *world) (any, error) {
			return nil, s.Webhooks().Release(ctx, webhook.Claim{Tenant: w.tenant, Endpoint: w.mailbox.endpoint.ID, Epoch: 99}, 0)
		}),
		turning("Next", func(ctx context.Context, s *session, _ *world) (any, error) {
			_, ok, err := s.Webhooks().Next(ctx, s.now, true)
			return ok, err
		}),
	)
}

// turning is a method of the workers'.
func turning(name string, work func(ctx context.Context, s *session, w *world) (any, error)) method {
	m := reading("Webhooks", name, work)
	m.reach, m.effect = across, works
	return m
}

func postMethods() []method {
	return []method{
		posting("of an endpoint", saving[webhook.Endpoint]{
			read: func(ctx context.Context, s *session, w *world) (webhook.Endpoint, error) {
				return s.Webhooks().Get(ctx, w.mailbox.endpoint.ID)
			},
			drafted: func(w *world) webhook.Endpoint { return w.mailbox.endpoint },
			id:      func(e webhook.Endpoint) string { return string(e.ID) },
			version: func(e *webhook.Endpoint) *int64 { return &e.Version },
			counter: func(e *webhook.Endpoint) counter { return inText(&e.Description) },
		}, func(e webhook.Endpoint) webhook.Changes { return webhook.Changes{Endpoints: []webhook.Endpoint{e}} }),
		posting("of keys", saving[webhook.Keys]{
			read: func(ctx context.Context, s *session, w *world) (webhook.Keys, error) {
				return s.Webhooks().Keys(ctx, w.mailbox.endpoint.ID)
			},
			drafted: func(w *world) webhook.Keys { return w.mailbox.keys },
			id:      func(e webhook.Keys) string { return string(e.EndpointID) },
			version: func(e *webhook.Keys) *int64 { return &e.Version },
			counter: func(e *webhook.Keys) counter { return inText(&e.Current) },
		}, func(e webhook.Keys) webhook.Changes { return webhook.Changes{Keys: []webhook.Keys{e}} }),
		posting("of a delivery", saving[webhook.Delivery]{
			read: func(ctx context.Context, s *session, w *world) (webhook.Delivery, error) {
				return s.Webhooks().Delivery(ctx, w.mailbox.delivery.ID)
			},
			drafted: func(w *world) webhook.Delivery { return w.mailbox.delivery },
			id:      func(e webhook.Delivery) string { return string(e.ID) },
			version: func(e *webhook.Delivery) *int64 { return &e.Version },
			counter: func(e *webhook.Delivery) counter { return inText(&e.Reason) },
		}, func(e webhook.Delivery) webhook.Changes { return webhook.Changes{Deliveries: []webhook.Delivery{e}} }),
		posting("of an attempt", saving[webhook.Attempt]{
			read: func(ctx context.Context, s *session, w *world) (webhook.Attempt, error) {
				all, err := s.Webhooks().Attempts(ctx, webhook.AttemptQuery{Delivery: w.mailbox.delivery.ID}, page.Window{Limit: 1})
				return append(all, w.mailbox.attempt)[0], err
			},
			drafted: func(w *world) webhook.Attempt { return w.mailbox.attempt },
			id:      func(e webhook.Attempt) string { return string(e.ID) },
			version: func(e *webhook.Attempt) *int64 { return &e.Version },
			counter: func(e *webhook.Attempt) counter { return inText(&e.Error) },
		}, func(e webhook.Attempt) webhook.Changes { return webhook.Changes{Attempts: []webhook.Attempt{e}} }),
	}
}
