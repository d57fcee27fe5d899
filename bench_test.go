package platforma_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// benchmark runs an operation of a tenant on each database, by several callers
// at once.
func benchmark(b *testing.B, operation func(p *platforma.Platform, s platformatest.Seeded) func() error) {
	b.Helper()
	for name, open := range map[string]func(b testing.TB) storage.Driver{
		"sqlite": func(b testing.TB) storage.Driver {
			b.Helper()
			db, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "cloud.db"), nil)
			if err != nil {
				b.Fatal(err)
			}
			return db
		},
		"postgres": postgrestest.Open,
	} {
		b.Run(name, func(b *testing.B) {
			p, err := platforma.New(open(b), platformatest.Options())
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = p.Close() })
			run := operation(p, platformatest.Seed(b, p, "acme"))
			b.SetParallelism(4)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := run(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func BenchmarkGetOrder(b *testing.B) {
	benchmark(b, func(p *platforma.Platform, s platformatest.Seeded) func() error {
		ctx := tenant.NewContext(b.Context(), s.Tenant)
		return func() error { _, err := p.Orders.Get(ctx, s.Order.ID); return err }
	})
}

func BenchmarkPlaceOrder(b *testing.B) {
	benchmark(b, func(p *platforma.Platform, s platformatest.Seeded) func() error {
		ctx := tenant.NewContext(b.Context(), s.Tenant)
		return func() error {
			_, err := p.Orders.Place(ctx, order.Draft{
				Customer: s.Customer.ID, Items: []order.ItemDraft{{Product: s.Product.ID, Quantity: 3, Region: "nyc1"}},
			})
			return err
		}
	})
}
