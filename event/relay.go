package event

import (
	"context"
	"errors"
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
	// is ten.
	Attempts int
	// Backoff returns how long to wait after a number of failed attempts; nil
	// doubles from half a second to five minutes, less up to half at random.
	Backoff func(attempts int) time.Duration
	// Lanes is how many lanes are worked on at once; 0 is four.
	Lanes int
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

	mu            sync.Mutex
	subscriptions []Subscription
}

// The sizes of the relay's steps.
const (
	stampLimit = 1000
	claimLimit = 64
	readLimit  = 100
)

// NewRelay returns a relay of some services' events.
func NewRelay(store Store, services []string, o *RelayOptions) *Relay {
	if o == nil {
		o = &RelayOptions{}
	}
	r := &Relay{
		store: store, services: slices.Clone(services), clock: o.Clock, log: o.Logger, lease: o.Lease,
		attempts: o.Attempts, backoff: o.Backoff, lanes: o.Lanes,
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
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.named(s.Name); taken {
		return &fault.Error{Op: operation, Entity: "subscription", ID: s.Name, Kind: fault.ErrExists}
	}
	r.subscriptions = append(r.subscriptions, s)
	return nil
}

func (r *Relay) named(name string) (Subscription, bool) {
	i := slices.IndexFunc(r.subscriptions, func(s Subscription) bool { return s.Name == name })
	if i < 0 {
		return Subscription{}, false
	}
	return r.subscriptions[i], true
}

func (r *Relay) all() []Subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.subscriptions)
}

// Step delivers what is there to deliver and returns how many events are done
// with, delivered or put aside. At once means that an event that failed is
// tried again without waiting. It returns when all that it began has ended.
func (r *Relay) Step(ctx context.Context, atOnce bool) (int, error) {
	ctx = scope.Operator(ctx)
	for _, service := range r.services {
		if err := r.stamp(ctx, service); err != nil {
			return 0, err
		}
	}
	claimed, failed := r.claim(ctx, atOnce)
	n, err := r.deliver(ctx, claimed)
	return n, errors.Join(failed, err)
}

// claim leases lanes of every subscription. Those that it has when a claim
// fails are to be worked on, not held until their leases end.
func (r *Relay) claim(ctx context.Context, atOnce bool) (claimed []work, err error) {
	for _, s := range r.all() {
		for _, service := range s.Services {
			c := Claim{Subscription: s.Name, Service: service, Lease: r.lease, Limit: claimLimit}
			if !atOnce {
				c.Due = r.clock.Now()
			}
			now := time.Now() //nolint:forbidigo // how long a lane has waited here is no matter of the host's clock
			lanes, err := r.store.Claim(ctx, c)
			if err != nil {
				return claimed, err
			}
			for _, lane := range lanes {
				claimed = append(claimed, work{s, lane, now})
			}
		}
	}
	return claimed, nil
}

func (r *Relay) stamp(ctx context.Context, service string) error {
	for {
		n, err := r.store.Stamp(ctx, service, stampLimit)
		if err != nil || n < stampLimit {
			return err
		}
	}
}

// Idle says whether every event has been delivered, by whichever process.
func (r *Relay) Idle(ctx context.Context) (bool, error) {
	ctx = scope.Operator(ctx)
	for _, s := range r.all() {
		for _, service := range s.Services {
			if n, err := r.store.Backlog(ctx, s.Name, service); err != nil || n > 0 {
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
	s, ok := r.named(d.Subscription)
	r.mu.Unlock()
	if !ok || !slices.Contains(s.Services, d.Service) {
		return &fault.Error{Entity: "subscription", ID: d.Subscription, Kind: fault.ErrNotFound}
	}
	e, err := r.store.Get(ctx, d.Service, d.Event)
	if err != nil {
		return err
	}
	if err := s.handle(handling(ctx, s, by.Tenant, e), e); err != nil {
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

// handling is the context that a handler is called in.
func handling(ctx context.Context, s Subscription, tenant scope.TenantID, e Event) context.Context {
	ctx = scope.WithCorrelation(scope.System(ctx, tenant), e.Correlation)
	return scope.WithDelivery(ctx, &scope.Delivery{Subscription: s.Name, Event: string(e.ID)})
}

// lost says that the lane is another process's by now.
func lost(err error) bool { return errors.Is(err, fault.ErrConflict) }
