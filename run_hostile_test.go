package platforma_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// counting is a back end that counts what it made.
type counting struct {
	mu   sync.Mutex
	made map[string]int
}

func (c *counting) Apply(ctx context.Context, r resource.Request) (resource.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Action == resource.ActionCreate {
		c.made[string(r.Desired.ID)]++
	}
	return resource.Outcome{Result: resource.Done, ExternalID: "vm-" + string(r.Desired.ID)}, ctx.Err()
}

func (c *counting) Observe(_ context.Context, r resource.Request) (resource.Observation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[string(r.Desired.ID)] == 0 {
		return resource.Observation{}, nil
	}
	return resource.Observation{Exists: true, Status: resource.StatusRunning, ExternalID: "vm-" + string(r.Desired.ID)}, nil
}

// TestTwoProcessesShareTheWork runs two platforms on one database, and settles
// on one of them, while orders come in on both: each unit is made once, and a
// subscription sees each version of each order at least once and in order.
func TestTwoProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		back := &counting{made: map[string]int{}}
		var mu sync.Mutex
		versions := map[string]int64{}
		missed := 0
		var processes []*platforma.Platform
		for range 2 {
			o := platformatest.Options()
			o.Provisioners[platformatest.Template] = back
			o.Poll = 20 * time.Millisecond
			p := newPlatform(t, open(), o)
			require.NoError(t, p.Events.Subscribe(event.Subscription{
				Name: "mirror", Services: []string{"order", "resource"},
				Handle: func(_ context.Context, e event.Event) error {
					mu.Lock()
					defer mu.Unlock()
					if e.Version > versions[e.Subject]+1 {
						missed++
					}
					versions[e.Subject] = max(versions[e.Subject], e.Version)
					return nil
				},
			}))
			processes = append(processes, p)
		}
		acme := platformatest.Seed(t, processes[0], "acme")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		running, stop := context.WithCancel(t.Context())
		var runs, placers sync.WaitGroup
		for _, p := range processes {
			runs.Go(func() { require.NoError(t, p.Run(running)) })
			placers.Go(func() {
				for range 4 {
					_, err := p.Orders.Place(ctx, order.Draft{
						Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 2, Region: "nyc1"}},
					})
					if err != nil {
						t.Errorf("an order: %v", err)
					}
				}
			})
		}
		placers.Wait()
		require.NoError(t, processes[1].Settle(ctx))
		stop()
		runs.Wait()
		orders := 0
		for o, err := range processes[0].Orders.All(ctx, order.Query{}) {
			require.NoError(t, err)
			require.Equal(t, order.StatusProvisioned, o.Status, o.Failure)
			require.Equal(t, o.Version, versions[string(o.ID)], "all of an order's versions were seen")
			orders++
		}
		require.Equal(t, 9, orders)
		require.Zero(t, missed, "events that came before those before them")
		require.Len(t, back.made, 19)
		for id, times := range back.made {
			require.Equal(t, 1, times, id)
		}
	})
}

// TestCloseEndsWhatIsUnderWay closes a platform under Run and Settle, and runs
// it again: nothing works on a closed database.
func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		for range 5 {
			o := platformatest.Options()
			entered := make(chan struct{}, 1)
			var late atomic.Bool
			p, err := platforma.New(open(), o)
			require.NoError(t, err)
			require.NoError(t, p.Events.Subscribe(event.Subscription{
				Name: "slow", Services: []string{"tenant"},
				Handle: func(ctx context.Context, _ event.Event) error {
					select {
					case entered <- struct{}{}:
					default:
					}
					<-ctx.Done()
					time.Sleep(10 * time.Millisecond)
					late.Store(true)
					return ctx.Err()
				},
			}))
			newTenants(t, p, 1, 0)
			var group sync.WaitGroup
			group.Go(func() { require.ErrorIs(t, p.Settle(t.Context()), platforma.ErrUnavailable) })
			<-entered
			for range 4 {
				group.Go(func() { require.NoError(t, p.Run(t.Context())) })
			}
			require.NoError(t, p.Close())
			require.True(t, late.Load(), "Close waits for the handler")
			require.NoError(t, p.Run(t.Context()))
			require.ErrorIs(t, p.Settle(t.Context()), platforma.ErrUnavailable)
			group.Wait()
		}
	})
}

// TestOneKeyIsOneOrder has many callers in two processes place one order.
func TestOneKeyIsOneOrder(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		a, b := newPlatform(t, open(), platformatest.Options()), newPlatform(t, open(), platformatest.Options())
		acme := platformatest.Seed(t, a, "acme")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		var group sync.WaitGroup
		var mu sync.Mutex
		got := map[order.ID]int{}
		for i := range 32 {
			group.Go(func() {
				p := a
				if i%2 == 1 {
					p = b
				}
				o, err := p.Orders.Place(ctx, order.Draft{
					Customer: acme.Customer.ID, Key: "cart-2",
					Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
				})
				if err != nil {
					t.Errorf("a caller: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				got[o.ID]++
			})
		}
		group.Wait()
		require.Len(t, got, 1)
		n := 0
		for _, err := range a.Orders.All(ctx, order.Query{}) {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, 2, n)
	})
}

// TestNoUpdateIsLost has many writers count on one customer, and many more
// take one address.
func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		a, b := newPlatform(t, open(), platformatest.Options()), newPlatform(t, open(), platformatest.Options())
		ctx := tenant.NewContext(t.Context(), newTenants(t, a, 1, 1)[0])
		ada, err := a.Customers.ByEmail(ctx, "ada0@example.com")
		require.NoError(t, err)
		var group sync.WaitGroup
		var stored, made atomic.Int64
		for i := range 16 {
			p := []*platforma.Platform{a, b}[i%2]
			group.Go(func() {
				name := fmt.Sprintf("Ada %d", i)
				if _, err := p.Customers.Update(ctx, ada.ID, customer.Change{Name: &name}); err != nil {
					require.ErrorIs(t, err, platforma.ErrConflict)
					return
				}
				stored.Add(1)
			})
			group.Go(func() {
				if _, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace", Email: "Grace@example.com"}); err != nil {
					require.ErrorIs(t, err, platforma.ErrExists)
					require.ErrorContains(t, err, "email is taken")
					return
				}
				made.Add(1)
			})
		}
		group.Wait()
		require.Equal(t, int64(1), made.Load())
		ada, err = a.Customers.Get(ctx, ada.ID)
		require.NoError(t, err)
		require.Equal(t, stored.Load()+1, ada.Version)
		require.NoError(t, a.Settle(ctx))
		events := int64(0)
		for e, err := range a.Events.All(ctx, platforma.EventQuery{Service: "customer"}) {
			require.NoError(t, err)
			require.NotZero(t, e.Position)
			if e.Subject == string(ada.ID) {
				events++
			}
		}
		require.Equal(t, ada.Version, events)
	})
}

// TestCancelledCallersLeaveNothingOpen has callers give up at any moment: what
// was not answered is stored as a whole or not at all, and those after them
// find a database that works.
func TestCancelledCallersLeaveNothingOpen(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		p := newPlatform(t, open(), platformatest.Options())
		ctx := tenant.NewContext(t.Context(), newTenants(t, p, 1, 1)[0])
		var group sync.WaitGroup
		for w := range 4 {
			group.Go(func() {
				for i := range 50 {
					hurried, cancel := context.WithTimeout(ctx, time.Duration(i*40)*time.Microsecond)
					_, err := p.Customers.Create(hurried, customer.Draft{Name: "Grace", Email: fmt.Sprintf("g%d-%d@example.com", w, i)})
					if err != nil {
						require.ErrorIs(t, err, context.DeadlineExceeded)
						require.ErrorIs(t, err, platforma.ErrUnavailable)
					}
					_, err = p.Customers.List(hurried, customer.Query{Name: "gra"})
					if err != nil {
						require.ErrorIs(t, err, context.DeadlineExceeded)
					}
					cancel()
				}
			})
		}
		group.Wait()
		require.NoError(t, p.Settle(ctx))
		customers, events := 0, 0
		for _, err := range p.Customers.All(ctx, customer.Query{}) {
			require.NoError(t, err)
			customers++
		}
		for e, err := range p.Events.All(ctx, platforma.EventQuery{Service: "customer"}) {
			require.NoError(t, err)
			require.NotZero(t, e.Position)
			events++
		}
		require.Equal(t, customers, events)
	})
}

// slow is a back end that takes its time.
type slow struct{ entered, release chan struct{} }

func (s slow) Apply(context.Context, resource.Request) (resource.Outcome, error) {
	select {
	case s.entered <- struct{}{}:
	default:
	}
	<-s.release
	return resource.Outcome{Result: resource.Done}, nil
}

func (slow) Observe(context.Context, resource.Request) (resource.Observation, error) {
	return resource.Observation{}, nil
}

// TestSettleSeesWhatOthersFinish settles while Run holds work under a lease of
// a minute: Settle ends soon after the work, not after the lease.
func TestSettleSeesWhatOthersFinish(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		back := slow{make(chan struct{}, 1), make(chan struct{})}
		o := platformatest.Options()
		p := newPlatform(t, open(), o)
		acme := platformatest.Seed(t, p, "acme")
		ctx := tenant.NewContext(t.Context(), acme.Tenant)
		o.Provisioners[platformatest.Template] = back
		o.Poll = 10 * time.Millisecond
		other := newPlatform(t, open(), o)
		_, err := p.Orders.Place(ctx, order.Draft{
			Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
		})
		require.NoError(t, err)
		running, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { require.NoError(t, other.Run(running)) })
		<-back.entered
		ended := make(chan error, 1)
		group.Go(func() { ended <- p.Settle(ctx) })
		time.Sleep(500 * time.Millisecond)
		close(back.release)
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(20 * time.Second):
			t.Error("Settle waits out the lease of what is done")
		}
		stop()
		group.Wait()
	})
}
