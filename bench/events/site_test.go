package events_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strconv"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of what is written by hand
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // and this one

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage"
	pg "github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// site is a database, with the way into it that is not the library's.
type site struct {
	storage.Driver

	byHand *sql.DB
	// outbox is the table that is read by hand, lock what keeps a row.
	outbox, lock string
}

func onEach(b *testing.B, bench func(b *testing.B, s site)) {
	b.Helper()
	b.Run("postgres", func(b *testing.B) { bench(b, postgres(b)) })
	b.Run("postgres-durable", func(b *testing.B) {
		s := postgres(b)
		durable(b, s.byHand, "on")
		b.Cleanup(func() { durable(b, s.byHand, "off") })
		bench(b, s)
	})
	b.Run("sqlite", func(b *testing.B) { bench(b, inFile(b, nil, "normal")) })
	b.Run("sqlite-durable", func(b *testing.B) { bench(b, inFile(b, &sqlite.Options{Durable: true}, "full")) })
}

func postgres(b *testing.B) site {
	b.Helper()
	at := postgrestest.New(b)
	byHand := open(b, "pgx", at.Superuser)
	return site{
		Driver: postgrestest.OpenAt(b, at, &pg.Options{MaxConns: 16}), byHand: byHand, outbox: "catalog.outbox", lock: " FOR UPDATE",
	}
}

// durable has the server's commits wait for the disk, as they do but in tests.
func durable(b *testing.B, superuser *sql.DB, to string) {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	for _, statement := range []string{
		"ALTER SYSTEM SET fsync = " + to, "ALTER SYSTEM SET synchronous_commit = " + to, "SELECT pg_reload_conf()", "CHECKPOINT",
	} {
		_, err := superuser.ExecContext(ctx, statement)
		require.NoError(b, err)
	}
}

func inFile(b *testing.B, o *sqlite.Options, synchronous string) site {
	b.Helper()
	path := filepath.Join(b.TempDir(), "cloud.db")
	db, err := sqlite.Open(b.Context(), path, o)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	byHand := open(b, "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous("+synchronous+")&_txlock=immediate")
	byHand.SetMaxOpenConns(1)
	return site{Driver: db, byHand: byHand, outbox: "catalog_outbox"}
}

func open(b *testing.B, driver, source string) *sql.DB {
	b.Helper()
	db, err := sql.Open(driver, source)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	_, err = db.ExecContext(b.Context(), "CREATE TABLE cursors (tenant_id text PRIMARY KEY, at text NOT NULL)")
	require.NoError(b, err)
	return db
}

// kept ends with the benchmark, not with the platform.
type kept struct{ storage.Driver }

func (kept) Close() error { return nil }

// platform is a platform of a benchmark on a database that stays.
func platform(b *testing.B, d storage.Driver, o *platforma.Options) *platforma.Platform {
	b.Helper()
	p, err := platforma.New(kept{d}, o)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, p.Close()) })
	return p
}

// tenants makes tenants and does what that asks for.
func tenants(b *testing.B, p *platforma.Platform, n int) (ids []tenant.ID) {
	b.Helper()
	for i := range n {
		made, err := p.Tenants.Create(tenant.AsOperator(b.Context()), tenant.Draft{
			Name: "Tenant " + strconv.Itoa(i), Settings: tenant.Settings{DefaultCurrency: "USD"},
		})
		require.NoError(b, err)
		ids = append(ids, made.ID)
	}
	require.NoError(b, p.Settle(b.Context()))
	return ids
}

// emit has each tenant import products, of which each has its event.
func emit(b *testing.B, p *platforma.Platform, ids []tenant.ID, round, each int) {
	b.Helper()
	for _, id := range ids {
		drafts := make([]catalog.Draft, each)
		for i := range drafts {
			drafts[i] = catalog.Draft{
				Name: "Small machine", SKU: "vm-" + strconv.Itoa(round) + "-" + strconv.Itoa(i), Category: catalog.CategoryCompute,
				Specs: catalog.ProductSpecs{
					ResourceType: catalog.TypeVirtualMachine, VCPUs: platformatest.Quantity(b, "2"), MemoryGiB: platformatest.Quantity(b, "4"),
				},
				ProvisioningTemplateID: platformatest.Template,
			}
		}
		_, err := p.Catalog.Import(tenant.NewContext(b.Context(), id), drafts, nil)
		require.NoError(b, err)
	}
}

// nothing is a handler that has nothing to do.
func nothing(context.Context, event.Event) error { return nil }
