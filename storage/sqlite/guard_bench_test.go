package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	modernc "modernc.org/sqlite"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// openBare opens a file without guards, to measure what they cost.
func openBare(tb testing.TB, path string) *sqlstore.Driver {
	tb.Helper()
	o := Options{}.withDefaults()
	bare := &database{
		writer: pool(&modernc.Driver{}, dsn(path, o, false), 1), reader: pool(&modernc.Driver{}, dsn(path, o, true), o.Readers),
	}
	return sqlstore.NewDriver(sqlitedialect.New(), bare, bare.Close)
}

// BenchmarkGuards does the same to the same file under guard and bare, in turns,
// so that what else goes on falls on both, and reports the medians and how they
// compare.
func BenchmarkGuards(b *testing.B) {
	path := filepath.Join(b.TempDir(), "cloud.db")
	guarded, _, err := open(b.Context(), path, Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, guarded.Close()) })
	bare := openBare(b, path)
	b.Cleanup(func() { require.NoError(b, bare.Close()) })
	m := &measured{ctx: scope.Tenant(b.Context(), acme), at: time.UnixMicro(1).UTC()}
	for range 2000 {
		require.NoError(b, m.insert(bare))
	}
	require.NoError(b, m.place(bare))
	for _, operation := range []struct {
		name string
		run  func(d *sqlstore.Driver) error
	}{
		{"get", m.get}, {"get an order", m.getOrder}, {"list", m.list}, {"insert", m.insert}, {"insert a hundred", m.insertMany},
		{"update", m.update}, {"delete", m.forget},
	} {
		b.Run(operation.name, func(b *testing.B) {
			var under, without []time.Duration
			for b.Loop() {
				began := time.Now()
				require.NoError(b, operation.run(guarded))
				between := time.Now()
				require.NoError(b, operation.run(bare))
				under, without = append(under, between.Sub(began)), append(without, time.Since(between))
			}
			slices.Sort(under)
			slices.Sort(without)
			x, y := under[len(under)/2], without[len(without)/2]
			b.ReportMetric(float64(x.Nanoseconds()), "ns/guarded")
			b.ReportMetric(float64(y.Nanoseconds()), "ns/bare")
			b.ReportMetric(float64(x)/float64(y), "guarded/bare")
		})
	}
}

// measured are the operations that are measured.
type measured struct {
	ctx    context.Context //nolint:containedctx // of all operations
	at     time.Time
	made   int
	before int
}

func (m *measured) customer() customer.Customer {
	m.made++
	id := customer.ID(fmt.Sprintf("cust_%026d", m.made))
	return customer.Customer{
		ID: id, TenantID: acme, Name: "Ada Lovelace", Email: string(id) + "@example.com", Version: 1, CreatedAt: m.at, UpdatedAt: m.at,
	}
}

func (m *measured) insert(d *sqlstore.Driver) error {
	return d.Customers().Create(m.ctx, m.customer(), event.Commit{At: m.at})
}

func (m *measured) terms() []page.Term {
	terms := make([]page.Term, 100)
	for i := range terms {
		terms[i] = page.Term{Key: "word", Value: fmt.Sprintf("word %d", i)}
	}
	return terms
}

func (m *measured) insertMany(d *sqlstore.Driver) error {
	return d.Customers().Create(m.ctx, m.customer(), event.Commit{At: m.at, Terms: m.terms()})
}

// forget deletes a hundred rows that insertMany has made.
func (m *measured) forget(d *sqlstore.Driver) error {
	c := m.customer()
	if err := d.Customers().Create(m.ctx, c, event.Commit{At: m.at, Terms: m.terms()}); err != nil {
		return err
	}
	c.Version++
	return d.Customers().Save(m.ctx, c, event.Commit{At: m.at, Former: m.terms()})
}

func (m *measured) get(d *sqlstore.Driver) error {
	_, err := d.Customers().Get(m.ctx, "cust_00000000000000000000000007")
	return err
}

func (m *measured) list(d *sqlstore.Driver) error {
	_, err := d.Customers().List(m.ctx, nil, page.Window{Limit: 50})
	return err
}

func (m *measured) update(d *sqlstore.Driver) error {
	m.before++
	return d.Customers().Save(m.ctx, customer.Customer{
		ID: "cust_00000000000000000000000008", TenantID: acme, Name: "Ada Lovelace", Email: "ada@example.com", Version: int64(m.before + 1),
		CreatedAt: m.at, UpdatedAt: m.at,
	}, event.Commit{At: m.at, Former: []page.Term{}})
}

const placed order.ID = "ord_00000000000000000000000001"

func (m *measured) place(d *sqlstore.Driver) error {
	o := order.Order{
		ID: placed, TenantID: acme, Status: order.StatusPending, Phase: order.PhaseInProgress, Attempt: 1,
		TotalAmount: "1", Currency: "EUR", Version: 1, CreatedAt: m.at, UpdatedAt: m.at,
	}
	for line := range 3 {
		o.Items = append(o.Items, order.Item{
			ID: order.ItemID(fmt.Sprintf("item_%026d", line)), Quantity: 1, Amount: "1", Status: order.ItemStatus("pending"), Snapshot: []byte("{}"),
		})
	}
	return d.Orders().Create(m.ctx, o, event.Commit{At: m.at})
}

func (m *measured) getOrder(d *sqlstore.Driver) error {
	_, err := d.Orders().Get(m.ctx, placed)
	return err
}
