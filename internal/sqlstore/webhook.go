package sqlstore

import (
	"context"
	"time"

	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/webhook"
)

// webhooks is the store of the webhook service.
type webhooks struct {
	store
	endpoints *table[endpointRow]
	keys      *table[keysRow]
	messages  *table[messageRow]
	attempts  *table[attemptRow]
	work      *table[turnRow]

	reads  webhookReads
	saves  webhookSaves
	claims queue
}

// webhookReads are the statements that read one thing, or what is due.
type webhookReads struct{ get, keys, message, due *Statement }

// Webhooks returns the store of the webhook service.
func Webhooks(d *Database) webhook.Store {
	s := &webhooks{store: newStore(d, "webhook")}
	id := func(entity string) unique {
		return unique{columns: "tenant_id, id", name: "pkey", fault: taken(entity, "id")}
	}
	s.endpoints = newTable[endpointRow](d, "webhook", id("endpoint"))
	s.keys = newTable[keysRow](d, "webhook",
		unique{columns: "tenant_id, endpoint_id", name: "pkey", fault: taken("keys", "id")})
	s.messages = newTable[messageRow](d, "webhook", id("delivery"))
	s.attempts = newTable[attemptRow](d, "webhook", id("attempt"))
	s.work = newTable[turnRow](d, "webhook")
	byID := func(q interface{ String() string }) *Statement { return &Statement{SQL: q.String()} }
	s.reads = webhookReads{
		get:     byID(s.endpoints.query().Where("tenant_id = $1").Where("id = $2")),
		keys:    byID(s.keys.query().Where("tenant_id = $1").Where("endpoint_id = $2")),
		message: byID(s.messages.query().Where("tenant_id = $1").Where("id = $2")),
		due: &Statement{SQL: s.messages.query().Where("tenant_id = $1").Where("endpoint_id = $2").
			Where("due_at <= $3").OrderExpr("due_at, id").String() + " LIMIT $4"},
	}
	s.saves, s.claims = s.compileSaves(), s.compileClaims()
	return s
}

func (s *webhooks) Get(ctx context.Context, id webhook.ID) (webhook.Endpoint, error) {
	return found(ctx, &s.store, s.endpoints, s.reads.get, string(id), "endpoint", endpointRow.entity)
}

func (s *webhooks) Keys(ctx context.Context, id webhook.ID) (webhook.Keys, error) {
	return found(ctx, &s.store, s.keys, s.reads.keys, string(id), "keys", keysRow.entity)
}

func (s *webhooks) Delivery(ctx context.Context, id webhook.DeliveryID) (webhook.Delivery, error) {
	return found(ctx, &s.store, s.messages, s.reads.message, string(id), "delivery", messageRow.entity)
}

// found reads the entity that a statement finds by a key.
func found[R, E any](
	ctx context.Context, s *store, t *table[R], by *Statement, key, entity string, of func(R) E,
) (E, error) {
	var rows []R
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: by, Args: []any{tenant, key}, Row: t.collect(&rows)}}
	})
	row, err := only(rows, err, entity)
	return of(row), err
}

func (s *webhooks) List(ctx context.Context, q webhook.Query, w page.Window) ([]webhook.Endpoint, error) {
	return windowOf(ctx, &s.store, s.endpoints, w, endpointRow.entity, func(f *finder) { f.equal("status", string(q.Status)) })
}

func (s *webhooks) Deliveries(ctx context.Context, q webhook.DeliveryQuery, w page.Window) ([]webhook.Delivery, error) {
	return windowOf(ctx, &s.store, s.messages, w, messageRow.entity, func(f *finder) {
		f.equal("endpoint_id", string(q.Endpoint))
		f.equal("status", string(q.Status))
		f.equal("event_id", string(q.Event))
	})
}

func (s *webhooks) Attempts(ctx context.Context, q webhook.AttemptQuery, w page.Window) ([]webhook.Attempt, error) {
	return windowOf(ctx, &s.store, s.attempts, w, attemptRow.entity, func(f *finder) {
		f.equal("endpoint_id", string(q.Endpoint))
		f.equal("message_id", string(q.Delivery))
	})
}

// windowOf reads a window of the rows that pass the filters.
func windowOf[R, E any](
	ctx context.Context, s *store, t *table[R], w page.Window, of func(R) E, filter func(*finder),
) ([]E, error) {
	var rows []R
	err := s.reading(ctx, func(tenant string) []Step {
		f := find(tenant)
		filter(f)
		return []Step{list(t, f, w, &rows)}
	})
	return entities(rows, err, of)
}

func (s *webhooks) Due(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error) {
	var rows []messageRow
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{
			Statement: s.reads.due, Args: []any{tenant, string(id), s.moment(now), int64(limit)}, Row: s.messages.collect(&rows),
		}}
	})
	return entities(rows, err, messageRow.entity)
}

// moment is a time as an argument.
func (d *Database) moment(t time.Time) any {
	if d.sqlite() {
		return t.UnixMicro()
	}
	return t
}
