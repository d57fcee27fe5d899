package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
)

// BenchmarkIsolation runs the same statements as the application, scope and
// policies and all, and as a superuser, whom nothing holds. What it reports
// beside the time is how many times as long the first takes.
func BenchmarkIsolation(b *testing.B) {
	const of = "ten_01jqzv7h3vfey8mgd6g2p9x4ta"
	database := postgrestest.New(b)
	superuser, app := connectFor(b, database.Superuser), connectFor(b, database.App)
	_, err := superuser.Exec(b.Context(), `INSERT INTO customer.customers (tenant_id, id, version, name, email, email_key, company,
			billing_address, payment_method, metadata, created_at, updated_at)
		SELECT 'ten_01jqzv7h3vfey8mgd6g2p9x4t' || substr('ab', 1 + n % 2, 1), 'cust_' || lpad(n::text, 26, '0'), 1, 'Ada Lovelace',
			n || '@example.com', n || '@example.com', 'Company ' || n % 100, '{"city": "London"}', '{}', '{"tier": "gold"}', now(), now()
		FROM generate_series(1, 400000) AS n`)
	require.NoError(b, err)
	_, err = superuser.Exec(b.Context(), "VACUUM (ANALYZE) customer.customers")
	require.NoError(b, err)

	const columns = "SELECT id, version, name, email, company, billing_address, payment_method, metadata, created_at, updated_at "
	for _, statement := range []struct {
		name, sql string
		args      []any
	}{
		{"get", columns + "FROM customer.customers WHERE tenant_id = $1 AND id = $2", []any{of, "cust_00000000000000000000200000"}},
		{"list", columns + "FROM customer.customers WHERE tenant_id = $1 ORDER BY id LIMIT 50", []any{of}},
		{"scan of 200,000", "SELECT count(*) FROM customer.customers WHERE tenant_id = $1 AND company = $2", []any{of, "Company 7"}},
	} {
		b.Run(statement.name, func(b *testing.B) {
			guarded := func() {
				batch := &pgx.Batch{}
				batch.Queue("SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true)", postgrestest.Prefix+"_customer", of)
				batch.Queue(statement.sql, statement.args...)
				send(b, app, batch)
			}
			bare := func() {
				batch := &pgx.Batch{}
				batch.Queue(statement.sql, statement.args...)
				send(b, superuser, batch)
			}
			for range 10 {
				guarded()
				bare()
			}
			b.ResetTimer()
			var held, free time.Duration
			for b.Loop() {
				began := time.Now()
				guarded()
				between := time.Now()
				bare()
				held, free = held+between.Sub(began), free+time.Since(between)
			}
			b.ReportMetric(float64(held)/float64(free), "times-bare")
		})
	}
}

func connectFor(b *testing.B, dsn string) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), dsn)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, conn.Close(context.WithoutCancel(b.Context()))) })
	return conn
}

func send(b *testing.B, conn *pgx.Conn, batch *pgx.Batch) {
	b.Helper()
	results := conn.SendBatch(b.Context(), batch)
	for range batch.Len() {
		rows, err := results.Query()
		require.NoError(b, err)
		for rows.Next() {
			_, err := rows.Values()
			require.NoError(b, err)
		}
		require.NoError(b, rows.Err())
	}
	require.NoError(b, results.Close())
}
