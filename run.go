package platforma

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// Run does the work in the background until ctx ends or the platform is
// closed: it carries events to those who subscribed, provisions resources, and
// sends webhooks.
// Any number of processes may run it on one database. It waits for what it has
// begun and returns nil; failures are logged and tried again.
func (p *Platform) Run(ctx context.Context) error {
	ctx, end, ok := p.begin(ctx)
	if !ok {
		return nil
	}
	defer end()
	var group sync.WaitGroup
	// What was delivered may have made work.
	wake := []chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}
	group.Go(func() {
		p.relay.Run(ctx, p.poll, func() {
			for _, worker := range wake {
				select {
				case worker <- struct{}{}:
				default: // it has been told already
				}
			}
		})
	})
	group.Go(func() {
		p.repeat(ctx, "resources", wake[0], func(ctx context.Context) (int, error) { return p.worker.Step(ctx, false) })
	})
	group.Go(func() {
		p.repeat(ctx, "webhooks", wake[1], func(ctx context.Context) (int, error) { return p.sender.Step(ctx, false) })
	})
	group.Wait()
	return nil
}

// repeat steps while there is work, and then waits for a signal or for the
// next time to look.
func (p *Platform) repeat(ctx context.Context, what string, signal <-chan struct{}, step func(context.Context) (int, error)) {
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := step(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.LogAttrs(ctx, slog.LevelError, "background work failed", slog.String("work", what), slog.Any("error", err))
		}
		if err == nil && n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-signal:
		case <-tick.C:
		}
	}
}

// The bounds of how long Settle waits for what another process holds, before
// it looks again.
const (
	settlePause   = 20 * time.Millisecond
	settleLongest = 250 * time.Millisecond
)

// Settle does the background work until nothing is left to do: every event is
// delivered, every resource is as it is desired or has failed for good, and every
// webhook has arrived or was given up. It does not wait out the pauses between
// attempts, but for what another process holds and for back ends that finish
// later. It is meant for tests, examples and command-line programs; ctx bounds
// it. A platform that is closed, before or meanwhile, is [ErrUnavailable].
func (p *Platform) Settle(ctx context.Context) error {
	return p.foreground(ctx, "platforma.settle", p.settle)
}

var errClosed = fault.New(fault.ErrUnavailable, "the platform is closed")

// Step does once what is due in the background by the platform's clock, and
// returns how much that was: events delivered or put aside, calls of back ends,
// webhooks sent. What comes of it is the next Step's; 0 says that nothing is due
// now. It is meant for tests that set the clock. A platform that is closed,
// before or meanwhile, is [ErrUnavailable].
func (p *Platform) Step(ctx context.Context) (done int, err error) {
	err = p.foreground(ctx, "platforma.step", func(ctx context.Context) error {
		done, err = p.step(ctx, false)
		return err
	})
	return done, err
}

// foreground works in the background's name while somebody waits for it.
func (p *Platform) foreground(ctx context.Context, operation string, work func(context.Context) error) error {
	working, end, ok := p.begin(ctx)
	if !ok {
		return fault.At(errClosed, operation, "", "")
	}
	defer end()
	err := work(working)
	if err != nil && working.Err() != nil && ctx.Err() == nil {
		err = errClosed
	}
	return fault.At(err, operation, "", "")
}

// step does what is due, and at once also what waits for its next attempt.
func (p *Platform) step(ctx context.Context, atOnce bool) (done int, err error) {
	for _, step := range []func(context.Context, bool) (int, error){p.relay.Step, p.worker.Step, p.sender.Step} {
		n, err := step(ctx, atOnce)
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (p *Platform) settle(ctx context.Context) error {
	for {
		done, err := p.step(ctx, true)
		if err != nil {
			return err
		}
		if done > 0 {
			continue
		}
		wait, quiet, err := p.quiet(ctx)
		if err != nil || quiet {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// quiet says whether nothing is left to do, or how long to wait before the next
// look. Work that another has ended after the events were looked for has left
// an event: they are looked for again.
func (p *Platform) quiet(ctx context.Context) (wait time.Duration, quiet bool, err error) {
	idle, err := p.relay.Idle(ctx)
	if err != nil || !idle {
		return settlePause, false, err
	}
	for _, pending := range []func(context.Context, bool) (time.Duration, bool, error){p.worker.Pending, p.sender.Pending} {
		wait, left, err := pending(ctx, true)
		if err != nil || left {
			// Who holds it may be done long before its lease ends.
			return min(max(wait, settlePause), settleLongest), false, err
		}
	}
	idle, err = p.relay.Idle(ctx)
	return settlePause, idle, err
}

// begin counts a call that works in the background, unless the platform is
// closed. The context ends when it is; who began calls end.
func (p *Platform) begin(ctx context.Context) (working context.Context, end func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closing:
		return ctx, nil, false
	default:
	}
	p.running.Add(1)
	// What is done in the background is nobody's request.
	working, cancel := context.WithCancel(scope.None(ctx))
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-p.closing:
			cancel()
		case <-working.Done():
		}
	})
	return working, func() { cancel(); watch.Wait(); p.running.Done() }, true
}

// Close ends every Run and Settle, waits for them, and closes the database; a
// handler or a provisioner, which they wait for, cannot call it. A second Close
// does nothing.
func (p *Platform) Close() error {
	var err error
	p.close.Do(func() {
		p.mu.Lock()
		close(p.closing)
		p.mu.Unlock()
		p.running.Wait()
		err = p.driver.Close()
	})
	return err
}
