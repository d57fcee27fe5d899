package platforma

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
)

// Run does the work in the background until ctx ends or the platform is
// closed: it carries events to those who subscribed, and provisions resources.
// Any number of processes may run it on one database. It waits for what it has
// begun and returns nil; failures are logged and tried again.
func (p *Platform) Run(ctx context.Context) error {
	p.running.Add(1)
	defer p.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	wake := make(chan struct{}, 1)
	group.Go(func() {
		select {
		case <-p.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	group.Go(func() {
		p.repeat(ctx, "events", p.driver.Events().Committed(), func(ctx context.Context) (int, error) {
			n, err := p.relay.Step(ctx, false)
			if n > 0 {
				select {
				case wake <- struct{}{}: // what was delivered may have made work
				default:
				}
			}
			return n, err
		})
	})
	group.Go(func() {
		p.repeat(ctx, "resources", wake, func(ctx context.Context) (int, error) { return p.worker.Step(ctx, false) })
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

// settlePause is how long Settle waits for what another process holds.
const settlePause = 20 * time.Millisecond

// Settle does the background work until nothing is left to do: every event is
// delivered, and every resource is as it is desired or has failed for good. It
// does not wait out the pauses between attempts, but for what another process
// holds and for back ends that finish later. It is meant for tests, examples
// and command-line programs; ctx bounds it.
func (p *Platform) Settle(ctx context.Context) error {
	for {
		delivered, err := p.relay.Step(ctx, true)
		if err != nil {
			return settling(err)
		}
		provisioned, err := p.worker.Step(ctx, true)
		if err != nil {
			return settling(err)
		}
		if delivered+provisioned > 0 {
			continue
		}
		idle, err := p.relay.Idle(ctx)
		if err != nil {
			return settling(err)
		}
		wait, pending, err := p.worker.Pending(ctx, true)
		if err != nil {
			return settling(err)
		}
		if idle && !pending {
			return nil
		}
		if !idle || wait < settlePause {
			wait = settlePause
		}
		select {
		case <-ctx.Done():
			return settling(ctx.Err())
		case <-time.After(wait):
		}
	}
}

func settling(err error) error { return fault.At(err, "platforma.settle", "", "") }

// Close ends every Run, waits for them, and closes the database. A second Close
// does nothing.
func (p *Platform) Close() error {
	var err error
	p.close.Do(func() {
		close(p.closing)
		p.running.Wait()
		err = p.driver.Close()
	})
	return err
}
