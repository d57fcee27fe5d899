package growth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/bench/growth"
	"github.com/platforma/platforma/bench/world"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/tenant"
)

// database is one that was filled, with PLATFORMA on it.
type database struct {
	size      growth.Size
	platform  *platforma.Platform
	driver    storage.Driver
	explainer *postgrestest.Explainer
	conn      *pgx.Conn // a superuser's

	acme  tenant.ID
	draft order.Draft
	// middle are some of acme's orders, far from each other. Which is next goes
	// round.
	middle []order.ID
	turn   int
	// indexes is how many each table has, sizes how many pages.
	indexes, sizes map[string]int
	filled         time.Duration
}

// now is after all orders that a database is filled with. It stands still, so
// that what the gate knows never grows old between two looks.
func now() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC) }

// grow makes a database.
func grow(t *testing.T, size growth.Size) *database {
	t.Helper()
	at := postgrestest.New(t)
	d := &database{size: size, driver: postgrestest.OpenAt(t, at, nil)}
	d.explainer = postgrestest.NewExplainer(t, d.driver, at)
	var err error
	d.platform, err = platforma.New(d.driver, &platforma.Options{Clock: now})
	require.NoError(t, err)
	d.conn, err = pgx.Connect(t.Context(), at.Superuser)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.conn.Close(context.Background()) })

	d.plant(t)
	began := time.Now()
	require.NoError(t, growth.Fill(t.Context(), d.conn, d.acme, size))
	d.filled = time.Since(began)
	rows, err := d.conn.Query(t.Context(), `SELECT id FROM (
		SELECT id, row_number() OVER (ORDER BY id) AS row FROM "order".orders WHERE tenant_id = $1
	) AS o WHERE row % $2 = $2 / 2 AND row > 100 ORDER BY id LIMIT 11`, string(d.acme), size.Orders/24)
	require.NoError(t, err)
	d.middle, err = pgx.CollectRows(rows, pgx.RowTo[order.ID])
	require.NoError(t, err)
	d.indexes = d.counted(t, `SELECT n.nspname || '.' || c.relname, count(*)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace GROUP BY 1`)
	d.sizes = d.counted(t, `SELECT n.nspname || '.' || c.relname, pg_table_size(c.oid) / 8192
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'`)
	// It tidies up, and connects for as long as the test lasts.
	d.explainer.Explain(t, func() {})
	d.seen(t)
	return d
}

// seen makes all orders visible to everybody in the eyes of the planner, which
// they are not yet where somebody's snapshot was older when it was tidied up.
func (d *database) seen(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := d.conn.Exec(t.Context(), `VACUUM (ANALYZE) "order".orders`)
		require.NoError(t, err)
		var all bool
		require.NoError(t, d.conn.QueryRow(t.Context(),
			`SELECT relallvisible >= relpages FROM pg_class WHERE oid = '"order".orders'::regclass`).Scan(&all))
		return all
	}, time.Minute, 100*time.Millisecond)
}

// next is one of the orders in the middle.
func (d *database) next() order.ID {
	d.turn++
	return d.middle[d.turn%len(d.middle)]
}

// plant makes the tenant that is looked at, with what all else repeats.
func (d *database) plant(t *testing.T) {
	t.Helper()
	made, err := d.platform.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{
		Name: "Acme Cloud", Slug: "acme", Settings: tenant.Settings{
			DefaultCurrency: "USD", OrderApproval: tenant.OrderApproval{Mode: tenant.ApprovalAll},
		},
	})
	require.NoError(t, err)
	d.acme = made.ID
	ctx := d.in(t)
	ada, err := d.platform.Customers.Create(ctx, customer.Draft{
		Name: "Ada Lovelace", Email: "Ada@example.com", Company: "Analytical Engines Ltd",
		BillingAddress: customer.Address{Lines: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB"},
		PaymentMethod: customer.PaymentMethod{
			Kind: customer.PaymentCard, Provider: "stripe", Token: "pm_1Q", Brand: "Visa", LastFour: "4242", Expiry: "2031-04",
		},
		Metadata: map[string]string{"tier": "gold"},
	})
	require.NoError(t, err)
	sold, err := world.Drafts(*items, "grown")
	require.NoError(t, err)
	done, err := d.platform.Catalog.Import(ctx, sold, &catalog.ImportOptions{Activate: true})
	require.NoError(t, err)
	d.draft = order.Draft{
		Customer: ada.ID, Currency: "USD", Region: "nyc1",
		Metadata: map[string]string{"channel": "console", "project": "apollo-template", "purchase_order": "PO-template"},
	}
	for i, product := range done.Created {
		item := order.ItemDraft{Product: product, Quantity: 1}
		if i == 0 {
			item.Configuration = map[string]string{"image": "debian-13"}
		}
		d.draft.Items = append(d.draft.Items, item)
	}
	_, err = d.platform.Orders.Place(ctx, d.draft)
	require.NoError(t, err)
	d.draft.Metadata = map[string]string{"channel": "console", "project": "apollo-3", "purchase_order": "PO-new"}
	for _, service := range []string{"tenant", "customer", "catalog", "order"} {
		d.stamp(t, service)
	}
}

// in is the scope of the tenant that is looked at.
func (d *database) in(t *testing.T) context.Context {
	t.Helper()
	return tenant.NewContext(t.Context(), d.acme)
}

func (d *database) stamp(t *testing.T, service string) {
	t.Helper()
	stamped, err := d.driver.Events().Stamp(tenant.AsOperator(t.Context()), event.Stamping{Service: service, Limit: 1000})
	require.NoError(t, err)
	require.Positive(t, stamped, service)
}

// counted are numbers of tables.
func (d *database) counted(t *testing.T, query string) map[string]int {
	t.Helper()
	rows, err := d.conn.Query(t.Context(), query)
	require.NoError(t, err)
	all := map[string]int{}
	var table string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&table, &count}, func() error {
		all[table] = count
		return nil
	})
	require.NoError(t, err)
	return all
}

// bytes tells how many bytes an order takes on disk, table by table.
func (d *database) bytes(t *testing.T) string {
	t.Helper()
	var table, index int64
	require.NoError(t, d.conn.QueryRow(t.Context(), `SELECT sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid))
		FROM pg_class AS c WHERE c.relnamespace = '"order"'::regnamespace AND c.relkind = 'r'`).Scan(&table, &index))
	orders := int64(d.size.Orders)
	return fmt.Sprintf("%d MB; of an order %d bytes of tables and %d of indexes",
		(table+index)/1_000_000, table/orders, index/orders)
}
