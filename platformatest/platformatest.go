// Package platformatest is for the tests of a host: a platform on a database of
// its own, a clock that the test sets, what was emitted, and a tenant with all
// that it needs.
//
//	clock := platformatest.NewClock(time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC))
//	o := platformatest.Options()
//	o.Clock = clock.Now
//	p := platformatest.New(t, o)
//	acme := platformatest.Seed(t, p, "acme")
//
//	events := platformatest.Record(t, p, acme.Tenant)
//	// … what the host does …
//	events.Require("platforma.order.placed.v1")
//
// What happens in the background is the test's to choose: all of it at once with
// [platforma.Platform.Settle], what is due by the clock with
// [platforma.Platform.Step], or as in production with [Run], while the test
// waits for an event with [Recording.Wait].
package platformatest

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/webhook"
)

// Template is the provisioning template that [Options] has a back end for.
const Template = "vm"

// Options are those of a platform whose back end does at once what it is told,
// whose webhooks all arrive, and which hardly waits before it tries again.
func Options() *platforma.Options {
	return &platforma.Options{
		Provisioners: map[string]resource.Provisioner{Template: instant{}},
		Webhooks:     &webhook.Options{Transport: taken{}},
		Relay:        &event.RelayOptions{Backoff: func(int) time.Duration { return time.Millisecond }},
	}
}

// New is a platform on a SQLite database in memory, which ends with the test.
func New(t testing.TB, o *platforma.Options) *platforma.Platform {
	t.Helper()
	db := must(sqlite.Open(context.WithoutCancel(t.Context()), sqlite.Memory, nil))(t)
	p := must(platforma.New(db, o))(t)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("closing the platform: %v", err)
		}
	})
	return p
}

// Run does the platform's work in the background, as in production, until the
// test ends or what it returns is called, which waits for it.
func Run(t testing.TB, p *platforma.Platform) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Errorf("running the platform: %v", err)
		}
	})
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

// taken is a network whose every endpoint takes what it is sent.
type taken struct{}

func (taken) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, nil
}

// instant is a back end that does at once what it is told, and forgets it.
type instant struct{}

func (instant) Apply(_ context.Context, r resource.Request) (resource.Outcome, error) {
	return resource.Outcome{Result: resource.Done, ExternalID: "vm-" + string(r.Desired.ID)}, nil
}

func (instant) Observe(context.Context, resource.Request) (resource.Observation, error) {
	return resource.Observation{}, nil
}
