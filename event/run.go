package event

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/platforma/platforma/scope"
)

// Run carries events until ctx ends, and returns when all that it began has
// ended. Commits of this process wake it; of what others commit, and of what
// failed and is due again, it learns when it polls. After events were delivered
// it calls a function. What fails is logged and tried again.
func (r *Relay) Run(ctx context.Context, poll time.Duration, delivered func()) {
	ctx = scope.Operator(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	if r.keep > 0 {
		group.Go(func() { r.retain(ctx) })
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	bells := map[*listener]*bell{}
	for polled := true; ctx.Err() == nil; {
		all, err := r.all(ctx)
		r.complain(ctx, err)
		for _, l := range all {
			if bells[l] == nil {
				b := newBell()
				bells[l] = b
				group.Go(func() { r.serve(ctx, l, b, delivered) })
			}
		}
		r.place(ctx, bells, polled)
		select {
		case <-ctx.Done():
		case <-r.store.Committed():
			polled = false
		case <-tick.C:
			polled = true
		}
	}
}

// place gives positions to all committed events, a step of each service in turn,
// and rings for those whose events have some: what has one is delivered while the
// rest of a backlog gets its own. After a poll it rings for all.
func (r *Relay) place(ctx context.Context, bells map[*listener]*bell, polled bool) {
	for more := true; more && ctx.Err() == nil; polled = false {
		more = false
		for _, service := range r.services {
			stamped, err := r.store.Stamp(ctx, Stamping{Service: service, Limit: stampLimit, At: r.clock.Now()})
			r.complain(ctx, err)
			more = more || err == nil && stamped >= stampLimit
			for l, b := range bells {
				if (polled || stamped > 0) && slices.Contains(l.Services, service) {
					b.ring(service)
				}
			}
		}
	}
}

// serve works on a subscription's lanes of the services that it is rung for.
func (r *Relay) serve(ctx context.Context, l *listener, b *bell, delivered func()) {
	places := newSlots(r.lanes, r.patience)
	var group sync.WaitGroup
	defer group.Wait()
	for {
		service, ok := b.next(ctx)
		if !ok {
			return
		}
		claimed, err := r.claim(ctx, l, service, claimLimit, false)
		r.complain(ctx, err)
		if len(claimed) == claimLimit {
			b.ring(service)
		}
		for _, w := range claimed {
			w.slot = places.take()
			group.Go(func() {
				defer w.slot.leave()
				n, err := w.deliver(ctx)
				r.complain(ctx, err)
				if n > 0 {
					delivered()
					b.ring(service) // the lane may have more
				}
			})
		}
	}
}

// complain logs what failed while there was still something to do.
func (r *Relay) complain(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		r.log.LogAttrs(ctx, slog.LevelError, "background work failed", slog.String("work", "events"), slog.Any("error", err))
	}
}

// bell tells of the services that have something to do, each once, in the order
// in which they were rung for.
type bell struct {
	mu   sync.Mutex
	rung []string
	some chan struct{} // holds a signal while there is one
}

func newBell() *bell { return &bell{some: make(chan struct{}, 1)} }

func (b *bell) ring(service string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.rung, service) {
		b.rung = append(b.rung, service)
	}
	b.signal()
}

func (b *bell) signal() {
	select {
	case b.some <- struct{}{}:
	default:
	}
}

// next waits for a service; there is none when ctx ends.
func (b *bell) next(ctx context.Context) (service string, ok bool) {
	for {
		select {
		case <-ctx.Done():
			return "", false
		case <-b.some:
		}
		b.mu.Lock()
		if len(b.rung) > 0 {
			service, ok = b.rung[0], true
			b.rung = b.rung[1:]
		}
		if len(b.rung) > 0 {
			b.signal()
		}
		b.mu.Unlock()
		if ok {
			return service, true
		}
	}
}
