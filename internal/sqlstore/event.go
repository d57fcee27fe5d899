package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// laneRow is a subscription's cursor in one service's events of one tenant. The
// lane of [nobody] says that a subscription is registered for the service.
type laneRow struct {
	bun.BaseModel `bun:"table:lanes,alias:l"`

	TenantID     scope.TenantID `bun:"tenant_id,pk"`
	Subscription string         `bun:"subscription,pk"`
	Service      string         `bun:"service,pk"`
	Position     int64          `bun:"position"`
	Head         int64          `bun:"head"`         // the last position of the stream
	Seen         int64          `bun:"seen"`         // events after it make the lane due at once
	DueAt        int64          `bun:"due_at"`       // microseconds, the host's time
	LeasedUntil  int64          `bun:"leased_until"` // microseconds, the database's
	Epoch        int64          `bun:"epoch"`
	Claims       int64          `bun:"claims"` // since it was last moved
	Progress     string         `bun:"progress"`
}

// progress is a lane's progress as it is stored. What has failed is a position,
// how often it was tried, when it is to be tried again, in microseconds, and how
// often it was postponed, which older processes neither write nor read.
type progress struct {
	Done    []int64    `json:"done,omitempty"`
	Failing [][4]int64 `json:"failing,omitempty"`
	Careful int64      `json:"careful,omitempty"`
}

func progressOf(of event.Progress) progress {
	p := progress{Done: of.Done, Careful: of.Careful}
	for _, f := range of.Failing {
		p.Failing = append(p.Failing, [4]int64{f.Position, int64(f.Attempts), f.Retry.UnixMicro(), int64(f.Postponed)})
	}
	return p
}

func (p progress) progress() event.Progress {
	of := event.Progress{Done: p.Done, Careful: p.Careful}
	for _, f := range p.Failing {
		of.Failing = append(of.Failing, event.Failing{
			Position: f[0], Attempts: int(f[1]), Postponed: int(f[3]), Retry: time.UnixMicro(f[2]).UTC(),
		})
	}
	return of
}

// nobody is the id of a tenant that there is not.
const nobody = "ten_00000000000000000000000000"

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
	known   *Statement
	forget  *Statement
	bury    *Statement
	discard *Statement
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
		Set("position = $5").Set("progress = $6").Set("seen = $7").Set("claims = 0").
		Set("due_at = CASE WHEN head > $7 THEN CAST($8 AS bigint) ELSE $9 END").Set("leased_until = " + d.micros())))
	s.extend = d.one(lane(d.bun.NewUpdate().Set("leased_until = " + d.micros() + " + $5")))
	s.known = d.one("DELETE FROM " + s.lanes.base + " WHERE tenant_id = $1 AND subscription = $2 AND service = (SELECT min(service) FROM " +
		s.lanes.base + " WHERE tenant_id = $1 AND subscription = $2)").
		withMissing(&fault.Error{Entity: "subscription", Kind: fault.ErrNotFound})
	s.forget = &Statement{SQL: "DELETE FROM " + s.lanes.base + " WHERE subscription = $1"}
	s.bury = &Statement{SQL: "DELETE FROM " + s.dead.base + " WHERE subscription = $1"}
	s.discard = d.one(d.bun.NewDelete().Model((*deadLetterRow)(nil)).ModelTableExpr(s.dead.base).
		Where("tenant_id = $1").Where("id = $2").String()).
		withMissing(&fault.Error{Entity: "dead letter", Kind: fault.ErrNotFound})
	for _, service := range Services() {
		s.sources[service] = s.newSource(service)
	}
	return s
}

// crossing runs steps that write across tenants.
func (s *events) crossing(ctx context.Context, steps ...Step) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	return s.Write(ctx, as, steps...)
}

func (s *events) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	due := int64(ever)
	if !c.Due.IsZero() {
		due = c.Due.UnixMicro()
	}
	var lanes []event.Lane
	err := s.crossing(ctx, Step{
		Statement: s.sources[c.Service].claim,
		Args:      []any{c.Subscription, c.Service, c.Lease.Microseconds(), due, int64(c.Limit)},
		Row: func(v Values) error {
			l := event.Lane{
				Subscription: c.Subscription, Service: c.Service, Tenant: scope.TenantID(v.Text(0)),
				Position: v.Integer(1), Head: v.Integer(2), Claims: int(v.Integer(4)), Epoch: v.Integer(5),
			}
			var p progress
			err := json.Unmarshal([]byte(v.Text(3)), &p)
			l.Progress = p.progress()
			lanes = append(lanes, l)
			return err
		},
	})
	// Which rows an update answers first is the planner's choice.
	slices.SortFunc(lanes, func(a, b event.Lane) int { return cmp.Compare(a.Tenant, b.Tenant) })
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
	progress, err := json.Marshal(progressOf(m.Progress))
	if err != nil {
		return err
	}
	steps := []Step{{Statement: s.move, Args: laneArgs(lane,
		m.Position, string(progress), m.Seen, microsOrZero(m.At), microsOrZero(m.Due))}}
	for _, dead := range m.Dead {
		step, err := s.dead.add(&deadLetterRow{
			TenantID: lane.Tenant, ID: dead.Key(), EventID: dead.Event, Subscription: lane.Subscription, Service: lane.Service,
			Attempts: dead.Attempts, Failure: dead.Failure, CreatedAt: dead.At,
		})
		if err != nil {
			return err
		}
		steps = append(steps, step)
	}
	return s.crossing(ctx, steps...)
}

func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func (s *events) Extend(ctx context.Context, lane event.Lane, lease time.Duration) error {
	return s.crossing(ctx, Step{Statement: s.extend, Args: laneArgs(lane, lease.Microseconds())})
}

func laneArgs(l event.Lane, more ...any) []any {
	return append([]any{string(l.Tenant), l.Subscription, l.Service, l.Epoch}, more...)
}

func (s *events) Backlog(ctx context.Context, subscription, service string) (b event.Backlog, err error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return b, err
	}
	src := s.sources[service]
	err = s.Database.Read(ctx, as, Step{Statement: src.backlog, Args: []any{subscription, service}, Row: func(v Values) error {
		b.Lanes, b.Events = v.Integer(0), v.Integer(1)
		if b.Lanes > 0 {
			b.Oldest = time.UnixMicro(v.Integer(2)).UTC()
		}
		return nil
	}}, Step{Statement: src.untold, Row: integer(&b.Unstamped)})
	return b, err
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
