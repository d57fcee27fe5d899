package event

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/platforma/platforma/scope"
)

// work is a lane, the subscription whose it is, and since when it is leased.
type work struct {
	subscription Subscription
	lane         Lane
	claimed      time.Time
}

// moveTimeout bounds how long the end of the work waits for the database.
const moveTimeout = 10 * time.Second

// deliver works on the claimed lanes, some at once, and waits for all.
func (r *Relay) deliver(ctx context.Context, claimed []work) (int, error) {
	var done atomic.Int64
	var failed errorList
	var group sync.WaitGroup
	slots := make(chan struct{}, r.lanes)
	for _, w := range claimed {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			n, err := r.work(ctx, w)
			done.Add(int64(n))
			failed.add(err)
		})
	}
	group.Wait()
	return int(done.Load()), failed.joined()
}

type errorList struct {
	mu   sync.Mutex
	errs []error
}

func (l *errorList) add(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

func (l *errorList) joined() error { return errors.Join(l.errs...) }

// work delivers the next events of a lane and moves it. The lease is prolonged
// while it works; a lane that was lost all the same is left to who has it.
func (r *Relay) work(ctx context.Context, w work) (int, error) {
	if r.overtaken(ctx, w) {
		return 0, nil
	}
	working, stop := r.hold(ctx, w.lane)
	events, err := r.store.Read(working, w.lane, w.lane.Position, readLimit)
	m := Movement{Position: w.lane.Position, Attempts: w.lane.Attempts}
	done := 0
	for _, e := range events {
		if working.Err() != nil || !r.one(working, w, e, &m) {
			break
		}
		done++
		if m.Dead != nil {
			break // one dead letter is stored with one movement
		}
	}
	stop()
	// What was delivered is stored also when the work is to stop.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveTimeout)
	defer cancel()
	moved := r.store.Move(ending, w.lane, m)
	if lost(moved) {
		return 0, nil
	}
	return done, errors.Join(err, moved)
}

// overtaken says that a lane, which has waited for others to be worked on, has
// become another process's meanwhile. Its events are being handed out there: to
// begin here with the first of them would turn their order round.
func (r *Relay) overtaken(ctx context.Context, w work) bool {
	return time.Since(w.claimed) > r.lease/3 && lost(r.store.Extend(ctx, w.lane, r.lease))
}

// one delivers an event and notes in the movement what came of it. It says
// whether the lane may go on.
func (r *Relay) one(ctx context.Context, w work, e Event, m *Movement) bool {
	var err error
	if w.subscription.wants(e.Type) {
		err = w.subscription.handle(handling(ctx, w.subscription, w.lane.Tenant, e), e)
	}
	if err != nil && ctx.Err() != nil {
		return false // not the handler's fault
	}
	if err == nil {
		m.Position, m.Attempts = e.Position, 0
		return true
	}
	m.Attempts++
	r.log.LogAttrs(ctx, slog.LevelWarn, "an event could not be handled",
		slog.String("subscription", w.subscription.Name), slog.String("event", string(e.ID)),
		slog.String("type", e.Type), slog.Int("attempt", m.Attempts), slog.Any("error", err))
	if m.Attempts < r.attempts {
		m.Retry = r.clock.Now().Add(r.backoff(m.Attempts))
		return false
	}
	m.Dead = &DeadLetter{
		Subscription: w.subscription.Name, Service: w.lane.Service, Tenant: w.lane.Tenant, Event: e.ID,
		Attempts: m.Attempts, Failure: failureOf(err), At: r.clock.Now(),
	}
	m.Position, m.Attempts = e.Position, 0
	return true
}

// hold prolongs a lane's lease until stop is called, which waits for it. The
// context ends when the lane is lost.
func (r *Relay) hold(ctx context.Context, lane Lane) (working context.Context, stop func()) {
	working, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(r.lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-tick.C:
				if err := r.store.Extend(scope.Operator(working), lane, r.lease); lost(err) {
					cancel()
				}
			}
		}
	})
	return working, func() { cancel(); group.Wait() }
}
