package adversity_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/faultproxy"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// The times of a network in which a message is late: who waits for an answer has
// given up before the message arrives.
const (
	patience = 40 * time.Millisecond
	lateness = 80 * time.Millisecond
)

// stage is a platform behind a bad network, with a subscription that has an
// effect on every customer who was updated.
type stage struct {
	*testing.T
	proxy    *faultproxy.Proxy
	platform *platforma.Platform
	tenant   context.Context //nolint:containedctx // it is the tenant's
	direct   *pgx.Conn
	journal  journal

	cases int
	// failures are those of what is being insisted on, and failed all there were.
	failures, failed int
	// struck is where the last scenario was hit, and writing how many messages went
	// before its events were delivered, of all its messages.
	struck            *faultproxy.Message
	writing, messages map[faultproxy.Direction]int
}

func newStage(t *testing.T) *stage {
	t.Helper()
	database := postgrestest.New(t)
	s := &stage{T: t, writing: map[faultproxy.Direction]int{}, messages: map[faultproxy.Direction]int{}}
	var err error
	s.direct, err = pgx.Connect(t.Context(), database.Superuser)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.direct.Close(context.Background())) })
	at, err := url.Parse(database.App)
	require.NoError(t, err)
	s.proxy, err = faultproxy.Listen(at.Host)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.proxy.Close()) })
	at.Host = s.proxy.Addr()
	database.App = at.String()
	o := options()
	o.Relay.Lease = 300 * time.Millisecond
	s.platform = newPlatform(t, postgrestest.OpenAt(t, database, &postgres.Options{MaxConns: 2}), o)
	require.NoError(t, s.platform.Events.Subscribe(event.Subscription{Name: "mirror", Services: []string{"customer"}, Handle: s.handle}))
	s.tenant = tenant.NewContext(t.Context(), newTenants(t, s.platform, 1)[0])
	return s
}

// handle notes an event, and counts on the customer that was updated.
func (s *stage) handle(ctx context.Context, e event.Event) error {
	s.journal.note(e)
	if e.Version != 2 {
		return nil
	}
	c, err := s.platform.Customers.Get(ctx, customer.ID(e.Subject))
	if err != nil {
		return err
	}
	_, err = s.platform.Customers.Update(ctx, c.ID, customer.Change{Metadata: map[string]string{
		"effects": c.Metadata["effects"] + "I",
	}})
	return err
}

// play creates a customer, updates it, and has all events delivered; what fails
// is repeated.
func (s *stage) play(of trial) {
	s.Helper()
	s.cases++
	if of.cold {
		s.proxy.Cut()
	}
	s.proxy.Arm(&of.Fault)
	late := of.Way == faultproxy.Late
	name := fmt.Sprintf("ada%d", s.cases)
	draft := customer.Draft{Name: name, Email: name + "@example.com", Key: name}
	var made customer.Customer
	s.insist("creating", late, func(ctx context.Context) (err error) {
		made, err = s.platform.Customers.Create(ctx, draft)
		return err
	})
	company := "Analytical Engines"
	s.insist("updating", late, func(ctx context.Context) error {
		_, err := s.platform.Customers.Update(ctx, made.ID, customer.Change{Company: &company, Version: 1})
		if errors.Is(err, fault.ErrConflict) && s.failures > 0 {
			return nil // the update that was not answered came about
		}
		return err
	})
	for _, d := range faultproxy.Directions() {
		s.writing[d] = s.proxy.Seen(d)
	}
	s.insist("settling", false, s.platform.Settle)
	for _, d := range faultproxy.Directions() {
		s.messages[d] = s.proxy.Seen(d)
	}
	s.struck = s.proxy.Struck()
	s.proxy.Arm(nil)
	s.insist("reading", false, func(ctx context.Context) (err error) {
		made, err = s.platform.Customers.Get(ctx, made.ID)
		return err
	})
	require.Equal(s, company, made.Company)
	require.Equal(s, "I", made.Metadata["effects"], "the effect of the handler")
	require.Equal(s, int64(3), made.Version)
	s.compare(name, made.ID)
}

// insist repeats what fails, which it may for want of an answer alone.
func (s *stage) insist(what string, late bool, do func(ctx context.Context) error) {
	s.Helper()
	s.failures = 0
	for {
		ctx, cancel := context.WithTimeout(s.tenant, time.Minute)
		if late && s.failures < 3 {
			cancel()
			ctx, cancel = context.WithTimeout(s.tenant, patience)
		}
		err := do(ctx)
		cancel()
		if err == nil {
			return
		}
		s.failures++
		s.failed++
		requireUnavailable(s, err)
		require.Less(s, s.failures, 10, "%s does not come to an end: %v", what, err)
	}
}

// compare says that what was stored is once there, and was delivered in order.
func (s *stage) compare(name string, id customer.ID) {
	s.Helper()
	var customers int
	require.NoError(s, s.direct.QueryRow(context.Background(), "SELECT count(*) FROM customer.customers WHERE name = $1", name).Scan(&customers))
	require.Equal(s, 1, customers)
	stored := s.outbox(string(id))
	require.Len(s, stored, 3)
	require.Equal(s, stored, s.journal.of(string(id)))
}

// outbox are the committed events of a customer, in order; "" is of all.
func (s *stage) outbox(of string) []stored {
	s.Helper()
	rows, err := s.direct.Query(context.Background(), `SELECT subject, id FROM customer.outbox
		WHERE $1 IN ('', subject) ORDER BY position`, of)
	require.NoError(s, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stored])
	require.NoError(s, err)
	return all
}

// trial is a scenario that is hit once; cold has the connections be made anew
// first.
type trial struct {
	faultproxy.Fault
	cold bool
}

// trials are a scenario for each message of the protocol, as many as there are
// now, and for each way in which something happens to it. Those of the writing are
// first in each direction.
func (s *stage) trials() (all []trial) {
	s.Helper()
	s.play(trial{})
	for _, cold := range []bool{false, true} {
		s.play(trial{cold: cold})
		for _, d := range faultproxy.Directions() {
			for n := range s.messages[d] {
				for _, way := range faultproxy.Ways() {
					all = append(all, trial{faultproxy.Fault{Way: way, Direction: d, Message: n + 1, Delay: lateness}, cold})
				}
			}
		}
	}
	return all
}

// some are the trials of each message of the writing, in one of the ways, and of
// one in so many of the relay's.
func (s *stage) some(all []trial) (some []trial) {
	ways := faultproxy.Ways()
	for _, of := range all {
		one := ways[of.Message%len(ways)] == of.Way
		if one && (of.Message <= s.writing[of.Direction] || of.Message%47 == 0) {
			some = append(some, of)
		}
	}
	return some
}

// tried is what came of many trials.
type tried struct{ trials, hit, cold, failed, again int }

// try plays trials while there are any.
func (s *stage) try(next func() (trial, bool)) (all tried) {
	s.Helper()
	for of, ok := next(); ok; of, ok = next() {
		s.play(of)
		all.trials++
		if s.struck == nil {
			continue // this time there were fewer messages
		}
		all.hit++
		if of.cold {
			all.cold++
		}
	}
	s.journal.compare(s, s.outbox(""))
	all.failed, all.again = s.failed, s.journal.again()
	require.GreaterOrEqual(s, all.hit, all.trials*9/10)
	return all
}

// stages are how many platforms are tried at once.
const stages = 4

// protocol runs the trials that are chosen of all.
func protocol(t *testing.T, choose func(s *stage, all []trial) []trial, goOn func() bool) {
	t.Helper()
	s := newStage(t)
	all := s.trials()
	chosen := choose(s, all)
	var mu sync.Mutex
	var sum tried
	next := func() (of trial, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(chosen) == 0 || !goOn() {
			return trial{}, false
		}
		of, chosen = chosen[0], chosen[1:]
		return of, true
	}
	t.Run("stages", func(t *testing.T) {
		for i := range stages {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				s.play(trial{})
				did := s.try(next)
				mu.Lock()
				defer mu.Unlock()
				sum.trials += did.trials
				sum.hit += did.hit
				sum.cold += did.cold
				sum.failed += did.failed
				sum.again += did.again
			})
		}
	})
	counttest.Logf(t, "%d of %d messages and ways hit, %d while connections were made; %d calls failed, %d events came again",
		sum.hit, len(all), sum.cold, sum.failed, sum.again)
}

// TestEveryMessageOfTheProtocolMayFail hits one message after the other: each that
// is about a change, and some of those that deliver it.
func TestEveryMessageOfTheProtocolMayFail(t *testing.T) { //nolint:tparallel // the stages are
	t.Parallel()
	protocol(t, (*stage).some, func() bool { return true })
}
