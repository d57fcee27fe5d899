package platforma_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// BenchmarkHear is what an event costs that a tenant has no endpoint for, and
// what it costs with some.
func BenchmarkHear(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) storage.Driver{
		"sqlite": func(b *testing.B) storage.Driver {
			b.Helper()
			db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "cloud.db"), nil)
			require.NoError(b, err)
			return db
		},
		"postgres": func(b *testing.B) storage.Driver { b.Helper(); return postgrestest.Open(b) },
	} {
		b.Run(name, func(b *testing.B) {
			p, err := platforma.New(open(b), platformatest.Options())
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, p.Close()) })
			made, err := p.Tenants.Create(tenant.AsOperator(b.Context()), tenant.Draft{Name: "acme", Slug: "acme"})
			require.NoError(b, err)
			hear := func(b *testing.B) {
				b.Helper()
				ctx := scope.System(b.Context(), made.ID)
				e := event.Event{
					ID: "evt_00000000000000000000000000", Service: "order", Tenant: made.ID, Type: event.TypeOf("order", "placed"),
					Time: time.Now().Add(time.Hour), Data: json.RawMessage(`{"version":1}`),
				}
				for b.Loop() {
					require.NoError(b, p.Webhooks.Hear(ctx, e))
				}
			}
			b.Run("no endpoint", hear)
			for range 3 {
				_, err := p.Webhooks.Create(tenant.NewContext(b.Context(), made.ID), webhook.Draft{URL: "https://example.com"})
				require.NoError(b, err)
			}
			b.Run("three endpoints", hear)
		})
	}
}
