package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/pgbouncertest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// TestInterleaving has two tenants take turns on one connection, on which each
// operation is one prepared statement for both.
func TestInterleaving(t *testing.T) {
	t.Parallel()
	interleaveOnOne(t, 20_000)
}

func interleaveOnOne(t *testing.T, operations int64) {
	t.Helper()
	p := platformAt(t, postgrestest.New(t), &postgres.Options{MaxConns: 1})
	a, b := platformatest.Seed(t, p, "acme"), platformatest.Seed(t, p, "other")
	interleave(t, operations, turn{p, a, b}, turn{p, b, a})
}

// TestInterleavingThroughPgBouncer has a process for each tenant, whose
// connections all become the one that the pooler has to the server.
func TestInterleavingThroughPgBouncer(t *testing.T) {
	t.Parallel()
	database := postgrestest.New(t)
	database.App = pgbouncertest.Start(t, 1, database.App).DSN(database.App)
	o := postgres.Options{MaxConns: 4, Pooler: true}
	one, two := platformAt(t, database, &o), platformAt(t, database, &o)
	a, b := platformatest.Seed(t, one, "acme"), platformatest.Seed(t, two, "other")
	interleave(t, 4_000, turn{one, a, b}, turn{two, b, a})
}

func platformAt(t *testing.T, d postgrestest.Database, o *postgres.Options) *platforma.Platform {
	t.Helper()
	p, err := platforma.New(postgrestest.OpenAt(t, d, o), platformatest.Options())
	require.NoError(t, err)
	return p
}

// turn is a tenant's on a platform, with another that it must not meet.
type turn struct {
	platform *platforma.Platform
	own      platformatest.Seeded
	other    platformatest.Seeded
}

// interleave takes turns, on several threads, until there were enough.
func interleave(t *testing.T, operations int64, turns ...turn) {
	t.Helper()
	began := time.Now()
	var group sync.WaitGroup
	var next, leaks atomic.Int64
	for range 8 {
		group.Go(func() {
			for n := next.Add(1); n <= operations && !t.Failed(); n = next.Add(1) {
				if err := turns[n%2].take(t, n); err != nil {
					if errors.Is(err, errLeak) {
						leaks.Add(1)
					}
					t.Errorf("operation %d: %v", n, err)
				}
			}
		})
	}
	group.Wait()
	counttest.Logf(t, "%d operations of 2 tenants in %s, %d leaks", operations, time.Since(began).Round(10*time.Millisecond), leaks.Load())
}

var errLeak = errors.New("a leak")

// take runs one operation and looks at whose what comes back is.
func (turn turn) take(t *testing.T, n int64) error {
	ctx := tenant.NewContext(t.Context(), turn.own.Tenant)
	whose := turn.own.Tenant
	var err error
	switch n / 2 % 8 {
	case 0, 1, 2:
		var got customer.Customer
		got, err = turn.platform.Customers.Get(ctx, turn.own.Customer.ID)
		whose = got.TenantID
	case 3:
		_, err = turn.platform.Customers.Get(ctx, turn.other.Customer.ID)
		switch {
		case err == nil:
			return fmt.Errorf("another tenant's customer: %w", errLeak)
		case errors.Is(err, platforma.ErrNotFound):
			return nil
		}
	case 4:
		for c, failure := range turn.platform.Customers.All(ctx, customer.Query{}) {
			if err = failure; err != nil {
				break
			}
			whose = c.TenantID
		}
	case 5:
		for o, failure := range turn.platform.Orders.All(ctx, order.Query{Customer: turn.other.Customer.ID}) {
			if err = failure; err == nil {
				err = fmt.Errorf("another tenant's order, %s: %w", o.ID, errLeak)
			}
			return err
		}
	case 6:
		var got order.Order
		got, err = turn.platform.Orders.Get(ctx, turn.own.Order.ID)
		whose = got.TenantID
	case 7:
		company := fmt.Sprint(turn.own.Tenant, " ", n)
		var got customer.Customer
		got, err = turn.platform.Customers.Update(ctx, turn.own.Customer.ID, customer.Change{Company: &company})
		whose = got.TenantID
		if errors.Is(err, platforma.ErrConflict) {
			return nil // another thread was there first, time and again
		}
	}
	if err == nil && whose != turn.own.Tenant {
		return fmt.Errorf("a row of %s for %s: %w", whose, turn.own.Tenant, errLeak)
	}
	return err
}
