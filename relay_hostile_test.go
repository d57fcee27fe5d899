package platforma_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/memory"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// onBothTwice runs a test with what opens one database as often as there are
// processes, on each database. Who opens it closes it.
func onBothTwice(t *testing.T, test func(t *testing.T, open func() storage.Driver)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "cloud.db")
		test(t, func() storage.Driver {
			db, err := sqlite.Open(context.Background(), path, nil)
			require.NoError(t, err)
			return db
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database := postgrestest.New(t)
		test(t, func() storage.Driver { return postgrestest.OpenAt(t, database, nil) })
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		db := memory.New() // closing it ends nothing
		test(t, func() storage.Driver { return db })
	})
}

// newPlatform is a platform that is closed at the test's end.
func newPlatform(t *testing.T, db storage.Driver, o *platforma.Options) *platforma.Platform {
	t.Helper()
	p, err := platforma.New(db, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// newTenants makes tenants of so many customers each.
func newTenants(t *testing.T, p *platforma.Platform, tenants, customers int) []tenant.ID {
	t.Helper()
	var ids []tenant.ID
	for i := range tenants {
		made, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: fmt.Sprintf("tenant %d", i)})
		require.NoError(t, err)
		ids = append(ids, made.ID)
		for k := range customers {
			_, err := p.Customers.Create(tenant.NewContext(t.Context(), made.ID), customer.Draft{
				Name: "Ada", Email: fmt.Sprintf("ada%d@example.com", k),
			})
			require.NoError(t, err)
		}
	}
	return ids
}

// TestAFailureOfAnyTextIsPutAside has a handler fail with a text that
// PostgreSQL cannot keep: the lane must go on all the same.
func TestAFailureOfAnyTextIsPutAside(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		var seen int
		require.NoError(t, p.Events.Subscribe(event.Subscription{
			Name: "mirror", Services: []string{"customer"},
			Handle: func(context.Context, event.Event) error {
				seen++
				return errors.New("answer: \x00\xff" + strings.Repeat("€", 5_000))
			},
		}))
		acme := newTenants(t, p, 1, 2)[0]
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, p.Settle(ctx))
		letters, err := p.Events.DeadLetters(tenant.NewContext(ctx, acme), page.Request{})
		require.NoError(t, err)
		require.Len(t, letters.Items, 2)
		for _, letter := range letters.Items {
			require.Contains(t, letter.Failure, "answer: ")
			require.Less(t, len(letter.Failure), 10_000)
		}
		require.Equal(t, 20, seen)
	})
}

// TestNoTenantStarves has more lanes with work than are claimed at once: none
// is served a second time before the others were.
func TestNoTenantStarves(t *testing.T) {
	t.Parallel()
	onBothTwice(t, func(t *testing.T, open func() storage.Driver) {
		db := open()
		p := newPlatform(t, db, platformatest.Options())
		newTenants(t, p, 3, 3)
		ctx := scope.Operator(t.Context())
		require.NoError(t, db.Events().Register(ctx, event.Registration{Subscription: "mirror", Services: []string{"customer"}}))
		served := map[scope.TenantID]int{}
		for range 6 {
			_, err := db.Events().Stamp(ctx, event.Stamping{Service: "customer", Limit: 100})
			require.NoError(t, err)
			lanes, err := db.Events().Claim(ctx, event.Claim{
				Subscription: "mirror", Service: "customer", Lease: time.Minute, Limit: 1, Due: time.Now(),
			})
			require.NoError(t, err)
			require.Len(t, lanes, 1)
			served[lanes[0].Tenant]++
			require.NoError(t, db.Events().Move(ctx, lanes[0], event.Movement{Position: lanes[0].Position + 1}))
		}
		require.Len(t, served, 3)
		for _, times := range served {
			require.Equal(t, 2, times)
		}
	})
}

// TestRedeliverRefusesWhatIsNoLetter hands in letters that nobody wrote.
func TestRedeliverRefusesWhatIsNoLetter(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *platforma.Platform) {
		require.NoError(t, p.Events.Subscribe(event.Subscription{
			Name: "mirror", Services: []string{"customer"}, Handle: func(context.Context, event.Event) error { return nil },
		}))
		acme := tenant.NewContext(t.Context(), newTenants(t, p, 1, 0)[0])
		for _, letter := range []event.DeadLetter{
			{Subscription: "mirror", Event: "evt_00000000000000000000000000"},
			{Subscription: "mirror", Service: "nowhere", Event: "evt_00000000000000000000000000"},
			{Subscription: "mirror", Service: "order", Event: "evt_00000000000000000000000000"},
			{Subscription: "mirror", Service: "customer", Event: "\x00"},
			{Subscription: "mirror", Service: "customer", Event: "evt_00000000000000000000000000"},
			{Subscription: "\xff", Service: "customer", Event: "evt_00000000000000000000000000"},
		} {
			err := p.Events.Redeliver(acme, letter)
			require.NotErrorIs(t, err, platforma.ErrUnavailable, "%q", letter)
			require.Error(t, err)
			err = p.Events.Discard(acme, letter)
			require.NotErrorIs(t, err, platforma.ErrUnavailable, "%q", letter)
			require.Error(t, err)
		}
	})
}

// TestARelayOfBadNumbersHasItsDefaults gives options that make no sense.
func TestARelayOfBadNumbersHasItsDefaults(t *testing.T) {
	t.Parallel()
	o := platformatest.Options()
	o.Poll = -time.Second
	o.Relay = &event.RelayOptions{Lease: -time.Second, Attempts: -1, Lanes: -1}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), nil)
	require.NoError(t, err)
	p := newPlatform(t, db, o)
	newTenants(t, p, 1, 1)
	require.NoError(t, p.Settle(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.NoError(t, p.Run(ctx))
}
