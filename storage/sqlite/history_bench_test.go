package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// BenchmarkHistory stores a customer and its event with the index of subjects
// and without it, in turns, and reads of the grown outbox what an audit asks for.
// It reports the medians.
func BenchmarkHistory(b *testing.B) {
	ctx, ids := scope.Tenant(b.Context(), acme), id.NewSource(nil, nil)
	opened := func(without bool) *sqlstore.Driver {
		path := filepath.Join(b.TempDir(), "cloud.db")
		require.NoError(b, Migrate(b.Context(), path, nil))
		if without {
			raw, err := sql.Open("sqlite", "file:"+path)
			require.NoError(b, err)
			_, err = raw.ExecContext(b.Context(), "DROP INDEX customer_outbox_subject")
			require.NoError(b, err)
			require.NoError(b, raw.Close())
		}
		d, _, err := open(b.Context(), path, Options{})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, d.Close()) })
		return d
	}
	drivers := []*sqlstore.Driver{opened(false), opened(true)}
	data := []byte(`{"note":"` + strings.Repeat("some words ", 60) + `"}`)
	const entities, writes = 1000, 20000
	var took [2][]time.Duration
	for n := range writes {
		c := customer.Customer{ID: customer.ID(ids.New("cust")), TenantID: acme, Name: "Ada", Version: 1}
		c.Email = string(c.ID) + "@example.com"
		commit := event.Commit{Events: []event.Event{{
			ID: event.ID(ids.New("evt")), Type: "platforma.customer.updated.v1", Subject: fmt.Sprintf("cust_%026d", n*7%entities),
			Version: int64(n/entities + 1), Actor: "host", Data: data,
		}}}
		for i, d := range drivers {
			began := time.Now()
			require.NoError(b, d.Customers().Create(ctx, c, commit))
			took[i] = append(took[i], time.Since(began))
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Nanoseconds())
	}
	b.Run("writing", func(b *testing.B) {
		with, without := median(took[0]), median(took[1])
		b.ReportMetric(with, "ns/with")
		b.ReportMetric(without, "ns/without")
		b.ReportMetric(with/without, "with/without")
	})
	for _, q := range []event.HistoryQuery{{}, {Subject: "cust_00000000000000000000000007"}} {
		b.Run("a page "+q.Subject, func(b *testing.B) {
			for b.Loop() {
				all, err := drivers[0].Events().History(ctx, "customer", q, page.Window{Limit: 50, Newest: true})
				require.NoError(b, err)
				require.NotEmpty(b, all)
			}
		})
	}
}
