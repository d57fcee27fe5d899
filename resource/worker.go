package resource

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// Worker makes resources be what they should be: it takes due work of all
// tenants, calls the provisioners, and stores what came of it. Any number of
// workers, in any number of processes, may run on one database. It is safe for
// concurrent use, and nothing of it runs but [Worker.Step].
type Worker struct {
	store        Store
	gate         *tenant.Gate
	provisioners map[string]Provisioner
	options      WorkerOptions
	policy       policy
	log          *slog.Logger
}

// WorkerOptions are how a worker works; nil means the defaults. What is not
// positive is the default.
type WorkerOptions struct {
	// Timeout is how long one call of a provisioner may take; 30 seconds.
	Timeout time.Duration
	// Lease is how long a worker holds a piece of work: when it dies, another
	// one goes on after that. It must be longer than Timeout; twice that.
	Lease time.Duration
	// Backoff is how long to wait after the first try of an action that has to
	// be tried again, and twice as long after each further one, up to
	// MaxBackoff; a second and a minute. Of that, between half and all is waited.
	Backoff, MaxBackoff time.Duration
	// MaxTries is how often an action is tried before it is given up; 8. A try
	// that the process did not survive counts, so that a call that kills its host
	// each time comes to an end.
	MaxTries int
	// Patience is how long an accepted action may take; an hour.
	Patience time.Duration
	// Concurrency is how many calls are under way at once; 4.
	Concurrency int
	// Logger is told of panics and of what was given up, by ids, without what
	// provisioners said; nil is silence.
	Logger *slog.Logger
}

// NewWorker returns a worker. A provisioner is named by the product's
// provisioning_template_id.
func NewWorker(store Store, gate *tenant.Gate, provisioners map[string]Provisioner, o *WorkerOptions) *Worker {
	var options WorkerOptions
	if o != nil {
		options = *o
	}
	preset(&options.Timeout, 30*time.Second)
	preset(&options.Lease, 2*options.Timeout)
	preset(&options.Backoff, time.Second)
	preset(&options.MaxBackoff, time.Minute)
	preset(&options.MaxTries, 8)
	preset(&options.Patience, time.Hour)
	preset(&options.Concurrency, 4)
	options.Lease = max(options.Lease, options.Timeout+options.Timeout/2)
	log := options.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Worker{
		store: store, gate: gate, provisioners: maps.Clone(provisioners), options: options, log: log,
		policy: policy{
			backoff: options.Backoff, maxBackoff: options.MaxBackoff, maxTries: options.MaxTries, jitter: rand.Float64,
		},
	}
}

func preset[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// stepLimit is how much work one step takes on at most.
const stepLimit = 256

// Step does work that is due, and returns how much it took on: 0 says that
// nothing is due now. Immediate does not wait for the time after which
// something is to be tried again. The context needs no scope; when it ends,
// the calls under way are told so, and what came of them is still stored.
//
// A piece of work costs five trips beside its call: claim, read, two writes
// (that of a termination with two further reads) and the release.
func (w *Worker) Step(ctx context.Context, immediate bool) (done int, err error) {
	first, err := w.claim(ctx, immediate, w.options.Concurrency)
	if err != nil {
		return 0, err
	}
	var (
		lanes    sync.WaitGroup
		count    atomic.Int64
		failures = make([]error, len(first))
	)
	for i, claim := range first {
		lanes.Go(func() { failures[i] = w.lane(ctx, immediate, claim, &count) })
	}
	lanes.Wait()
	return int(count.Load()), errors.Join(failures...)
}

// lane works on one claim after the other.
func (w *Worker) lane(ctx context.Context, immediate bool, c Claim, count *atomic.Int64) error {
	for {
		count.Add(1)
		err := w.work(ctx, c)
		if err != nil || ctx.Err() != nil || count.Load() >= stepLimit {
			return err
		}
		more, err := w.claim(ctx, immediate, 1)
		if err != nil || len(more) == 0 {
			return err
		}
		c = more[0]
	}
}

// claim leases work. When the worker is to stop meanwhile, it still hears which,
// so that it can be given back.
func (w *Worker) claim(ctx context.Context, immediate bool, limit int) ([]Claim, error) {
	if err := ctx.Err(); err != nil {
		return nil, &fault.Error{Kind: fault.ErrUnavailable, Err: err}
	}
	ctx, cancel := w.detached(scope.Operator(ctx))
	defer cancel()
	access, err := w.gate.Operator(ctx, "resource.provision")
	if err != nil {
		return nil, err
	}
	claims, err := w.store.Claim(ctx, ClaimRequest{
		Now: access.Now, Lease: w.options.Lease, Limit: limit, Immediate: immediate,
	})
	access.End(&err, entity, "")
	return claims, err
}

// Pending is how long it is until more work can be taken on, 0 where that is
// now, and false where nothing is left: until it is due, an accepted action is
// observed again, or the lease of a worker that died ends. For immediate, what
// is due later counts as due.
func (w *Worker) Pending(ctx context.Context, immediate bool) (wait time.Duration, ok bool, err error) {
	ctx = scope.Operator(ctx)
	access, err := w.gate.Operator(ctx, "resource.provision")
	if err != nil {
		return 0, false, err
	}
	defer access.End(&err, entity, "")
	return w.store.Next(ctx, access.Now, immediate)
}
