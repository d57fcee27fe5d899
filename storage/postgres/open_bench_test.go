package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/postgres"
)

// BenchmarkOpen compares opening with what a connection alone costs: the
// difference is the inspection.
func BenchmarkOpen(b *testing.B) {
	d := postgrestest.New(b)
	b.Run("connection", func(b *testing.B) {
		for b.Loop() {
			c, err := pgx.Connect(b.Context(), d.App)
			if err != nil {
				b.Fatal(err)
			}
			if err := c.Close(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			db, err := postgres.Open(b.Context(), d.App, &postgres.Options{Prefix: postgrestest.Prefix})
			if err != nil {
				b.Fatal(err)
			}
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
