package platformatest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/tenant"
)

var morning = time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)

// A host's own work, tested: a welcome is sent to each new customer, by a mail
// server that is sometimes away.
func TestAHostsTest(t *testing.T) {
	t.Parallel()
	clock := platformatest.NewClock(morning)
	o := platformatest.Options()
	o.Clock = clock.Now
	o.Relay = &event.RelayOptions{Backoff: func(int) time.Duration { return time.Minute }}
	p := platformatest.New(t, o)
	var away atomic.Bool
	var sent atomic.Int64
	require.NoError(t, p.Events.Subscribe(event.Subscription{
		Name: "welcome", Types: []string{"platforma.customer.created.v1"}, Handle: func(context.Context, event.Event) error {
			if away.Load() {
				return errors.New("the mail server is away")
			}
			sent.Add(1)
			return nil
		},
	}))
	acme := platformatest.Seed(t, p, "acme")
	require.Equal(t, int64(1), sent.Load())

	events := platformatest.Record(t, p, acme.Tenant)
	events.Require()
	ctx := tenant.NewContext(t.Context(), acme.Tenant)
	away.Store(true)
	grace, err := p.Customers.Create(ctx, customer.Draft{Name: "Grace Hopper", Email: "grace@example.com"})
	require.NoError(t, err)
	made := events.Require("platforma.customer.created.v1")
	require.Equal(t, grace, platformatest.Entity[customer.Customer](t, made[0]))
	events.Require()

	step := func() int {
		t.Helper()
		done, err := p.Step(ctx)
		require.NoError(t, err)
		return done
	}
	step()
	require.Zero(t, step(), "it has failed, and waits")
	away.Store(false)
	clock.Advance(59 * time.Second)
	require.Zero(t, step(), "it is not due yet")
	require.Equal(t, int64(1), sent.Load())
	clock.Advance(time.Second)
	require.Equal(t, 1, step())
	require.Equal(t, int64(2), sent.Load())
	require.Equal(t, morning.Add(time.Minute), clock.Now())
}

func TestStepsFollowEachOther(t *testing.T) {
	t.Parallel()
	p := platformatest.New(t, platformatest.Options())
	acme := platformatest.Seed(t, p, "acme")
	ctx := tenant.NewContext(t.Context(), acme.Tenant)
	placed, err := p.Orders.Place(ctx, order.Draft{
		Customer: acme.Customer.ID, Items: []order.ItemDraft{{Product: acme.Product.ID, Quantity: 1, Region: "nyc1"}},
	})
	require.NoError(t, err)
	var seen []order.Status
	for {
		now, err := p.Orders.Get(ctx, placed.ID)
		require.NoError(t, err)
		seen = append(seen, now.Status)
		done, err := p.Step(ctx)
		require.NoError(t, err)
		if done == 0 {
			break
		}
	}
	require.Equal(t, []order.Status{order.StatusProcessing, order.StatusProcessing}, seen[:2], "the steps can be watched")
	require.Equal(t, order.StatusProvisioned, seen[len(seen)-1])
	require.NoError(t, p.Close())
	_, err = p.Step(ctx)
	require.ErrorIs(t, err, platforma.ErrUnavailable)
}

func TestWaitForAnEvent(t *testing.T) {
	t.Parallel()
	p := platformatest.New(t, platformatest.Options())
	acme, other := platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "other")
	events := platformatest.Record(t, p, acme.Tenant)
	stop := platformatest.Run(t, p)
	var placed []order.Order
	for _, s := range []platformatest.Seeded{other, acme, acme} {
		o, err := p.Orders.Place(tenant.NewContext(t.Context(), s.Tenant), order.Draft{
			Customer: s.Customer.ID, Items: []order.ItemDraft{{Product: s.Product.ID, Quantity: 1, Region: "nyc1"}},
		})
		require.NoError(t, err)
		placed = append(placed, o)
	}
	for _, o := range placed[1:] {
		told := events.Wait("platforma.order.provisioned.v1", string(o.ID))
		require.Equal(t, acme.Tenant, told.Tenant)
		require.Equal(t, o.ID, platformatest.Entity[order.Order](t, told).ID)
	}
	require.Equal(t, string(placed[1].ID), events.Wait("platforma.order.placed.v1", "").Subject, "the first")
	stop()
}

// failing is a test that is to fail.
type failing struct {
	testing.TB

	said string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	panic(f)
}

func said(t *testing.T, test func(t testing.TB)) (text string) {
	t.Helper()
	f := &failing{TB: t}
	defer func() {
		require.Same(t, f, recover(), "it has to fail")
		text = f.said
	}()
	test(f)
	return ""
}

func TestWhatIsNotThereFailsTheTest(t *testing.T) {
	t.Parallel()
	p := platformatest.New(t, platformatest.Options())
	acme := platformatest.Seed(t, p, "acme")
	_, err := p.Customers.Create(tenant.NewContext(t.Context(), acme.Tenant), customer.Draft{Name: "Grace", Email: "grace@example.com"})
	require.NoError(t, err)
	for want, test := range map[string]func(t testing.TB, r *platformatest.Recording){
		"and not\n  platforma.customer.created.v1": func(t testing.TB, r *platformatest.Recording) {
			t.Helper()
			r.Require("platforma.customer.created.v1")
		},
		"there was no platforma.customer.created.v1": func(t testing.TB, r *platformatest.Recording) {
			t.Helper()
			r.Wait("platforma.customer.created.v1", "")
		},
		"the entity of x": func(t testing.TB, _ *platformatest.Recording) {
			t.Helper()
			platformatest.Entity[customer.Customer](t, event.Event{Type: "x", Data: []byte("{")})
		},
	} {
		require.Contains(t, said(t, func(t testing.TB) {
			t.Helper()
			r := platformatest.Record(t, p, acme.Tenant)
			r.Patience = time.Millisecond
			test(t, r)
		}), want)
	}
}
