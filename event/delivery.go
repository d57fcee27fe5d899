package event

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// work is a claimed lane, with what it takes to deliver its events.
type work struct {
	relay    *Relay
	listener *listener

	lane Lane
	slot *slot
	// claimed is since when the lane is leased.
	claimed time.Time
	// atOnce has what failed tried again without waiting.
	atOnce bool
}

// moveTimeout bounds how long the end of the work waits for the database.
const moveTimeout = 10 * time.Second

// stint is how long a lane is worked on, but for the event under way, before
// what is done is stored and it is another lane's turn.
const stint = time.Second

// deliver delivers the next events of the lane, moves it, and returns how many
// events are done with. The lease is prolonged while it works; a lane that was
// lost all the same is left to who has it.
func (w *work) deliver(ctx context.Context) (int, error) {
	if w.overtaken(ctx) {
		return 0, nil
	}
	working, stop := w.hold(ctx)
	careful := w.careful()
	length := lengthOf(w.together())
	if careful > 0 && !w.together() {
		length = 1 // nothing after the first is looked at
	}
	events, err := w.relay.store.Read(working, w.lane, w.lane.Position, length)
	seen := newWindow(w.lane, events)
	w.handleAll(working, seen, careful > 0)
	stop()
	// What was delivered is stored also when the work is to stop.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveTimeout)
	defer cancel()
	now := w.relay.clock.Now()
	var m Movement
	switch {
	case err != nil: // nothing has become of it
		m = Movement{Position: w.lane.Position, Progress: w.lane.Progress, Seen: w.lane.Position, At: now, Due: now}
		m.Progress.Careful = careful
	case len(events) == 0: // what there was has been deleted
		m = Movement{Position: w.lane.Head, Seen: w.lane.Head, At: now, Due: now}
	default:
		m = seen.movement(w.together(), careful, now)
	}
	moved := w.relay.store.Move(ending, w.lane, m)
	if lost(moved) {
		return 0, nil
	}
	return seen.begun, errors.Join(err, moved)
}

// together says that different aggregates' events are handled at once.
func (w *work) together() bool { return w.listener.Concurrency > 1 }

// careful is up to where events are handled one at a time; 0 says that they need
// not be.
func (w *work) careful() int64 {
	careful := w.lane.Progress.Careful
	if w.lane.Claims > 1 {
		careful = max(careful, w.lane.Position+int64(lengthOf(w.together())))
	}
	if careful <= w.lane.Position {
		return 0
	}
	return careful
}

// overtaken says that the lane, which has waited for others to be worked on, has
// become another process's meanwhile. Its events are being handed out there: to
// begin here with the first of them would turn their order round.
func (w *work) overtaken(ctx context.Context) bool {
	return time.Since(w.claimed) > w.relay.lease/3 && lost(w.relay.store.Extend(ctx, w.lane, w.relay.lease))
}

// handleAll handles the events that are due, those of one queue after each
// other. One at a time is for a lane in which a process has died: what is done is
// stored after each event, and what is not known to have been tried was.
func (w *work) handleAll(ctx context.Context, seen *window, oneByOne bool) {
	var due time.Time
	if !w.atOnce {
		due = w.relay.clock.Now()
	}
	queues := seen.queues(w.together(), due)
	if oneByOne {
		if len(queues) > 0 {
			first := queues[0][0]
			if w.lane.Claims > w.relay.attempts {
				w.fail(ctx, seen, first, errDied)
				return
			}
			w.handleOne(ctx, seen, w.watch(ctx), first)
		}
		return
	}
	begun := time.Now() //nolint:forbidigo // how long the work takes is no matter of the host's clock
	var group sync.WaitGroup
	at := make(chan struct{}, max(w.listener.Concurrency, 1))
	for _, queue := range queues {
		at <- struct{}{}
		group.Go(func() {
			defer func() { <-at }()
			calls := w.watch(ctx)
			for _, e := range queue {
				if ctx.Err() != nil || time.Since(begun) > stint || !w.handleOne(ctx, seen, calls, e) {
					return
				}
			}
		})
	}
	group.Wait()
}

// errDied is why an event is given up that no process has survived.
var errDied = fault.New(fault.ErrUnavailable, "every process that handled it ended meanwhile")

func (w *work) watch(ctx context.Context) *watch {
	return newWatch(ctx, w.listener, w.relay.log, w.slot)
}

// handleOne hands an event to the handler, notes what came of it, and says
// whether those after it may follow.
func (w *work) handleOne(ctx context.Context, seen *window, calls *watch, e Event) bool {
	if !w.listener.wants(e.Type) {
		seen.handled(e)
		return true
	}
	begun := time.Now() //nolint:forbidigo // how long a handler takes is no matter of the host's clock
	calls.begin(&e)
	err := w.listener.call(ctx, w.lane.Tenant, e)
	calls.end()
	if err != nil && ctx.Err() != nil {
		return false // not the handler's fault
	}
	w.observed(ctx, e, seen.before(e).tries()+1, time.Since(begun), err)
	if err == nil {
		seen.handled(e)
		return true
	}
	return w.fail(ctx, seen, e, err)
}

// fail notes a failure and says whether those after the event may follow: they
// may when it was put aside.
func (w *work) fail(ctx context.Context, seen *window, e Event, err error) bool {
	f := seen.before(e)
	switch {
	case Postponed(err):
		f.Postponed++
	case errors.Is(err, errDied):
		f.Attempts = max(f.Attempts+1, w.lane.Claims-1)
	default:
		f.Attempts++
	}
	w.relay.log.LogAttrs(ctx, slog.LevelWarn, "an event could not be handled",
		slog.String("subscription", w.listener.Name), slog.String("event", string(e.ID)),
		slog.String("type", e.Type), slog.Int("attempt", f.tries()), slog.Any("error", err))
	if Postponed(err) || f.Attempts < w.relay.attempts {
		f.Retry = w.relay.clock.Now().Add(w.relay.backoff(f.tries()))
		seen.failed(f)
		return false
	}
	seen.givenUp(e, DeadLetter{
		Subscription: w.listener.Name, Service: w.lane.Service, Tenant: w.lane.Tenant, Event: e.ID,
		Attempts: f.Attempts, Failure: failureOf(err), At: w.relay.clock.Now(),
	})
	w.listener.counts.dead.Add(1)
	return true
}

// hold prolongs the lane's lease until stop is called, which waits for it. The
// context ends when the lane is lost.
func (w *work) hold(ctx context.Context) (working context.Context, stop func()) {
	working, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(w.relay.lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-tick.C:
				if err := w.relay.store.Extend(scope.Operator(working), w.lane, w.relay.lease); lost(err) {
					cancel()
				}
			}
		}
	})
	return working, func() { cancel(); group.Wait() }
}

// lost says that the lane is another process's by now.
func lost(err error) bool { return errors.Is(err, fault.ErrConflict) }
