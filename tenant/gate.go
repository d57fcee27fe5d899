package tenant

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/clock"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/scope"
)

// GateOptions are how a gate is made; nil means the defaults.
type GateOptions struct {
	// Clock tells the time; nil is the system's.
	Clock func() time.Time
	// Entropy makes ids unguessable; nil is seeded by the operating system.
	Entropy rand.Source
	// TTL is how long another process's change of a tenant's status, settings
	// or permissions may go unseen; 0 is two seconds.
	TTL time.Duration
	// Permissions are the operations of all services.
	Permissions []Permission
}

// Gate stands in front of every service's operations: it reads the scope, and
// asks whether the tenant's status and the user's permissions allow what is to
// be done. It knows them from a small cache, which a change in this process
// empties at once. It is safe for concurrent use.
type Gate struct {
	store    Store
	clock    clock.Clock
	ids      *id.Source
	ttl      time.Duration
	registry Registry

	mu      sync.Mutex
	cache   map[ID]map[UserID]remembered
	entries int
	// drops counts the emptyings, so that an answer that was under way while
	// the cache was emptied is not remembered.
	drops uint64
}

type remembered struct {
	standing Standing
	until    time.Time
}

// maxRemembered bounds the cache; a full one is emptied.
const maxRemembered = 10_000

// NewGate returns a gate that asks a store.
func NewGate(store Store, o *GateOptions) *Gate {
	if o == nil {
		o = &GateOptions{}
	}
	ttl := o.TTL
	if ttl == 0 {
		ttl = 2 * time.Second
	}
	registry := slices.Clone(o.Permissions)
	slices.Sort(registry)
	return &Gate{
		store: store, clock: o.Clock, ids: id.NewSource(o.Clock, o.Entropy), ttl: ttl,
		registry: slices.Compact(registry), cache: map[ID]map[UserID]remembered{},
	}
}

// Read admits an operation that changes nothing. It fails with
// [fault.ErrNoScope] without a tenant's scope, [fault.ErrNotFound] for an
// unknown tenant, [fault.ErrSuspended] for an archived one unless the operator
// asks, [fault.ErrForbidden] for a user who is not active or lacks the
// permission.
func (g *Gate) Read(ctx context.Context, operation Permission) (Access, error) {
	return g.enter(ctx, operation, false)
}

// Write admits an operation that changes something. Besides what [Gate.Read]
// says, it fails with [fault.ErrSuspended] unless the tenant is active or the
// scope is the system's.
func (g *Gate) Write(ctx context.Context, operation Permission) (Access, error) {
	return g.enter(ctx, operation, true)
}

// Operator admits an operation that only the operator may do; it fails with
// [fault.ErrForbidden] in another scope.
func (g *Gate) Operator(ctx context.Context, operation Permission) (Access, error) {
	s, err := scope.From(ctx)
	if err != nil {
		return Access{}, fault.At(err, string(operation), "", "")
	}
	if err := checkSaid(s); err != nil {
		return Access{}, fault.At(err, string(operation), "", "")
	}
	if s.Kind != scope.KindOperator {
		return Access{}, &fault.Error{
			Op: string(operation), Kind: fault.ErrForbidden, Err: errors.New("only the operator may do this"),
		}
	}
	return g.access(s, operation, Settings{}), nil
}

func (g *Gate) enter(ctx context.Context, operation Permission, write bool) (Access, error) {
	s, err := scope.FromTenant(ctx)
	if err != nil {
		return Access{}, fault.At(err, string(operation), "", "")
	}
	if err := checkSaid(s); err != nil {
		return Access{}, fault.At(err, string(operation), "", "")
	}
	standing, err := g.standing(ctx, s)
	if err != nil {
		return Access{}, fault.At(err, string(operation), "tenant", string(s.Tenant))
	}
	if err := standing.admits(s, operation, write); err != nil {
		return Access{}, fault.At(err, string(operation), "", "")
	}
	return g.access(s, operation, standing.Settings), nil
}

// maxSaid is how long what a scope says of itself may be, in characters.
const maxSaid = 512

// checkSaid checks what a scope says of itself: all of it is recorded.
func checkSaid(s scope.Scope) error {
	var f fault.Fields
	check.Text(&f, "actor", s.Actor, maxSaid)
	check.Text(&f, "reason", s.Reason, maxSaid)
	check.Text(&f, "correlation", s.Correlation, maxSaid)
	return f.Err("", "scope", "")
}

func (g *Gate) access(s scope.Scope, operation Permission, settings Settings) Access {
	return Access{Scope: s, Settings: settings, Now: g.clock.Now(), operation: operation, gate: g}
}

// admits holds the rules of the gate. The user's come first: who may not ask
// is not told how the tenant stands, nor, by a repeated command that a suspended
// tenant answers from its receipt, what it made.
func (s Standing) admits(by scope.Scope, operation Permission, write bool) error {
	if by.User != "" {
		if s.UserStatus != UserActive {
			return &fault.Error{Kind: fault.ErrForbidden, Err: errors.New("the user is not active in this tenant")}
		}
		if !slices.ContainsFunc(s.Permissions, func(p Permission) bool { return p.Allows(operation) }) {
			return &fault.Error{Kind: fault.ErrForbidden, Err: errors.New("the user lacks the permission " + string(operation))}
		}
	}
	switch {
	case by.Kind == scope.KindSystem:
		return nil
	case s.Status == Archived && (write || by.Kind != scope.KindOperator):
		return &fault.Error{Kind: fault.ErrSuspended, Err: errors.New("the tenant is archived")}
	case s.Status != Active && write:
		return &fault.Error{Kind: fault.ErrSuspended, Err: errors.New("the tenant is suspended and can only read")}
	}
	return nil
}

func (g *Gate) standing(ctx context.Context, s scope.Scope) (Standing, error) {
	user := UserID(s.User)
	now := g.clock.Now()
	g.mu.Lock()
	kept, ok := g.cache[s.Tenant][user]
	drops := g.drops
	g.mu.Unlock()
	// A clock that was set back must not make what is remembered last longer.
	if left := kept.until.Sub(now); ok && left > 0 && left <= g.ttl {
		return kept.standing, nil
	}
	standing, err := g.store.Standing(ctx, user)
	if err != nil {
		return Standing{}, err
	}
	g.remember(s.Tenant, user, remembered{standing, now.Add(g.ttl)}, drops)
	return standing, nil
}

func (g *Gate) remember(tenant ID, user UserID, r remembered, drops uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.drops != drops {
		return
	}
	if g.entries >= maxRemembered {
		g.cache, g.entries = map[ID]map[UserID]remembered{}, 0
	}
	users := g.cache[tenant]
	if users == nil {
		users = map[UserID]remembered{}
		g.cache[tenant] = users
	}
	if _, known := users[user]; !known {
		g.entries++
	}
	users[user] = r
}

// Forget empties the cache of what it knows about a tenant. The tenant service
// calls it after a change in this process; changes of others are seen after the
// time to live.
func (g *Gate) Forget(tenant ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.entries -= len(g.cache[tenant])
	delete(g.cache, tenant)
	g.drops++
}
