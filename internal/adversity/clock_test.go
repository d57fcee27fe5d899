package adversity_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// pause is how long what has failed waits.
const pause = time.Minute

// TestTheClockJumps sets the clock while an event of one tenant waits to be tried
// again and another's is due: what happens from then on is delivered at once, and
// what waits when the clock has come to its time, or with the next event. Versions
// that were made by clocks that differ come in their order.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{
		"an hour forward": time.Hour, "an hour back": -time.Hour, "a day back": -24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, open func() storage.Driver) {
				d := platformatest.NewClock(time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC))
				o := options()
				o.Clock = d.Now
				db := open()
				before := newPlatform(t, db, o)
				of := newTenants(t, before, 3)
				failing, due, other := of[0], of[1], of[2]
				var j journal
				failures := 0
				relay := event.NewRelay(db.Events(), []string{"customer"}, &event.RelayOptions{
					Clock: d.Now, Logger: slog.New(slog.DiscardHandler), Lease: time.Hour,
					Backoff: func(int) time.Duration { return pause },
				})
				require.NoError(t, relay.Subscribe(event.Subscription{Name: "mirror", Handle: func(_ context.Context, e event.Event) error {
					if e.Tenant == failing && failures == 0 {
						failures++
						return errors.New("not yet")
					}
					j.note(e)
					return nil
				}}))
				step := func() (n int) {
					n, err := relay.Step(t.Context(), false)
					require.NoError(t, err)
					return n
				}
				newCustomers(t, before, failing, 1)
				require.Zero(t, step())
				ada := newCustomers(t, before, due, 1)[0]
				_, err := db.Events().Stamp(across(t), event.Stamping{Service: "customer", Limit: 100, At: d.Now()})
				require.NoError(t, err)

				d.Advance(jump)
				after := newPlatform(t, open(), o) // a process whose ids begin anew
				company := "Analytical Engines"
				newCustomers(t, after, other, 1)
				if jump > 0 {
					require.Equal(t, 3, step(), "what is due, and what waits, is so at once")
				} else {
					require.Equal(t, 1, step(), "what happened since the clock was set")
				}
				_, err = after.Customers.Update(tenant.NewContext(t.Context(), due), ada.ID, customer.Change{Company: &company})
				require.NoError(t, err)
				_, err = before.Customers.Update(tenant.NewContext(t.Context(), due), ada.ID, customer.Change{Name: &company})
				require.NoError(t, err)
				if jump > 0 {
					require.Equal(t, 2, step())
				} else {
					require.Equal(t, 3, step(), "what was due, with the next event")
					d.Advance(pause - time.Microsecond - jump)
					require.Zero(t, step(), "before its time")
					d.Advance(time.Microsecond)
					require.Equal(t, 1, step(), "when it is time again")
				}
				idle, err := relay.Idle(t.Context())
				require.NoError(t, err)
				require.True(t, idle)
				requireInOrder(t, after, &j, of...)
				require.Zero(t, j.again())
				counttest.Logf(t, "5 events, none lost, none twice, 1 failure waited for")
			})
		})
	}
}

// requireInOrder says that all events of tenants came, those of a subject in the
// order of its versions.
func requireInOrder(t *testing.T, p *platforma.Platform, j *journal, tenants ...tenant.ID) {
	t.Helper()
	var all []stored
	for _, of := range tenants {
		versions := map[string]map[int64]event.ID{}
		for e, err := range p.Events.All(tenant.NewContext(t.Context(), of), platforma.EventQuery{Service: "customer"}) {
			require.NoError(t, err)
			require.NotZero(t, e.Position)
			if versions[e.Subject] == nil {
				versions[e.Subject] = map[int64]event.ID{}
			}
			versions[e.Subject][e.Version] = e.ID
		}
		for subject, ids := range versions {
			for version := range int64(len(ids)) {
				all = append(all, stored{subject, ids[version+1]})
			}
		}
	}
	j.compare(t, all)
}
