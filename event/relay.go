package event

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/clock"
	"github.com/platforma/platforma/scope"
)

// RelayOptions are how a relay works; nil means the defaults. A number that is
// not positive is the default.
type RelayOptions struct {
	// Clock tells the time; nil is the system's.
	Clock func() time.Time
	// Logger is told of failed deliveries, without their data; nil is
	// slog.Default.
	Logger *slog.Logger
	// Lease is how long a dead process's lanes wait before another takes them
	// over; 0 is five seconds.
	Lease time.Duration
	// Attempts is how often an event is tried before it becomes a dead letter; 0
	// is ten. What [Postpone] says of does not count.
	Attempts int
	// Backoff returns how long to wait after a number of failed tries; nil
	// doubles from half a second to five minutes, less up to half at random.
	Backoff func(attempts int) time.Duration
	// Lanes is how many lanes of a subscription are worked on at once; 0 is four.
	// A lane whose handler takes longer than Patience does not count.
	Lanes int
	// Patience is how long a handler may take before its lane's place is another's;
	// 0 is a quarter of a second.
	Patience time.Duration
	// Timeout is how long a handler may take before its context ends and it has
	// failed; 0 is 30 seconds.
	Timeout time.Duration
	// Retention is how long events are kept that every subscription is done with;
	// 0 is for ever. Dead letters keep theirs.
	Retention time.Duration
	// Observe is called after each call of a handler, by whoever called it; nil is
	// nobody. It is for metrics and must be quick.
	Observe func(ctx context.Context, o Observation)
}

// Relay carries events from the outboxes to the subscriptions. Any number of
// processes may run one on the same database; none leads. It is safe for
// concurrent use.
type Relay struct {
	store    Store
	services []string
	clock    clock.Clock
	log      *slog.Logger
	lease    time.Duration
	attempts int
	backoff  func(int) time.Duration
	lanes    int
	timeout  time.Duration
	patience time.Duration
	keep     time.Duration
	observe  func(context.Context, Observation)

	mu        sync.Mutex
	listeners []*listener
}

// The sizes of the relay's steps.
const (
	stampLimit = 1000
	claimLimit = 64
)

// NewRelay returns a relay of some services' events.
func NewRelay(store Store, services []string, o *RelayOptions) *Relay {
	if o == nil {
		o = &RelayOptions{}
	}
	r := &Relay{
		store: store, services: slices.Clone(services), clock: o.Clock, log: o.Logger, lease: o.Lease,
		attempts: o.Attempts, backoff: o.Backoff, lanes: o.Lanes, timeout: o.Timeout, patience: o.Patience,
		keep: o.Retention, observe: o.Observe,
	}
	if r.log == nil {
		r.log = slog.Default()
	}
	if r.lease <= 0 {
		r.lease = 5 * time.Second
	}
	if r.attempts <= 0 {
		r.attempts = 10
	}
	if r.backoff == nil {
		r.backoff = exponential
	}
	if r.lanes <= 0 {
		r.lanes = 4
	}
	if r.patience <= 0 {
		r.patience = time.Second / 4
	}
	if r.timeout <= 0 {
		r.timeout = 30 * time.Second
	}
	return r
}

// exponential doubles from half a second to five minutes, less up to half at
// random, so that many lanes that failed together do not come back together.
func exponential(attempts int) time.Duration {
	wait := min(time.Second/2<<min(attempts-1, 10), 5*time.Minute)
	return wait - rand.N(wait/2+1) //nolint:gosec // spreading load needs no secrecy
}

// Subscribe adds a subscription. A bad one is fault.ErrInvalid; a name that is
// taken is fault.ErrExists.
func (r *Relay) Subscribe(s Subscription) error {
	const operation = "event.subscribe"
	var f fault.Fields
	s.check(&f, r.services)
	if err := f.Err(operation, "subscription", s.Name); err != nil {
		return err
	}
	if len(s.Services) == 0 {
		s.Services = r.services
	}
	s.Services, s.Types = slices.Clone(s.Services), slices.Clone(s.Types)
	l := &listener{Subscription: s, timeout: s.Timeout}
	if l.timeout <= 0 {
		l.timeout = r.timeout
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.named(s.Name) != nil {
		return &fault.Error{Op: operation, Entity: "subscription", ID: s.Name, Kind: fault.ErrExists}
	}
	r.listeners = append(r.listeners, l)
	return nil
}

func (r *Relay) named(name string) *listener {
	for _, l := range r.listeners {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// all are the subscriptions, each of which has been registered.
func (r *Relay) all(ctx context.Context) ([]*listener, error) {
	r.mu.Lock()
	all := slices.Clone(r.listeners)
	r.mu.Unlock()
	for _, l := range all {
		if err := r.register(ctx, l); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// register makes a subscription known, once in a process.
func (r *Relay) register(ctx context.Context, l *listener) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.registered {
		return nil
	}
	err := r.store.Register(ctx, Registration{Subscription: l.Name, Services: l.Services, Latest: l.Latest, At: r.clock.Now()})
	l.registered = err == nil
	return err
}

// Step delivers what is there to deliver and returns how many events are done
// with, delivered or put aside. At once means that an event that failed is
// tried again without waiting. It returns when all that it began has ended.
func (r *Relay) Step(ctx context.Context, atOnce bool) (int, error) {
	ctx = scope.Operator(ctx)
	all, err := r.all(ctx)
	if err != nil {
		return 0, err
	}
	for _, service := range r.services {
		if _, err := r.stamp(ctx, service); err != nil {
			return 0, err
		}
	}
	var steps tally
	for _, l := range all {
		r.step(ctx, l, atOnce, &steps)
	}
	return steps.sum()
}

// step works on the lanes of a subscription that it can claim, and waits for
// them.
func (r *Relay) step(ctx context.Context, l *listener, atOnce bool, steps *tally) {
	var all []*work
	for _, service := range l.Services {
		claimed, err := r.claim(ctx, l, service, claimLimit, atOnce)
		steps.add(0, err)
		all = append(all, claimed...)
	}
	places := newSlots(r.lanes, r.patience)
	var group sync.WaitGroup
	for _, w := range all {
		w.slot = places.take()
		group.Go(func() {
			defer w.slot.leave()
			steps.add(w.deliver(ctx))
		})
	}
	group.Wait()
}

// claim leases lanes of a subscription. When the work is to stop meanwhile, it
// still hears which: they are given back, and do not wait for the end of a lease.
func (r *Relay) claim(ctx context.Context, l *listener, service string, limit int, atOnce bool) ([]*work, error) {
	c := Claim{Subscription: l.Name, Service: service, Lease: r.lease, Limit: limit}
	if !atOnce {
		c.Due = r.clock.Now()
	}
	now := time.Now() //nolint:forbidigo // how long a lane has waited here is no matter of the host's clock
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveTimeout)
	defer cancel()
	lanes, err := r.store.Claim(asking, c)
	if err != nil {
		return nil, err
	}
	claimed := make([]*work, len(lanes))
	for i, lane := range lanes {
		claimed[i] = &work{relay: r, listener: l, lane: lane, claimed: now, atOnce: atOnce}
	}
	return claimed, nil
}

// stamp gives positions to all committed events of a service, and returns to
// how many.
func (r *Relay) stamp(ctx context.Context, service string) (stamped int, err error) {
	for {
		n, err := r.store.Stamp(ctx, Stamping{Service: service, Limit: stampLimit, At: r.clock.Now()})
		stamped += n
		if err != nil || n < stampLimit {
			return stamped, err
		}
	}
}

// Idle says whether every event has been delivered, by whichever process.
func (r *Relay) Idle(ctx context.Context) (bool, error) {
	ctx = scope.Operator(ctx)
	all, err := r.all(ctx)
	if err != nil {
		return false, err
	}
	for _, l := range all {
		for _, service := range l.Services {
			if b, err := r.store.Backlog(ctx, l.Name, service); err != nil || !b.None() {
				return false, err
			}
		}
	}
	return true, nil
}

// Redeliver hands the event of a dead letter to its subscription once more, in
// the scope's tenant, and discards the letter if that succeeds. What cannot be
// a letter is fault.ErrInvalid; one of a subscription that is not there, or that
// does not listen to the service, is fault.ErrNotFound.
func (r *Relay) Redeliver(ctx context.Context, d DeadLetter) error {
	by, err := scope.FromTenant(ctx)
	if err != nil {
		return err
	}
	if err := d.check(r.services); err != nil {
		return err
	}
	r.mu.Lock()
	l := r.named(d.Subscription)
	r.mu.Unlock()
	if l == nil || !slices.Contains(l.Services, d.Service) {
		return &fault.Error{Entity: "subscription", ID: d.Subscription, Kind: fault.ErrNotFound}
	}
	e, err := r.store.Get(ctx, d.Service, d.Event)
	if err != nil {
		return err
	}
	calls := newWatch(ctx, l, r.log, nil)
	calls.begin(&e)
	err = l.call(ctx, by.Tenant, e)
	calls.end()
	if err != nil {
		return err
	}
	return r.store.Discard(ctx, d)
}

// Discard removes a dead letter of the scope's tenant for good. What cannot be
// a letter is fault.ErrInvalid.
func (r *Relay) Discard(ctx context.Context, d DeadLetter) error {
	if err := d.check(r.services); err != nil {
		return err
	}
	return r.store.Discard(ctx, d)
}
