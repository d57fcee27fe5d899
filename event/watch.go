package event

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// watch looks after one handler's calls, one after the other: a call that takes
// long gives away its lane's place, and one that does not end when its context
// does is complained of. It has one timer for all calls: to make one for each
// would cost as much as a short call.
type watch struct {
	listener *listener
	log      *slog.Logger
	slot     *slot // nil where there is no place to give away
	timer    *time.Timer

	mu sync.Mutex
	// event is what is being handled, nil between two calls; lent says that the
	// place is another's.
	event *Event
	lent  bool
}

func newWatch(ctx context.Context, l *listener, log *slog.Logger, s *slot) *watch {
	w := &watch{listener: l, log: log, slot: s}
	w.timer = time.AfterFunc(time.Hour, func() { w.late(ctx) })
	w.timer.Stop()
	return w
}

// hopeless is how long a call may take until nobody believes that it heeds the
// end of its context.
func (w *watch) hopeless() time.Duration { return 2 * w.listener.timeout }

// begin begins a call, and end ends it.
func (w *watch) begin(e *Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.event, w.lent = e, false
	if w.slot != nil {
		w.timer.Reset(w.slot.of.patience)
	} else {
		w.timer.Reset(w.hopeless())
	}
}

func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.event = nil
	w.timer.Stop()
}

func (w *watch) late(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.event == nil: // it has just ended
	case w.slot != nil && !w.lent:
		w.slot.lend()
		w.lent = true
		w.timer.Reset(max(w.hopeless()-w.slot.of.patience, 0))
	default:
		w.log.LogAttrs(ctx, slog.LevelError, "a handler does not heed the end of its context",
			slog.String("subscription", w.listener.Name), slog.String("event", string(w.event.ID)), slog.String("type", w.event.Type))
	}
}
