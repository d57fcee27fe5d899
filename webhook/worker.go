package webhook

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Worker makes deliveries: it takes endpoints of all tenants that something is
// due for, makes the requests, and stores what came of them. Any number of
// workers, in any number of processes, may run on one database; one of them at a
// time sends to an endpoint. It is safe for concurrent use, and nothing of it
// runs but [Worker.Step].
type Worker struct {
	store   Store
	gate    *tenant.Gate
	options Options
	policy  policy
	client  *http.Client
	lease   time.Duration
}

// NewWorker returns a worker; nil options are the defaults.
func NewWorker(store Store, gate *tenant.Gate, o *Options) *Worker {
	options := o.withDefaults()
	transport := options.Transport
	if transport == nil {
		transport = newTransport(addresses{private: options.AllowPrivate, http: options.AllowHTTP}, options.Timeout, nil)
	}
	return &Worker{
		store: store, gate: gate, options: options, client: newClient(transport),
		policy: policy{schedule: options.Schedule, jitter: rand.Float64},
		// The requests of a claim are made at once, so that their time is that of one;
		// what is stored before and after them takes the rest.
		lease: 3*options.Timeout + 10*time.Second,
	}
}

// stepLimit is how many endpoints one step serves at most.
const stepLimit = 256

// Step makes deliveries that are due, and returns how many endpoints it served:
// 0 says that nothing is due now. Immediate does not wait for the time after
// which something is to be tried again. The context needs no scope; when it ends,
// the requests under way are given up, and what came of them is still stored.
//
// An endpoint costs six trips beside its requests, for up to
// [Options].PerEndpoint deliveries, and one for each of those.
func (w *Worker) Step(ctx context.Context, immediate bool) (done int, err error) {
	var (
		lanes    sync.WaitGroup
		count    atomic.Int64
		failures = make([]error, w.options.Concurrency)
	)
	for i := range w.options.Concurrency {
		claim, ok, err := w.claim(ctx, immediate)
		if err != nil || !ok {
			failures[i] = err
			break
		}
		lanes.Go(func() { failures[i] = w.lane(ctx, immediate, claim, &count) })
	}
	lanes.Wait()
	// No connection, which has goroutines of its own, outlives the step.
	w.client.CloseIdleConnections()
	return int(count.Load()), errors.Join(failures...)
}

// lane serves one claim after the other.
func (w *Worker) lane(ctx context.Context, immediate bool, c Claim, count *atomic.Int64) error {
	for {
		count.Add(1)
		err := w.serve(ctx, immediate, c)
		if err != nil || ctx.Err() != nil || count.Load() >= stepLimit {
			return err
		}
		more, ok, err := w.claim(ctx, immediate)
		if err != nil || !ok {
			return err
		}
		c = more
	}
}

// claim takes one endpoint, so that each is the one whose tenant has waited
// longest. When the worker is to stop meanwhile, it still hears which, so that it
// can be given back.
func (w *Worker) claim(ctx context.Context, immediate bool) (c Claim, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return Claim{}, false, &fault.Error{Kind: fault.ErrUnavailable, Err: err}
	}
	ctx, cancel := w.detached(scope.Operator(ctx))
	defer cancel()
	access, err := w.gate.Operator(ctx, "webhook.deliver")
	if err != nil {
		return Claim{}, false, err
	}
	defer access.End(&err, entity, "")
	claims, err := w.store.Claim(ctx, ClaimRequest{Now: access.Now, Lease: w.lease, Limit: 1, Immediate: immediate})
	if err != nil || len(claims) == 0 {
		return Claim{}, false, err
	}
	return claims[0], true, nil
}

// Pending is how long it is until something more can be delivered, 0 where that
// is now, and false where nothing is left: until it is due, or the claim of a
// worker that died ends. For immediate, what is due later counts as due.
func (w *Worker) Pending(ctx context.Context, immediate bool) (wait time.Duration, ok bool, err error) {
	ctx = scope.Operator(ctx)
	access, err := w.gate.Operator(ctx, "webhook.deliver")
	if err != nil {
		return 0, false, err
	}
	defer access.End(&err, entity, "")
	return w.store.Next(ctx, access.Now, immediate)
}
