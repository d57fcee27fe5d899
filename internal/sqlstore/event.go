package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// laneRow is a subscription's cursor in one service's events of one tenant.
type laneRow struct {
	bun.BaseModel `bun:"table:lanes,alias:l"`

	TenantID     scope.TenantID `bun:"tenant_id,pk"`
	Subscription string         `bun:"subscription,pk"`
	Service      string         `bun:"service,pk"`
	Position     int64          `bun:"position"`
	Attempts     int            `bun:"attempts"`
	RetryAt      int64          `bun:"retry_at"`     // microseconds, the host's time
	LeasedUntil  int64          `bun:"leased_until"` // microseconds, the database's
	Epoch        int64          `bun:"epoch"`
}

type deadLetterRow struct {
	bun.BaseModel `bun:"table:dead_letters,alias:d"`

	TenantID     scope.TenantID `bun:"tenant_id,pk"`
	ID           string         `bun:"id,pk"` // the event's and the subscription's
	EventID      event.ID       `bun:"event_id"`
	Subscription string         `bun:"subscription"`
	Service      string         `bun:"service"`
	Attempts     int            `bun:"attempts"`
	Failure      string         `bun:"failure"`
	CreatedAt    time.Time      `bun:"created_at"`
}

func (r deadLetterRow) entity() event.DeadLetter {
	return event.DeadLetter{
		Subscription: r.Subscription, Service: r.Service, Tenant: r.TenantID, Event: r.EventID,
		Attempts: r.Attempts, Failure: r.Failure, At: r.CreatedAt,
	}
}

// events is the relay's store. Its lanes and dead letters are in the schema
// "event"; it reads all services' outboxes.
type events struct {
	*Database
	lanes   *table[laneRow]
	dead    *table[deadLetterRow]
	sources map[string]*source
	move    *Statement
	extend  *Statement
	discard *Statement
}

// source is what the relay does with one service's outbox.
type source struct {
	outbox  *table[outboxRow]
	stamp   []*Statement
	claim   *Statement
	read    *Statement
	get     *Statement
	backlog *Statement
}

// Events returns the relay's store.
func Events(d *Database) event.Store { return newEvents(d) }

func newEvents(d *Database) *events {
	s := &events{
		Database: d, lanes: newTable[laneRow](d, RoleEvent), dead: newTable[deadLetterRow](d, RoleEvent, unique{
			columns: "tenant_id, id", name: "pkey", fault: taken("dead letter", "id"),
		}), sources: map[string]*source{},
	}
	lane := func(q *bun.UpdateQuery) string {
		return q.Model((*laneRow)(nil)).ModelTableExpr(s.lanes.base).
			Where("tenant_id = $1").Where("subscription = $2").Where("service = $3").Where("epoch = $4").String()
	}
	// The lease that ends now tells how long the lane has waited for the next.
	s.move = d.one(lane(d.bun.NewUpdate().
		Set("position = $5").Set("attempts = $6").Set("retry_at = $7").Set("leased_until = " + d.micros())))
	s.extend = d.one(lane(d.bun.NewUpdate().Set("leased_until = " + d.micros() + " + $5")))
	s.discard = d.one(d.bun.NewDelete().Model((*deadLetterRow)(nil)).ModelTableExpr(s.dead.base).
		Where("tenant_id = $1").Where("id = $2").String()).
		withMissing(&fault.Error{Entity: "dead letter", Kind: fault.ErrNotFound})
	for _, service := range Services() {
		s.sources[service] = s.newSource(service)
	}
	return s
}

func (s *events) newSource(service string) *source {
	outbox := newTable[outboxRow](s.Database, service)
	relayed := outbox.across().query().Where("tenant_id = $1")
	streams := newTable[streamRow](s.Database, service).base
	src := &source{
		outbox: outbox,
		read:   &Statement{SQL: relayed.Where("position > $2").OrderExpr("position").String() + " LIMIT $3"},
		get:    &Statement{SQL: outbox.query().Where("tenant_id = $1").Where("id = $2").String()},
	}
	// A lane that is not there yet has never been leased and is at 0.
	waiting := fmt.Sprintf("FROM %s AS s LEFT JOIN %s AS l ON l.tenant_id = s.tenant_id AND l.subscription = $1 AND l.service = $2 "+
		"WHERE s.position > coalesce(l.position, 0)", streams, s.lanes.base)
	now := s.micros()
	// Those that wait longest are taken, of the same instant those that were
	// served least, in one order by all who take some, so that two of them never
	// wait for each other.
	src.claim = &Statement{SQL: fmt.Sprintf("INSERT INTO %[1]s AS lanes "+
		"(tenant_id, subscription, service, position, attempts, retry_at, leased_until, epoch) "+
		"SELECT tenant_id, $1, $2, 0, 0, 0, %[2]s + $3, 1 FROM (SELECT s.tenant_id %[3]s "+
		"AND coalesce(l.leased_until, 0) <= %[2]s AND (CAST($4 AS bigint) = 0 OR coalesce(l.retry_at, 0) <= CAST($4 AS bigint)) "+
		"ORDER BY coalesce(l.leased_until, 0), coalesce(l.epoch, 0), s.tenant_id LIMIT $5) AS longest WHERE true ORDER BY tenant_id "+
		"ON CONFLICT (tenant_id, subscription, service) DO UPDATE SET leased_until = excluded.leased_until, epoch = lanes.epoch + 1 "+
		"WHERE lanes.leased_until <= %[2]s RETURNING tenant_id, position, attempts, epoch", s.lanes.base, now, waiting)}
	src.backlog = &Statement{SQL: "SELECT count(*) " + waiting}
	if !s.sqlite() {
		src.stamp = stamping(service, outbox.base, streams)
		src.backlog = &Statement{SQL: "SELECT count(*) + (SELECT count(*) FROM " + outbox.base +
			" WHERE position IS NULL) " + waiting}
	}
	return src
}

type streamRow struct {
	bun.BaseModel `bun:"table:streams,alias:s"`

	TenantID scope.TenantID `bun:"tenant_id,pk"`
	Position int64          `bun:"position"`
}

func (s *events) Stamp(ctx context.Context, service string, limit int) (int, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return 0, err
	}
	stamp := s.sources[service].stamp
	if stamp == nil {
		return 0, ended(ctx)
	}
	var n int64
	err = s.Write(ctx, as, Step{Statement: stamp[0]}, Step{
		Statement: stamp[1], Args: []any{int64(limit)}, Row: integer(&n),
	})
	return int(n), err
}

// ended is the error of a context that has ended, where no database finds out.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &fault.Error{Kind: fault.ErrUnavailable, Err: err}
	}
	return nil
}

func (s *events) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return nil, err
	}
	var due int64
	if !c.Due.IsZero() {
		due = c.Due.UnixMicro()
	}
	var lanes []event.Lane
	err = s.Write(ctx, as, Step{
		Statement: s.sources[c.Service].claim,
		Args:      []any{c.Subscription, c.Service, c.Lease.Microseconds(), due, int64(c.Limit)},
		Row: func(v Values) error {
			lanes = append(lanes, event.Lane{
				Subscription: c.Subscription, Service: c.Service, Tenant: scope.TenantID(v.Text(0)),
				Position: v.Integer(1), Attempts: int(v.Integer(2)), Epoch: v.Integer(3),
			})
			return nil
		},
	})
	return lanes, err
}

func (s *events) Read(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return nil, err
	}
	src := s.sources[lane.Service]
	var rows []outboxRow
	err = s.Database.Read(ctx, as, Step{
		Statement: src.read, Args: []any{string(lane.Tenant), after, int64(limit)}, Row: src.outbox.collect(&rows),
	})
	return entities(rows, err, eventOf(lane.Service))
}

func (s *events) Move(ctx context.Context, lane event.Lane, m event.Movement) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	var retry int64
	if !m.Retry.IsZero() {
		retry = m.Retry.UnixMicro()
	}
	steps := []Step{{Statement: s.move, Args: laneArgs(lane, m.Position, int64(m.Attempts), retry)}}
	if m.Dead != nil {
		step, err := s.dead.add(&deadLetterRow{
			TenantID: lane.Tenant, ID: m.Dead.Key(), EventID: m.Dead.Event, Subscription: lane.Subscription, Service: lane.Service,
			Attempts: m.Dead.Attempts, Failure: m.Dead.Failure, CreatedAt: m.Dead.At,
		})
		if err != nil {
			return err
		}
		steps = append(steps, step)
	}
	return s.Write(ctx, as, steps...)
}

func (s *events) Extend(ctx context.Context, lane event.Lane, lease time.Duration) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	return s.Write(ctx, as, Step{Statement: s.extend, Args: laneArgs(lane, lease.Microseconds())})
}

func laneArgs(l event.Lane, more ...any) []any {
	return append([]any{string(l.Tenant), l.Subscription, l.Service, l.Epoch}, more...)
}

func (s *events) Backlog(ctx context.Context, subscription, service string) (int64, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return 0, err
	}
	var n int64
	err = s.Database.Read(ctx, as, Step{
		Statement: s.sources[service].backlog, Args: []any{subscription, service},
		Row: integer(&n),
	})
	return n, err
}

// in returns who reads in the scope's tenant: a service's role, or the
// relay's own for its dead letters.
func (s *events) in(ctx context.Context, role string) (Principal, error) {
	by, err := scope.FromTenant(ctx)
	return Principal{Role: role, Tenant: by.Tenant}, err
}

func (s *events) List(ctx context.Context, service string, w page.Window) ([]event.Event, error) {
	as, err := s.in(ctx, service)
	if err != nil {
		return nil, err
	}
	var rows []outboxRow
	err = s.Database.Read(ctx, as, list(s.sources[service].outbox, find(string(as.Tenant)), w, &rows))
	return entities(rows, err, eventOf(service))
}

func (s *events) Get(ctx context.Context, service string, id event.ID) (event.Event, error) {
	as, err := s.in(ctx, service)
	if err != nil {
		return event.Event{}, err
	}
	var rows []outboxRow
	src := s.sources[service]
	err = s.Database.Read(ctx, as, Step{Statement: src.get, Args: []any{string(as.Tenant), string(id)}, Row: src.outbox.collect(&rows)})
	row, err := only(rows, err, "event")
	return eventOf(service)(row), err
}

func (s *events) DeadLetters(ctx context.Context, w page.Window) ([]event.DeadLetter, error) {
	as, err := s.in(ctx, RoleEvent)
	if err != nil {
		return nil, err
	}
	var rows []deadLetterRow
	err = s.Database.Read(ctx, as, list(s.dead, find(string(as.Tenant)), w, &rows))
	return entities(rows, err, deadLetterRow.entity)
}

func (s *events) Discard(ctx context.Context, d event.DeadLetter) error {
	as, err := s.in(ctx, RoleEvent)
	if err != nil {
		return err
	}
	return s.Write(ctx, as, Step{Statement: s.discard, Args: []any{string(as.Tenant), d.Key()}})
}

// Committed signals that this process has committed events.
func (s *events) Committed() <-chan struct{} { return s.committed }

// eventOf returns how a row of a service's outbox becomes an event.
func eventOf(service string) func(outboxRow) event.Event {
	return func(r outboxRow) event.Event {
		e := event.Event{
			ID: r.ID, Service: service, Tenant: r.TenantID, Type: r.Type, Subject: r.Subject, Version: r.Version,
			Time: r.Time, Actor: r.Actor, Reason: r.Reason, Correlation: r.Correlation, Causation: r.Causation, Data: r.Data,
		}
		if r.Position != nil {
			e.Position = *r.Position
		}
		return e
	}
}
