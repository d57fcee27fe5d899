package memory

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

type webhooks struct {
	*table[webhook.ID, webhook.Endpoint]
	keys       *table[webhook.ID, webhook.Keys]
	deliveries *table[webhook.DeliveryID, webhook.Delivery]
	attempts   *table[webhook.AttemptID, webhook.Attempt]
	leases     map[key]lease
}

func newWebhooks(d *database) webhooks {
	s, conflict := service{d, "webhook"}, &fault.Error{Kind: fault.ErrConflict}
	w := webhooks{leases: map[key]lease{}}
	w.table = newTable[webhook.ID](s, kind[webhook.Endpoint]{
		entity: "endpoint", id: func(e *webhook.Endpoint) (*tenant.ID, string, int64) { return &e.TenantID, string(e.ID), e.Version },
		valid: func(e webhook.Endpoint) bool { return slices.Contains(webhook.Lifecycle().States, e.Status) },
		check: func(e *webhook.Endpoint, stored webhook.Endpoint) error {
			e.Failures, e.FailingSince, e.DeletedAt = stored.Failures, stored.FailingSince, nil
			return nil
		},
	})
	w.keys = newTable[webhook.ID](s, kind[webhook.Keys]{
		entity: "keys", id: func(k *webhook.Keys) (*tenant.ID, string, int64) { return &k.TenantID, string(k.EndpointID), k.Version },
		valid: func(k webhook.Keys) bool { return (k.Former == "") == (k.FormerUntil == nil) },
		check: func(k *webhook.Keys, _ webhook.Keys) error {
			if _, there := w.rows[k.TenantID][string(k.EndpointID)]; !there {
				return conflict
			}
			return nil
		},
	})
	w.deliveries = newTable[webhook.DeliveryID](s, kind[webhook.Delivery]{
		entity: "delivery", id: func(d *webhook.Delivery) (*tenant.ID, string, int64) { return &d.TenantID, string(d.ID), d.Version },
		valid: func(d webhook.Delivery) bool {
			return slices.Contains(webhook.DeliveryLifecycle().States, d.Status) && d.Tries >= 0 &&
				(d.Status == webhook.DeliveryPending) == (d.DueAt != nil) &&
				(d.Status == webhook.DeliveryDelivered) == (d.DeliveredAt != nil)
		},
		check: func(d *webhook.Delivery, stored webhook.Delivery) error {
			if stored.Version > 0 {
				d.EndpointID, d.EventID, d.EventService = stored.EndpointID, stored.EventID, stored.EventService
				d.EventType, d.Payload, d.CreatedAt = stored.EventType, stored.Payload, stored.CreatedAt
			}
			if _, there := w.rows[d.TenantID][string(d.EndpointID)]; !there {
				return conflict
			}
			return nil
		},
	})
	w.attempts = newTable[webhook.AttemptID](s, kind[webhook.Attempt]{
		entity: "attempt", id: func(a *webhook.Attempt) (*tenant.ID, string, int64) { return &a.TenantID, string(a.ID), a.Version },
		valid: func(a webhook.Attempt) bool { return a.Number > 0 && a.DurationMS >= 0 && a.StatusCode >= 0 },
		check: func(a *webhook.Attempt, stored webhook.Attempt) error {
			if stored.Version > 0 {
				a.EndpointID, a.DeliveryID, a.Number, a.CreatedAt = stored.EndpointID, stored.DeliveryID, stored.Number, stored.CreatedAt
			}
			if _, there := w.deliveries.rows[a.TenantID][string(a.DeliveryID)]; !there {
				return conflict
			}
			return nil
		},
	})
	return w
}

func (s webhooks) Write(ctx context.Context, c webhook.Changes, commit event.Commit) error {
	return s.write(ctx, commit, func(made *step) error {
		if err := setAll(made, s.table, c.NewEndpoints, c.Endpoints); err != nil {
			return err
		}
		all := s.rows[made.tenant]
		for _, f := range c.Failures {
			if e, there := all[string(f.Endpoint)]; there {
				if e.Failures++; e.FailingSince == nil {
					e.FailingSince = &f.At
				}
				put(made, all, string(f.Endpoint), copied(e))
			}
		}
		for _, id := range c.Healed {
			if e, there := all[string(id)]; there {
				e.Failures, e.FailingSince = 0, nil
				put(made, all, string(id), e)
			}
		}
		return cmp.Or(
			setAll(made, s.keys, c.NewKeys, c.Keys), setAll(made, s.deliveries, c.NewDeliveries, c.Deliveries),
			setAll(made, s.attempts, c.NewAttempts, c.Attempts), s.end(made, c.Deleted),
		)
	})
}

// end takes endpoints away, with all that belongs to them.
func (s webhooks) end(made *step, deleted []webhook.Endpoint) error {
	for _, e := range deleted {
		if err := s.set(made, made.tenant, e, isNext, nil); err != nil { // for the version's sake
			return err
		}
		for _, d := range s.deliveries.all(made.tenant, func(d webhook.Delivery) bool { return d.EndpointID == e.ID }) {
			drop(made, s.deliveries.rows[made.tenant], string(d.ID))
		}
		for _, a := range s.attempts.all(made.tenant, func(a webhook.Attempt) bool { return a.EndpointID == e.ID }) {
			drop(made, s.attempts.rows[made.tenant], string(a.ID))
		}
		drop(made, s.keys.rows[made.tenant], string(e.ID))
		drop(made, s.rows[made.tenant], string(e.ID))
	}
	return nil
}

func (s webhooks) List(ctx context.Context, q webhook.Query, w page.Window) ([]webhook.Endpoint, error) {
	return s.list(ctx, w, func(e webhook.Endpoint) bool { return is(q.Status, e.Status) })
}

func (s webhooks) Keys(ctx context.Context, id webhook.ID) (webhook.Keys, error) {
	return s.keys.Get(ctx, id)
}

func (s webhooks) Delivery(ctx context.Context, id webhook.DeliveryID) (webhook.Delivery, error) {
	return s.deliveries.Get(ctx, id)
}

func (s webhooks) Deliveries(ctx context.Context, q webhook.DeliveryQuery, w page.Window) ([]webhook.Delivery, error) {
	return s.deliveries.list(ctx, w, func(d webhook.Delivery) bool {
		return is(q.Endpoint, d.EndpointID) && is(q.Status, d.Status) && is(q.Event, d.EventID)
	})
}

func (s webhooks) Attempts(ctx context.Context, q webhook.AttemptQuery, w page.Window) ([]webhook.Attempt, error) {
	return s.attempts.list(ctx, w, func(a webhook.Attempt) bool { return is(q.Endpoint, a.EndpointID) && is(q.Delivery, a.DeliveryID) })
}

func (s webhooks) Due(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error) {
	due, err := s.deliveries.list(ctx, everything, func(d webhook.Delivery) bool {
		return d.EndpointID == id && d.DueAt != nil && !d.DueAt.After(now)
	})
	slices.SortStableFunc(due, func(a, b webhook.Delivery) int { return a.DueAt.Compare(*b.DueAt) })
	return due[:min(len(due), limit)], err
}

// turn is an endpoint with work.
type turn struct {
	key

	due time.Time
}

// queue is all work of all tenants.
func (s webhooks) queue() (all []turn) {
	for of, endpoints := range s.rows {
		for id, e := range endpoints {
			pending := s.deliveries.all(of, func(d webhook.Delivery) bool { return d.EndpointID == e.ID && d.DueAt != nil })
			if e.Status == webhook.StatusActive && len(pending) > 0 {
				first := slices.MinFunc(pending, func(a, b webhook.Delivery) int { return a.DueAt.Compare(*b.DueAt) })
				all = append(all, turn{key{string(of), id}, *first.DueAt})
			}
		}
	}
	return all
}

func (s webhooks) Claim(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error) {
	return across(ctx, s.database, func() (claims []webhook.Claim, _ error) {
		held, now := map[string]int{}, s.now()
		for k, l := range s.leases {
			if l.until.After(now) {
				held[k[0]]++
			}
		}
		waiting := slices.DeleteFunc(s.queue(), func(w turn) bool {
			return s.leases[w.key].until.After(now) || !r.Immediate && w.due.After(r.Now)
		})
		slices.SortFunc(waiting, func(a, b turn) int {
			return cmp.Or(cmp.Compare(held[a.key[0]], held[b.key[0]]), s.leases[a.key].until.Compare(s.leases[b.key].until),
				a.due.Compare(b.due), slices.Compare(a.key[:], b.key[:]))
		})
		for _, w := range waiting[:min(len(waiting), r.Limit)] {
			s.leases[w.key] = lease{now.Add(r.Lease), s.leases[w.key].epoch + 1}
			claims = append(claims, webhook.Claim{
				Tenant: tenant.ID(w.key[0]), Endpoint: webhook.ID(w.key[1]), Epoch: s.leases[w.key].epoch,
			})
		}
		return claims, nil
	})
}

func (s webhooks) Release(ctx context.Context, c webhook.Claim, hidden time.Duration) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		k := key{string(c.Tenant), string(c.Endpoint)}
		if held, there := s.leases[k]; there && held.epoch == c.Epoch {
			s.leases[k] = lease{s.now().Add(hidden), c.Epoch}
		}
		return struct{}{}, nil
	})
	return err
}

func (s webhooks) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	wait, err := across(ctx, s.database, func() (time.Duration, error) {
		first := time.Duration(math.MaxInt64)
		for _, w := range s.queue() {
			until := max(0, s.leases[w.key].until.Sub(s.now()))
			if !immediate {
				until = max(until, w.due.Sub(now))
			}
			first = min(first, until)
		}
		return first, nil
	})
	if err != nil || wait == math.MaxInt64 {
		return 0, false, err
	}
	return wait, true, nil
}
