package adversity_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// patient is a handler that each tenant finds in another condition.
type patient struct {
	journal

	poison, panics, hangs, well tenant.ID
	// bad is the subject that a tenant's handler does not get over.
	bad      map[tenant.ID]string
	hanging  chan struct{}
	released chan struct{}

	mu     sync.Mutex
	cured  bool
	calls  map[tenant.ID]int
	handed map[tenant.ID]int
}

func (p *patient) handle(_ context.Context, e event.Event) error {
	p.mu.Lock()
	p.calls[e.Tenant]++
	bad := p.bad[e.Tenant] == e.Subject && !p.cured
	p.mu.Unlock()
	switch {
	case bad && e.Tenant == p.poison:
		return errors.New("it is poison")
	case bad && e.Tenant == p.panics:
		panic("it is more than that")
	case bad && e.Tenant == p.hangs:
		close(p.hanging)
		<-p.released // whatever becomes of the context
	}
	p.note(e)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handed[e.Tenant]++
	return nil
}

// has says whether so many events of a tenant were handled.
func (p *patient) has(of tenant.ID, events int) func() bool {
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.handed[of] == events
	}
}

// TestBadHandlersHarmThemselvesAlone has one tenant's event always fail, another's
// make the handler panic, and a third's make it hang and not heed its context: what
// else there is of these is delivered, and a fourth notices nothing.
func TestBadHandlersHarmThemselvesAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, open func() storage.Driver) {
		const customers = 5
		o := options()
		o.Poll = 10 * time.Millisecond
		o.Relay.Lanes, o.Relay.Patience, o.Relay.Timeout = 1, 10*time.Millisecond, 50*time.Millisecond
		p := newPlatform(t, open(), o)
		of := newTenants(t, p, 4)
		h := &patient{
			poison: of[0], panics: of[1], hangs: of[2], well: of[3], bad: map[tenant.ID]string{},
			hanging: make(chan struct{}), released: make(chan struct{}), calls: map[tenant.ID]int{}, handed: map[tenant.ID]int{},
		}
		for _, id := range of {
			h.bad[id] = string(newCustomers(t, p, id, customers)[2].ID)
		}
		require.NoError(t, p.Events.Subscribe(event.Subscription{Name: "mirror", Services: []string{"customer"}, Handle: h.handle}))
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = p.Run(ctx) }) // which says what it has to say to nobody
		release := sync.OnceFunc(func() { close(h.released) })
		t.Cleanup(func() { release(); stop(); run.Wait() })

		<-h.hanging
		eventually(t, h.has(h.well, customers))
		eventually(t, h.has(h.poison, customers-1))
		eventually(t, h.has(h.panics, customers-1))
		for i, id := range []tenant.ID{h.well, h.poison, h.panics} {
			_, err := p.Customers.Create(tenant.NewContext(t.Context(), id), customer.Draft{Name: "Grace", Email: "grace@example.com"})
			require.NoError(t, err)
			eventually(t, h.has(id, []int{customers + 1, customers, customers}[i]))
		}
		require.True(t, h.has(h.hangs, 2)(), "those before it, while it hangs")

		release()
		eventually(t, h.has(h.hangs, customers))
		letters := cure(t, p, h)
		var all []stored
		for _, id := range of {
			for e, err := range p.Events.All(tenant.NewContext(t.Context(), id), platforma.EventQuery{Service: "customer"}) {
				require.NoError(t, err)
				all = append(all, stored{e.Subject, e.ID})
			}
		}
		h.compare(t, all)
		require.Zero(t, h.again())
		counttest.Logf(t, "%d events, %d dead letters handed out again; calls: %d of poison, %d of panics, %d that hang, %d that are well",
			len(all), letters, h.calls[h.poison], h.calls[h.panics], h.calls[h.hangs], h.calls[h.well])
		require.Equal(t, customers+1, h.calls[h.well])
		require.Equal(t, customers, h.calls[h.hangs], "nobody calls it again while it hangs")
	})
}

// cure has the handler get over everything, and hands it its dead letters again.
func cure(t *testing.T, p *platforma.Platform, h *patient) (letters int) {
	t.Helper()
	h.mu.Lock()
	h.cured = true
	h.mu.Unlock()
	for _, id := range []tenant.ID{h.poison, h.panics} {
		ctx := tenant.NewContext(t.Context(), id)
		found, err := p.Events.DeadLetters(ctx, page())
		require.NoError(t, err)
		require.Len(t, found.Items, 1)
		require.Equal(t, 10, found.Items[0].Attempts)
		require.NoError(t, p.Events.Redeliver(ctx, found.Items[0]))
		found, err = p.Events.DeadLetters(ctx, page())
		require.NoError(t, err)
		require.Empty(t, found.Items)
		letters++
	}
	return letters
}
