package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage"
)

// BenchmarkHistory writes and stamps events with the index of subjects and
// without it, in turns, and reads of the grown outbox what an audit asks for. It
// reports the medians.
func BenchmarkHistory(b *testing.B) {
	const of = scope.TenantID("ten_01jqzv7h3vfey8mgd6g2p9x4ta")
	ctx, ids := scope.Tenant(context.Background(), of), id.NewSource(nil, nil)
	with, without := postgrestest.New(b), postgrestest.New(b)
	_, err := connectFor(b, without.Superuser).Exec(b.Context(), "DROP INDEX customer.outbox_subject")
	require.NoError(b, err)
	drivers := []storage.Driver{postgrestest.OpenAt(b, with, nil), postgrestest.OpenAt(b, without, nil)}
	for _, d := range drivers {
		b.Cleanup(func() { require.NoError(b, d.Close()) })
	}
	data := []byte(`{"note":"` + strings.Repeat("some words ", 60) + `"}`)
	const entities, events = 1000, 100 // in a step
	versions := map[string]int64{}
	write := func(d storage.Driver) {
		c := customer.Customer{ID: customer.ID(ids.New("cust")), TenantID: of, Name: "Ada", Version: 1}
		c.Email = string(c.ID) + "@example.com"
		commit := event.Commit{}
		for n := range events {
			subject := fmt.Sprintf("cust_%026d", (len(versions)+n*7)%entities)
			versions[subject]++
			commit.Events = append(commit.Events, event.Event{
				ID: event.ID(ids.New("evt")), Type: "platforma.customer.updated.v1", Subject: subject, Version: versions[subject],
				Actor: "host", Data: data,
			})
		}
		require.NoError(b, d.Customers().Create(ctx, c, commit))
	}
	stamp := func(d storage.Driver) {
		n, err := d.Events().Stamp(scope.Operator(ctx), event.Stamping{Service: "customer", Limit: 1000})
		require.NoError(b, err)
		require.Equal(b, events, n)
	}
	var took [2][2][]time.Duration
	for range 300 {
		for i, d := range drivers {
			began := time.Now()
			write(d)
			between := time.Now()
			stamp(d)
			took[i][0], took[i][1] = append(took[i][0], between.Sub(began)), append(took[i][1], time.Since(between))
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Microseconds())
	}
	b.Run("writing", func(b *testing.B) {
		b.ReportMetric(median(took[0][0]), "us/with")
		b.ReportMetric(median(took[1][0]), "us/without")
	})
	b.Run("stamping", func(b *testing.B) {
		b.ReportMetric(median(took[0][1]), "us/with")
		b.ReportMetric(median(took[1][1]), "us/without")
	})
	var size int64
	require.NoError(b, connectFor(b, with.Superuser).QueryRow(b.Context(), "SELECT pg_relation_size('customer.outbox_subject')").Scan(&size))
	for _, q := range []event.HistoryQuery{{}, {Subject: "cust_00000000000000000000000007"}} {
		b.Run("a page "+q.Subject, func(b *testing.B) {
			for b.Loop() {
				all, err := drivers[0].Events().History(ctx, "customer", q, page.Window{Limit: 50, Newest: true})
				require.NoError(b, err)
				require.NotEmpty(b, all)
			}
			b.ReportMetric(float64(size)/float64(300*events), "B/event")
		})
	}
}
