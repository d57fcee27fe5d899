package adversity_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// settles says that all events of a tenant's customers are delivered, as many as
// there are.
func settles(t *testing.T, p *platforma.Platform, of tenant.ID, j *journal, events int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, p.Settle(ctx))
	var all []stored
	for e, err := range p.Events.All(tenant.NewContext(t.Context(), of), platforma.EventQuery{Service: "customer"}) {
		require.NoError(t, err)
		all = append(all, stored{e.Subject, e.ID})
	}
	require.Len(t, all, events)
	j.compare(t, all)
}

// mirrored is a platform on which a subscription notes a tenant's customers.
func mirrored(t *testing.T, p *platforma.Platform) (of tenant.ID, j *journal) {
	t.Helper()
	j = &journal{}
	require.NoError(t, p.Events.Subscribe(event.Subscription{
		Name: "mirror", Services: []string{"customer"}, Handle: func(_ context.Context, e event.Event) error { j.note(e); return nil },
	}))
	return newTenants(t, p, 1)[0], j
}

// change makes customers and changes each.
func change(t *testing.T, p *platforma.Platform, of tenant.ID, customers int) {
	t.Helper()
	company := "Analytical Engines"
	for _, c := range newCustomers(t, p, of, customers) {
		_, err := p.Customers.Update(tenant.NewContext(t.Context(), of), c.ID, customer.Change{Company: &company})
		require.NoError(t, err)
	}
}

// TestOthersTransactionsHoldNothingUp leaves transactions open for as long as there
// is something to do: in another database of the cluster and in the same, with ids
// and with snapshots, and one that has written an event and not committed it.
func TestOthersTransactionsHoldNothingUp(t *testing.T) {
	t.Parallel()
	database := postgrestest.New(t)
	p := newPlatform(t, postgrestest.OpenAt(t, database, nil), options())
	of, j := mirrored(t, p)
	for _, dsn := range []string{os.Getenv(postgrestest.Variable), database.Superuser} {
		open, err := connect(t, dsn).Begin(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { _ = open.Rollback(context.Background()) })
		_, err = open.Exec(t.Context(), "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
		require.NoError(t, err)
		var xid uint64
		require.NoError(t, open.QueryRow(t.Context(), "SELECT pg_current_xact_id()::text::bigint").Scan(&xid))
		require.NotZero(t, xid)
	}
	late, err := connect(t, database.Superuser).Begin(t.Context())
	require.NoError(t, err)
	_, err = late.Exec(t.Context(), `INSERT INTO customer.outbox VALUES ($1, 'evt_00000000000000000000000000', NULL,
		'platforma.customer.created.v1', 'cust_0', 1, now(), 'host', '', '', '', '{}')`, string(of))
	require.NoError(t, err)

	change(t, p, of, 10)
	settles(t, p, of, j, 20)
	require.NoError(t, late.Commit(t.Context()))
	settles(t, p, of, j, 21)
	counttest.Logf(t, "21 events delivered beside 2 open transactions, 20 of them before one that was committed late")
}

// TestAReaderHoldsNothingUp leaves a transaction open that has read the file.
func TestAReaderHoldsNothingUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cloud.db")
	db, err := sqlite.Open(t.Context(), path, nil)
	require.NoError(t, err)
	p := newPlatform(t, db, options())
	of, j := mirrored(t, p)
	direct, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	open, err := direct.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	read := func() (n int) {
		require.NoError(t, open.QueryRowContext(t.Context(), "SELECT count(*) FROM customer_outbox").Scan(&n))
		return n
	}
	require.Zero(t, read())
	change(t, p, of, 10)
	settles(t, p, of, j, 20)
	require.Zero(t, read(), "it sees what there was")
	require.NoError(t, open.Rollback())
	require.NoError(t, direct.Close())
	counttest.Logf(t, "20 events delivered beside an open reader")
}
