package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// ledger holds the tables that every service has beside its aggregates': the
// outbox of events, the receipts of keyed commands and of delivered events, and
// the terms that aggregates are found by.
type ledger struct {
	db         *Database
	outbox     *table[outboxRow]
	receipts   *table[receiptRow]
	deliveries *table[deliveryRow]
	terms      *table[termRow]
	stamp      *Statement
	stamped    *Statement
	receipt    *Statement

	// Of an entity's terms: all but some are deleted, some are, some are added.
	retain, forget, learn *Statement
}

type outboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`

	TenantID    scope.TenantID  `bun:"tenant_id,pk"`
	ID          event.ID        `bun:"id,pk"`
	Position    *int64          `bun:"position"`
	Type        string          `bun:"type"`
	Subject     string          `bun:"subject"`
	Version     int64           `bun:"version"`
	Time        time.Time       `bun:"time"`
	Actor       string          `bun:"actor"`
	Reason      string          `bun:"reason"`
	Correlation string          `bun:"correlation_id"`
	Causation   string          `bun:"causation_id"`
	Data        json.RawMessage `bun:"data,type:text"`
}

type receiptRow struct {
	bun.BaseModel `bun:"table:receipts,alias:r"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	Operation string         `bun:"operation,pk"`
	Key       string         `bun:"key,pk"`
	Hash      string         `bun:"hash"`
	EntityID  string         `bun:"entity_id"`
	CreatedAt time.Time      `bun:"created_at"`
}

type deliveryRow struct {
	bun.BaseModel `bun:"table:deliveries,alias:d"`

	TenantID     scope.TenantID `bun:"tenant_id,pk"`
	Subscription string         `bun:"subscription,pk"`
	EventID      string         `bun:"event_id,pk"`
	CreatedAt    time.Time      `bun:"created_at"`
}

type termRow struct {
	bun.BaseModel `bun:"table:terms,alias:t"`

	TenantID scope.TenantID `bun:"tenant_id,pk"`
	Key      string         `bun:"key,pk"`
	Value    string         `bun:"value,pk"`
	ID       string         `bun:"id,pk"`
}

func newLedger(d *Database, service string) *ledger {
	l := &ledger{
		db:     d,
		outbox: newTable[outboxRow](d, service),
		receipts: newTable[receiptRow](d, service, unique{
			columns: "tenant_id, operation, key", name: "pkey", fault: errRepeated,
		}),
		deliveries: newTable[deliveryRow](d, service, unique{
			columns: "tenant_id, subscription, event_id", name: "pkey", fault: errDelivered,
		}),
		terms: newTable[termRow](d, service),
	}
	pairs := d.given(3, "key", "value")
	forget := func(which string) *Statement {
		return &Statement{SQL: d.bun.NewDelete().Model((*termRow)(nil)).ModelTableExpr(l.terms.base).
			Where("tenant_id = $1").Where("id = $2").Where("(key, value) " + which + " (" + pairs + ")").String()}
	}
	l.retain, l.forget = forget("NOT IN"), forget("IN")
	l.learn = &Statement{SQL: "INSERT INTO " + l.terms.base + " (tenant_id, key, value, id) " +
		"SELECT $1, key, value, $2 FROM (" + pairs + ") AS pairs WHERE true ON CONFLICT DO NOTHING"}
	l.receipt = &Statement{SQL: l.receipts.query().
		Where("tenant_id = $1").Where("operation = $2").Where("key = $3").String()}
	if d.sqlite() {
		// There is one writer, so that the position can be given at once: the
		// head of the stream is moved and read in the writing transaction.
		streams := fmt.Sprintf("%q", service+"_streams")
		l.stamp = &Statement{SQL: "INSERT INTO main." + streams + " (tenant_id, position) VALUES ($1, $2) " +
			"ON CONFLICT (tenant_id) DO UPDATE SET position = position + excluded.position"}
		insert := d.bun.NewInsert().Model(new(outboxRow)).ModelTableExpr(l.outbox.base).Returning("NULL")
		for i, c := range l.outbox.columns {
			value := fmt.Sprintf("$%d", i+1)
			if c.name == "position" {
				// The argument is how many events of the commit come after this one.
				value = "(SELECT position FROM " + streams + " WHERE tenant_id = $1) - " + value
			}
			insert = insert.Value(c.name, value)
		}
		l.stamped = &Statement{SQL: insert.String()}
	}
	return l
}

// before returns the steps of a commit that go before those of the change:
// what refuses a repeat refuses it first.
func (l *ledger) before(as Principal, c event.Commit) ([]Step, error) {
	var steps []Step
	if c.Delivery != nil {
		step, err := l.deliveries.add(&deliveryRow{
			TenantID: as.Tenant, Subscription: c.Delivery.Subscription, EventID: c.Delivery.Event, CreatedAt: c.At,
		})
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	if c.Receipt != nil {
		step, err := l.receipts.add(&receiptRow{
			TenantID: as.Tenant, Operation: c.Receipt.Operation, Key: c.Receipt.Key, Hash: c.Receipt.Hash,
			EntityID: c.Receipt.Entity, CreatedAt: c.At,
		})
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// after returns the steps of a commit that store its events.
func (l *ledger) after(as Principal, c event.Commit) ([]Step, error) {
	rows := make([]*outboxRow, len(c.Events))
	for i, e := range c.Events {
		rows[i] = &outboxRow{
			TenantID: as.Tenant, ID: e.ID, Type: e.Type, Subject: e.Subject, Version: e.Version, Time: e.Time,
			Actor: e.Actor, Reason: e.Reason, Correlation: e.Correlation, Causation: e.Causation, Data: e.Data,
		}
	}
	if l.stamp == nil || len(rows) == 0 {
		return l.outbox.addAll(rows)
	}
	for i := range rows {
		after := int64(len(rows) - 1 - i)
		rows[i].Position = &after
	}
	steps, err := l.outbox.addAll(rows)
	for i := range steps {
		steps[i].Statement = l.stamped
	}
	return append([]Step{{Statement: l.stamp, Args: []any{string(as.Tenant), int64(len(rows))}}}, steps...), err
}

// index returns the steps that give an entity its terms; a new one has none
// before. A term that stays is not written again, and where the former terms are
// known it is not even looked for.
func (l *ledger) index(as Principal, id string, former, terms []page.Term) []Step {
	if former == nil {
		args := l.pairs(as, id, terms)
		return []Step{{Statement: l.retain, Args: args}, {Statement: l.learn, Args: args}}
	}
	var steps []Step
	added, dropped := page.Replaced(former, terms)
	if len(dropped) > 0 {
		steps = append(steps, Step{Statement: l.forget, Args: l.pairs(as, id, dropped)})
	}
	if len(added) > 0 {
		steps = append(steps, Step{Statement: l.learn, Args: l.pairs(as, id, added)})
	}
	return steps
}

// pairs are the arguments of a statement about some terms of an entity.
func (l *ledger) pairs(as Principal, id string, terms []page.Term) []any {
	keys, values := make([]string, len(terms)), make([]string, len(terms))
	for i, t := range terms {
		keys[i], values[i] = t.Key, t.Value
	}
	return append([]any{string(as.Tenant), id}, l.db.give(keys, values)...)
}

func termsOf(as Principal, id string, terms []page.Term) []*termRow {
	rows := make([]*termRow, len(terms))
	for i, t := range terms {
		rows[i] = &termRow{TenantID: as.Tenant, Key: t.Key, Value: t.Value, ID: id}
	}
	return rows
}

// writing runs the steps of a change together with its commit.
func (s *store) writing(ctx context.Context, c event.Commit, change func(as Principal) ([]Step, error)) error {
	as, err := s.inTenant(ctx)
	if err != nil {
		return err
	}
	steps, err := s.ledger.before(as, c)
	if err != nil {
		return err
	}
	changes, err := change(as)
	if err != nil {
		return err
	}
	events, err := s.ledger.after(as, c)
	if err != nil {
		return err
	}
	steps = append(steps, changes...)
	if err := s.Write(ctx, as, append(steps, events...)...); err != nil {
		return err
	}
	if len(c.Events) > 0 {
		s.signal()
	}
	return nil
}

// signal wakes the relay; a signal that is waiting already is enough.
func (d *Database) signal() {
	select {
	case d.committed <- struct{}{}:
	default:
	}
}

// Receipt finds the receipt of a keyed command.
func (s *store) Receipt(ctx context.Context, operation, key string) (event.Receipt, error) {
	var rows []receiptRow
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{
			Statement: s.ledger.receipt, Args: []any{tenant, operation, key}, Row: s.ledger.receipts.collect(&rows),
		}}
	})
	r, err := only(rows, err, "receipt")
	return event.Receipt{Operation: r.Operation, Key: r.Key, Hash: r.Hash, Entity: r.EntityID}, err
}

// only returns the row of a query that finds at most one.
func only[R any](rows []R, err error, entity string) (R, error) {
	if err == nil && len(rows) == 0 {
		err = &fault.Error{Entity: entity, Kind: fault.ErrNotFound}
	}
	if err != nil {
		var none R
		return none, err
	}
	return rows[0], nil
}
