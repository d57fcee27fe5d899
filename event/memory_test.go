package event_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store of events, whose clock is the test's.
type memory struct {
	mu        sync.Mutex
	tenants   []scope.TenantID
	events    map[scope.TenantID][]event.Event
	unstamped int
	lanes     map[place]*lane // by subscription, service and tenant
	dead      []event.DeadLetter
	known     []event.Registration
	rewound   []event.Rewinding
	trims     []event.Trimming
	trimmed   []event.Trimmed // what trims answer, in turn
	claims    []event.Claim
	calls     map[string]int
	extend    error
	// fail answers a call with an error.
	fail      map[string]error
	committed chan struct{}
}

type lane struct {
	position, epoch int64
	progress        event.Progress
	seen            int64
	due             time.Time
	claims          int
	leased          bool
}

func newMemory(tenants ...scope.TenantID) *memory {
	return &memory{
		tenants: tenants, events: map[scope.TenantID][]event.Event{}, lanes: map[place]*lane{}, calls: map[string]int{},
		fail: map[string]error{}, committed: make(chan struct{}, 1),
	}
}

// add adds events of orders to a tenant.
func (m *memory) add(tenant scope.TenantID, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range n {
		position := int64(len(m.events[tenant]) + 1)
		m.events[tenant] = append(m.events[tenant], event.Event{
			ID: event.ID(fmt.Sprintf("evt_%026d", position)), Service: "order", Tenant: tenant, Position: position,
			Type: event.TypeOf("order", []string{"placed", "started", "failed"}[position%3]), Correlation: fmt.Sprintf("r%d", position),
			Data: []byte(`{"email":"ada@example.com"}`),
		})
	}
}

func (m *memory) enter(ctx context.Context, call string, across bool) error {
	m.calls[call]++
	by, err := scope.From(ctx)
	if err != nil {
		return err
	}
	if across != (by.Kind == scope.KindOperator && by.Tenant == "") {
		return fault.ErrNoScope
	}
	return m.fail[call]
}

// place tells lanes apart.
type place struct {
	subscription, service string
	tenant                scope.TenantID
}

func key(l event.Lane) place { return place{l.Subscription, l.Service, l.Tenant} }

func (m *memory) lane(l event.Lane) *lane {
	if m.lanes[key(l)] == nil {
		m.lanes[key(l)] = &lane{}
	}
	return m.lanes[key(l)]
}

func (m *memory) Register(ctx context.Context, r event.Registration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Register", true); err != nil {
		return err
	}
	m.known = append(m.known, r)
	return nil
}

func (m *memory) Forget(ctx context.Context, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.enter(ctx, "Forget", true)
}

func (m *memory) Rewind(ctx context.Context, r event.Rewinding) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rewound = append(m.rewound, r)
	return m.enter(ctx, "Rewind", true)
}

func (m *memory) Trim(ctx context.Context, t event.Trimming) (trimmed event.Trimmed, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trims = append(m.trims, t)
	if len(m.trimmed) > 0 {
		trimmed, m.trimmed = m.trimmed[0], m.trimmed[1:]
	}
	return trimmed, m.enter(ctx, "Trim", true)
}

func (m *memory) Stamp(ctx context.Context, s event.Stamping) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := min(s.Limit, m.unstamped)
	m.unstamped -= n
	return n, m.enter(ctx, "Stamp", true)
}

func (m *memory) Claim(ctx context.Context, c event.Claim) (claimed []event.Lane, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims = append(m.claims, c)
	for _, tenant := range m.tenants {
		l := event.Lane{Subscription: c.Subscription, Service: c.Service, Tenant: tenant}
		at := m.lane(l)
		if at.leased || c.Service != "order" || int(at.position) == len(m.events[tenant]) || !c.Due.IsZero() && at.due.After(c.Due) {
			continue
		}
		at.leased = true
		at.epoch++
		at.claims++
		l.Position, l.Head, l.Epoch = at.position, int64(len(m.events[tenant])), at.epoch
		l.Progress, l.Claims = at.progress, at.claims
		claimed = append(claimed, l)
	}
	return claimed, m.enter(ctx, "Claim", true)
}

func (m *memory) Read(ctx context.Context, l event.Lane, after int64, limit int) ([]event.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Read", true); err != nil {
		return nil, err
	}
	if err := m.fail["Read "+string(l.Tenant)]; err != nil {
		return nil, err
	}
	rest := m.events[l.Tenant]
	for len(rest) > 0 && rest[0].Position <= after {
		rest = rest[1:]
	}
	return slices.Clone(rest[:min(limit, len(rest))]), ctx.Err()
}

func (m *memory) Move(ctx context.Context, l event.Lane, to event.Movement) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Move", true); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	at := m.lane(l)
	if at.epoch != l.Epoch || !at.leased {
		return &fault.Error{Kind: fault.ErrConflict}
	}
	*at = lane{position: to.Position, epoch: at.epoch, progress: to.Progress, seen: to.Seen, due: to.Due}
	if int64(len(m.events[l.Tenant])) > to.Seen {
		at.due = to.At
	}
	m.dead = append(m.dead, to.Dead...)
	return nil
}

func (m *memory) Extend(ctx context.Context, _ event.Lane, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Extend", true); err != nil {
		return err
	}
	return m.extend
}

func (m *memory) Backlog(ctx context.Context, subscription, service string) (b event.Backlog, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, tenant := range m.tenants {
		at := m.lane(event.Lane{Subscription: subscription, Service: service, Tenant: tenant})
		if service == "order" && int(at.position) < len(m.events[tenant]) {
			b.Lanes++
			b.Events += int64(len(m.events[tenant])) - at.position
		}
	}
	return b, m.enter(ctx, "Backlog", true)
}

func (m *memory) Get(ctx context.Context, service string, id event.ID) (event.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Get", false); err != nil {
		return event.Event{}, err
	}
	by, _ := scope.From(ctx)
	for _, e := range m.events[by.Tenant] {
		if e.Service == service && e.ID == id {
			return e, nil
		}
	}
	return event.Event{}, fault.ErrNotFound
}

func (m *memory) Discard(ctx context.Context, d event.DeadLetter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.enter(ctx, "Discard", false); err != nil {
		return err
	}
	i := slices.IndexFunc(m.dead, func(other event.DeadLetter) bool { return other.Key() == d.Key() })
	if i < 0 {
		return fault.ErrNotFound
	}
	m.dead = slices.Delete(m.dead, i, i+1)
	return nil
}

func (m *memory) List(context.Context, string, page.Window) ([]event.Event, error) { return nil, nil }

func (m *memory) DeadLetters(context.Context, page.Window) ([]event.DeadLetter, error) {
	return nil, nil
}

func (m *memory) Committed() <-chan struct{} { return m.committed }

// at is where the subscription "s" is in a tenant.
func (m *memory) at(tenant scope.TenantID) lane {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := *m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: tenant})
	l.epoch, l.due, l.seen = 0, time.Time{}, 0
	return l
}

// due is when the lane of the subscription "s" in a tenant is due.
func (m *memory) due(tenant scope.TenantID) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lane(event.Lane{Subscription: "s", Service: "order", Tenant: tenant}).due
}

// failing is the progress of a lane whose event has failed.
func failing(position int64, attempts int, retry time.Time) event.Progress {
	return event.Progress{Failing: []event.Failing{{Position: position, Attempts: attempts, Retry: retry}}}
}

// dial is a clock that a test turns.
type dial struct {
	mu  sync.Mutex
	now time.Time
}

func newDial() *dial { return &dial{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (d *dial) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *dial) turn(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// log is what handlers were called with.
type log struct {
	mu  sync.Mutex
	all map[scope.TenantID][]int64
}

func (l *log) note(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[scope.TenantID][]int64{}
	}
	l.all[e.Tenant] = append(l.all[e.Tenant], e.Position)
}

func (l *log) of(tenant scope.TenantID) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all[tenant])
}

// relay is a relay with the subscription "s" to the service "order".
func relay(t testing.TB, m *memory, o event.RelayOptions, handle event.Handler) *event.Relay {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := event.NewRelay(m, []string{"order"}, &o)
	require.NoError(t, r.Subscribe(event.Subscription{Name: "s", Handle: handle}))
	return r
}

// step is a step that must not fail.
func step(t testing.TB, r *event.Relay, atOnce bool) int {
	t.Helper()
	n, err := r.Step(t.Context(), atOnce)
	require.NoError(t, err)
	return n
}

// upTo is 1, 2, …, n.
func upTo(n int64) (all []int64) {
	for i := range n {
		all = append(all, i+1)
	}
	return all
}
