package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/platforma/platforma/resource"
)

var _ resource.Provisioner = (*datacenter)(nil)

// errUnheard is how a call ends whose answer got lost: nobody knows what was
// done.
var errUnheard = errors.New("timeout: the data center did not answer")

// Apply takes its time, and is no better than real ones: of every four machines
// of an item the second has to be asked for twice, and the third one is made
// without an answer.
func (d *datacenter) Apply(ctx context.Context, r resource.Request) (resource.Outcome, error) {
	call := d.count(func(t *tally) { t.applied++ }).applied
	d.crash.at(call, d.crash.before)
	if err := pause(ctx, time.Duration(20+10*(r.Desired.Unit%4))*time.Millisecond); err != nil {
		return resource.Outcome{}, err
	}
	if r.Attempt == 1 && r.Desired.Unit%4 == 2 {
		d.count(func(t *tally) { t.busy++ })
		return resource.Outcome{Result: resource.Retry, Reason: "the data center is busy"}, nil
	}
	m, now, err := d.do(r)
	if err != nil {
		return resource.Outcome{}, err
	}
	if now {
		d.crash.at(d.count(func(t *tally) { t.done++ }).done, d.crash.after)
		if r.Desired.Unit%4 == 3 {
			d.count(func(t *tally) { t.unheard++ })
			return resource.Outcome{}, errUnheard
		}
	}
	if r.Action != resource.ActionTerminate && m.Status == resource.StatusTerminated {
		return resource.Outcome{Result: resource.Failed, Reason: "the machine is gone for good"}, nil
	}
	return resource.Outcome{Result: resource.Done, ExternalID: m.Machine, Network: m.network()}, nil
}

// Observe says what the file says.
func (d *datacenter) Observe(ctx context.Context, r resource.Request) (resource.Observation, error) {
	d.count(func(t *tally) { t.observed++ })
	if err := pause(ctx, 20*time.Millisecond); err != nil {
		return resource.Observation{}, err
	}
	there, err := d.of(r.Desired.TenantID)
	m, exists := there[r.Desired.ID]
	if err != nil || !exists {
		return resource.Observation{}, err
	}
	return resource.Observation{Exists: true, Status: m.Status, ExternalID: m.Machine, Network: m.network()}, nil
}

func (d *datacenter) count(one func(*tally)) tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	one(&d.calls)
	return d.calls
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// crash is at which of the data center's deeds the process dies; 0 is none.
type crash struct{ before, after int }

// killed is what shells say of a process that was killed.
const killed = 137

// at dies without any goodbye, as a killed process does.
func (crash) at(call, fatal int) {
	if call == fatal {
		os.Exit(killed)
	}
}
