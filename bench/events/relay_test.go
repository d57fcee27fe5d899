package events_test

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

const (
	among    = 4     // tenants
	each     = 2_500 // events of one in a round
	oneByOne = 250   // of them, for who needs a transaction for each

	stampLimit = 1_000 // the relay's
)

// BenchmarkEventsRelay carries a backlog to a handler in this process: the relay,
// a reader by hand that only selects and moves its cursor, and one transaction by
// hand for each event, as a queue in SQL is often written. The relay gives the
// events their positions before; the others go by ids, and so would miss what
// commits late.
func BenchmarkEventsRelay(b *testing.B) {
	onEach(b, func(b *testing.B, s site) {
		b.Helper()
		s.carry(b, false)
	})
}

// BenchmarkEventsDelivery is BenchmarkEventsRelay with events that have their
// positions already: for the second subscription, and the third.
func BenchmarkEventsDelivery(b *testing.B) {
	onEach(b, func(b *testing.B, s site) {
		b.Helper()
		s.carry(b, true)
	})
}

func (s site) carry(b *testing.B, stamped bool) {
	b.Helper()
	p := platform(b, s, platformatest.Options())
	heard := &counter{}
	relay := event.NewRelay(s.Events(), []string{"catalog"}, nil)
	require.NoError(b, relay.Subscribe(event.Subscription{Name: "mirror", Handle: heard.handle}))
	ids := tenants(b, p, among)
	step := func(b *testing.B) {
		b.Helper()
		_, err := relay.Step(b.Context(), true)
		require.NoError(b, err)
	}
	step(b) // it is known from now on
	cursor := "id"
	if stamped {
		cursor = "position"
	}
	s.compare(b, func(b *testing.B, round int) {
		b.Helper()
		emit(b, p, ids, round, each)
		for n := stampLimit; stamped && n >= stampLimit; {
			var err error
			n, err = s.Events().Stamp(scope.Operator(b.Context()), event.Stamping{Service: "catalog", Limit: stampLimit, At: time.Now()})
			require.NoError(b, err)
		}
	}, contender{"relay", func(b *testing.B, _ int) int {
		b.Helper()
		before := heard.count()
		for heard.count()-before < among*each {
			step(b)
		}
		return among * each
	}}, contender{"a-reader-by-hand", func(b *testing.B, _ int) int {
		b.Helper()
		return s.read(b, ids, cursor)
	}}, contender{"a-transaction-each", func(b *testing.B, _ int) int {
		b.Helper()
		return s.takeEach(b, ids)
	}})
}

// counter is a handler that counts.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) handle(context.Context, event.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return nil
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

const columns = `coalesce(position, 0), id, type, subject, version, time, actor, reason, correlation_id, causation_id, data`

// scan reads the events of an answer, whatever the database's form of a time.
func scan(b *testing.B, rows *sql.Rows, id tenant.ID) (events []event.Event) {
	b.Helper()
	for rows.Next() {
		e := event.Event{Service: "catalog", Tenant: id}
		var at any
		var data []byte
		require.NoError(b, rows.Scan(&e.Position, (*string)(&e.ID), &e.Type,
			&e.Subject, &e.Version, &at, &e.Actor, &e.Reason, &e.Correlation, &e.Causation, &data))
		switch at := at.(type) {
		case time.Time:
			e.Time = at.UTC()
		case int64:
			e.Time = time.UnixMicro(at).UTC()
		}
		e.Data = data
		events = append(events, e)
	}
	require.NoError(b, rows.Err())
	require.NoError(b, rows.Close())
	return events
}

const (
	cursorOf   = "SELECT coalesce((SELECT at FROM cursors WHERE tenant_id = $1), '')"
	moveCursor = "INSERT INTO cursors (tenant_id, at) VALUES ($1, $2) ON CONFLICT (tenant_id) DO UPDATE SET at = excluded.at"
)

// read is a reader by hand, whose cursor is an id or a position.
func (s site) read(b *testing.B, ids []tenant.ID, cursor string) (done int) {
	b.Helper()
	ctx := b.Context()
	next, err := s.byHand.PrepareContext(ctx, "SELECT "+columns+" FROM "+s.outbox+
		" WHERE tenant_id = $1 AND "+cursor+" > $2 ORDER BY "+cursor+" LIMIT 250")
	require.NoError(b, err)
	defer next.Close()
	move, err := s.byHand.PrepareContext(ctx, moveCursor)
	require.NoError(b, err)
	defer move.Close()
	for _, id := range ids {
		var at string
		require.NoError(b, s.byHand.QueryRowContext(ctx, cursorOf, string(id)).Scan(&at))
		for {
			var after any = at
			if cursor == "position" {
				after, _ = strconv.ParseInt(at, 10, 64) // none is 0
			}
			rows, err := next.QueryContext(ctx, string(id), after)
			require.NoError(b, err)
			events := scan(b, rows, id)
			if len(events) == 0 {
				break
			}
			for _, e := range events {
				require.NoError(b, nothing(ctx, e))
			}
			at = string(events[len(events)-1].ID)
			if cursor == "position" {
				at = strconv.FormatInt(events[len(events)-1].Position, 10)
			}
			_, err = move.ExecContext(ctx, string(id), at)
			require.NoError(b, err)
			done += len(events)
		}
	}
	require.Equal(b, among*each, done)
	return done
}

// takeEach takes events one at a time, each in a transaction that moves the
// cursor, which locks it.
func (s site) takeEach(b *testing.B, ids []tenant.ID) (done int) {
	b.Helper()
	ctx := b.Context()
	for _, id := range ids {
		name := string(id) + " by one"
		for range oneByOne {
			tx, err := s.byHand.BeginTx(ctx, nil)
			require.NoError(b, err)
			var at string
			if err := tx.QueryRowContext(ctx, "SELECT at FROM cursors WHERE tenant_id = $1"+s.lock, name).Scan(&at); !errors.Is(err, sql.ErrNoRows) {
				require.NoError(b, err)
			}
			rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM "+s.outbox+" WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT 1", string(id), at)
			require.NoError(b, err)
			for _, e := range scan(b, rows, id) {
				require.NoError(b, nothing(ctx, e))
				_, err = tx.ExecContext(ctx, moveCursor, name, string(e.ID))
				require.NoError(b, err)
				done++
			}
			require.NoError(b, tx.Commit())
		}
	}
	require.Equal(b, among*oneByOne, done)
	return done
}
