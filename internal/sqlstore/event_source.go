package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// source is what the relay does with one service's outbox and streams.
type source struct {
	outbox *table[outboxRow]

	// turn is what all wait for that give positions or change many lanes, nil where
	// only one writes at a time.
	turn           *Statement
	begin, enlist  *Statement
	stamp          []*Statement
	claim, read    *Statement
	get            *Statement
	backlog        *Statement
	untold         *Statement
	rewind         *Statement
	rewindAll      *Statement
	chunk          *Statement
	trim, unneeded *Statement
}

type streamRow struct {
	bun.BaseModel `bun:"table:streams,alias:s"`

	TenantID scope.TenantID `bun:"tenant_id,pk"`
	Position int64          `bun:"position"`
}

// laneColumns are the columns of a lane that somebody adds.
const laneColumns = "tenant_id, subscription, service, position, head, seen, due_at, leased_until, epoch, claims, progress"

func (s *events) newSource(service string) *source {
	outbox := newTable[outboxRow](s.Database, service)
	relayed := outbox.across().query().Where("tenant_id = $1")
	streams := newTable[streamRow](s.Database, service).base
	src := &source{
		outbox: outbox,
		read:   &Statement{SQL: relayed.Where("position > $2").OrderExpr("position").String() + " LIMIT $3"},
		get:    &Statement{SQL: outbox.query().Where("tenant_id = $1").Where("id = $2").String()},
	}
	text := func(format string) *Statement {
		return &Statement{SQL: strings.NewReplacer(
			"{lanes}", s.lanes.base, "{streams}", streams, "{outbox}", outbox.base, "{service}", "'"+service+"'",
			"{nobody}", "'"+nobody+"'", "{now}", s.micros(), "{columns}", laneColumns,
		).Replace(format)}
	}
	src.enlist = text("INSERT INTO {lanes} ({columns}) SELECT tenant_id, $1, {service}, " +
		"CASE WHEN $2 = 1 THEN position ELSE 0 END, position, 0, CAST($3 AS bigint), 0, 0, 0, '{}' FROM {streams} WHERE NOT EXISTS (" +
		"SELECT 1 FROM {lanes} WHERE tenant_id = {nobody} AND subscription = $1 AND service = {service}) " +
		"ON CONFLICT (tenant_id, subscription, service) DO UPDATE SET head = excluded.head, due_at = excluded.due_at")
	src.begin = text("INSERT INTO {lanes} ({columns}) VALUES ({nobody}, $1, {service}, 0, 0, 0, 0, 0, 0, 0, '{}') ON CONFLICT DO NOTHING")
	skip := ""
	if !s.sqlite() {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	src.claim = text("WITH due (of_tenant) AS (SELECT tenant_id FROM {lanes} WHERE subscription = $1 AND service = $2 " +
		"AND position < head AND due_at <= $4 AND leased_until <= {now} " +
		"ORDER BY due_at, leased_until, epoch, tenant_id LIMIT $5" + skip + ") " +
		"UPDATE {lanes} SET leased_until = {now} + $3, epoch = epoch + 1, claims = claims + 1 FROM due " +
		"WHERE tenant_id = of_tenant AND subscription = $1 AND service = $2 " +
		"RETURNING tenant_id, position, head, progress, claims, epoch")
	src.backlog = text("SELECT count(*), CAST(coalesce(sum(head - position), 0) AS bigint), coalesce(min(due_at), 0) " +
		"FROM {lanes} WHERE subscription = $1 AND service = $2 AND position < head")
	rewind := func(whose string) *Statement {
		return text("UPDATE {lanes} SET position = found, progress = '{}', seen = 0, claims = 0, due_at = $5, leased_until = {now}, " +
			"epoch = epoch + 1 FROM (SELECT l.tenant_id AS of_tenant, (SELECT min(o.position) - 1 FROM {outbox} AS o " +
			"WHERE o.tenant_id = l.tenant_id AND o.position <= l.position AND o.time >= $4) AS found FROM {lanes} AS l " +
			"WHERE l.subscription = $1 AND l.service = $2 AND " + whose + ") AS again " +
			"WHERE tenant_id = of_tenant AND subscription = $1 AND service = $2 AND found < position")
	}
	// Apart, for one plan of both would read all lanes for one.
	src.rewind, src.rewindAll = rewind("l.tenant_id = $3"), rewind("CAST($3 AS text) = ''")
	if s.sqlite() {
		src.stamp = telling(service, streams, s.lanes.base)
		src.untold = text("SELECT count(*) FROM {streams} WHERE told < position")
		src.stamp = append(src.stamp, &Statement{SQL: src.untold.SQL})
	} else {
		src.turn = turn(service)
		src.stamp = []*Statement{src.turn, stamping(service, outbox.base, streams, s.lanes.base)}
		src.untold = text("SELECT count(*) FROM {outbox} WHERE position IS NULL")
	}
	s.compileTrim(src, service, streams)
	return src
}

func (s *events) Stamp(ctx context.Context, of event.Stamping) (int, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return 0, err
	}
	stamp, limit, at := s.sources[of.Service].stamp, int64(of.Limit), of.At.UnixMicro()
	var n int64
	if !s.sqlite() {
		err = s.Write(ctx, as, Step{Statement: stamp[0]}, Step{Statement: stamp[1], Args: []any{limit, at}, Row: integer(&n)})
		return int(n), err
	}
	// Whether there is something to tell is asked without the one writer's turn.
	var untold int64
	if err := s.Database.Read(ctx, as, Step{Statement: stamp[2], Row: integer(&untold)}); err != nil || untold == 0 {
		return 0, err
	}
	err = s.Write(ctx, as, Step{Statement: stamp[0], Args: []any{limit, at}}, Step{
		Statement: stamp[1], Args: []any{limit}, Row: func(Values) error { n++; return nil },
	})
	return int(n), err
}

func (s *events) Register(ctx context.Context, r event.Registration) error {
	latest := int64(0)
	if r.Latest {
		latest = 1
	}
	var steps []Step
	for _, service := range Services() {
		if src := s.sources[service]; slices.Contains(r.Services, service) {
			if src.turn != nil {
				steps = append(steps, Step{Statement: src.turn})
			}
			steps = append(steps, Step{Statement: src.enlist, Args: []any{r.Subscription, latest, r.At.UnixMicro()}},
				Step{Statement: src.begin, Args: []any{r.Subscription}})
		}
	}
	return s.crossing(ctx, steps...)
}

func (s *events) Forget(ctx context.Context, subscription string) error {
	var steps []Step
	for _, service := range Services() {
		if src := s.sources[service]; src.turn != nil {
			steps = append(steps, Step{Statement: src.turn})
		}
	}
	err := s.crossing(ctx, append(steps, Step{Statement: s.known, Args: []any{nobody, subscription}},
		Step{Statement: s.forget, Args: []any{subscription}}, Step{Statement: s.bury, Args: []any{subscription}})...)
	return fault.At(err, "", "subscription", subscription)
}

func (s *events) Rewind(ctx context.Context, r event.Rewinding) error {
	src := s.sources[r.Service]
	var steps []Step
	if src.turn != nil {
		steps = append(steps, Step{Statement: src.turn})
	}
	rewind := src.rewind
	if r.Tenant == "" {
		rewind = src.rewindAll
	}
	return s.crossing(ctx, append(steps, Step{
		Statement: rewind,
		Args:      []any{r.Subscription, r.Service, string(r.Tenant), moment(r.Since, s.sqlite()), r.At.UnixMicro()},
	})...)
}
