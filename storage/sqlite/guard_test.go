package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// An operation whose principal has no tenant ends before anything else does: the
// pools are not even there.
func TestAnOperationWithoutATenantDoesNotReachSQLite(t *testing.T) {
	t.Parallel()
	var none database
	step := sqlstore.Step{Statement: &sqlstore.Statement{SQL: "SELECT 1"}}
	for _, as := range []sqlstore.Principal{{}, {Role: "order"}, {Tenant: acme}, {Role: sqlstore.RoleRelay, Tenant: acme}} {
		require.ErrorIs(t, none.Read(t.Context(), as, step), fault.ErrNoScope)
		require.ErrorIs(t, none.Read(t.Context(), as, step, step), fault.ErrNoScope)
		require.ErrorIs(t, none.Write(t.Context(), as, step), fault.ErrNoScope)
	}
}

// A reader writes nothing, whatever it is told: it has no triggers.
func TestAReaderDoesNotWrite(t *testing.T) {
	t.Parallel()
	texts := []string{
		"UPDATE main.order_orders SET version = 99", "DELETE FROM main.order_terms",
		"INSERT INTO main.order_terms VALUES ('" + acme + "', 'a', 'b', 'c')",
	}
	w := newHostileWorld(t, true, texts)
	before := w.others(t)
	for _, text := range texts {
		require.Equal(t, "read only", send(t, w.declared.reader, orderOfAcme, sql1(text), nil).kind(), text)
		require.Equal(t, "denied", send(t, w.own.reader, orderOfAcme, sql1(text), nil).kind(), text)
	}
	require.Equal(t, before, w.others(t))
}

// What crosses tenants reaches what it is for.
func TestWhatCrossesTenantsReachesThem(t *testing.T) {
	t.Parallel()
	w := newHostileWorld(t, true, nil)
	for text, as := range map[string]sqlstore.Principal{
		"SELECT id FROM main.order_outbox ORDER BY id":               relay,
		"SELECT position FROM main.order_streams":                    relay,
		"SELECT epoch FROM main.event_lanes":                         relay,
		"SELECT resource_id FROM main.resource_work":                 relay,
		"SELECT slug FROM main.tenant_tenants":                       operator,
		"SELECT email FROM main.tenant_users":                        operator,
		"SELECT role FROM main.tenant_user_roles":                    operator,
		"SELECT key FROM main.tenant_commands WHERE operation <> ''": operator,
	} {
		require.Len(t, send(t, w.own.reader, as, sql1(text), nil).rows, 2, text)
	}
}

// TestGuardsOutliveAChangeOfTheSchema has another process change the schema
// behind statements that are prepared: they are compiled anew, under guard.
func TestGuardsOutliveAChangeOfTheSchema(t *testing.T) {
	t.Parallel()
	const theirs = "UPDATE main.order_orders SET version = 99 WHERE tenant_id = '" + globex + "'"
	const gift = "INSERT INTO main.order_terms VALUES ('" + globex + "', 'a', 'b', 'c')"
	const ours = "SELECT id FROM order_orders"
	w := newHostileWorld(t, true, []string{theirs, gift})
	db := w.declared
	before := w.others(t)
	for n := range 3 {
		step := func(text string) sqlstore.Step { return sqlstore.Step{Statement: &sqlstore.Statement{SQL: text}} }
		require.NoError(t, db.Write(t.Context(), orderOfAcme, step(theirs)))
		require.Error(t, db.Write(t.Context(), orderOfAcme, step(gift)))
		for _, try := range []func(context.Context, sqlstore.Principal, ...sqlstore.Step) error{db.Read, db.Write} {
			rows := 0
			read := step(ours)
			read.Row = func(sqlstore.Values) error { rows++; return nil }
			require.NoError(t, try(t.Context(), orderOfAcme, read))
			require.Equal(t, 2, rows)
		}
		require.Equal(t, before, w.others(t))
		_, err := w.raw.ExecContext(t.Context(), fmt.Sprintf("CREATE TABLE report_%d (day TEXT); CREATE INDEX i%d ON order_orders (version)", n, n))
		require.NoError(t, err)
	}
}

// TestTenantsInterleave has tenants at work at once, on few connections, some of
// whose contexts end: nobody ever sees another's rows.
func TestTenantsInterleave(t *testing.T) {
	t.Parallel()
	d, _, err := open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), Options{Readers: 2})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	const tenants, each = 4, 60
	at := time.UnixMicro(1).UTC()
	var group sync.WaitGroup
	for n := range 2 * tenants {
		group.Go(func() {
			tenant := scope.TenantID(fmt.Sprintf("ten_%026d", n%tenants))
			ctx := scope.Tenant(t.Context(), tenant)
			for i := range each {
				// All tenants' customers have the same ids.
				id := customer.ID(fmt.Sprintf("cust_%d", i+each*(n/tenants)))
				c := customer.Customer{ID: id, Name: string(tenant), Email: string(id), Version: 1, CreatedAt: at, UpdatedAt: at}
				if err := d.Customers().Create(ctx, c, event.Commit{}); !assert.NoError(t, err) {
					return
				}
				hurried, cancel := context.WithTimeout(ctx, time.Duration(i%5)*20*time.Microsecond)
				_, _ = d.Customers().List(hurried, nil, page.Window{Limit: 100})
				cancel()
				found, err := d.Customers().Get(ctx, id)
				if !assert.NoError(t, err) || !assert.Equal(t, string(tenant), found.Name) {
					return
				}
				all, err := d.Customers().List(ctx, nil, page.Window{Limit: 1000})
				if !assert.NoError(t, err) {
					return
				}
				for _, one := range all {
					if !assert.Equal(t, string(tenant), one.Name) {
						return
					}
				}
			}
		})
	}
	group.Wait()
}

// TestReadsBeginWithTheTenant looks at tables with an index that begins with
// something else: a tenant's reads do not use it, whatever they ask for, for on
// the way SQLite would come by others' rows.
func TestReadsBeginWithTheTenant(t *testing.T) {
	t.Parallel()
	w := newHostileWorld(t, true, nil)
	for text, as := range map[string]sqlstore.Principal{
		"SELECT name FROM tenant_tenants WHERE slug = 'slug-2'":                              tenantOfAcme,
		"SELECT name FROM tenant_tenants WHERE slug = 'a' OR slug = 'b'":                     tenantOfAcme,
		"SELECT name FROM tenant_tenants WHERE status = 'active' ORDER BY status, id":        tenantOfAcme,
		"SELECT hash FROM tenant_commands WHERE operation = 'create' AND key = 'acme-only'":  tenantOfAcme,
		"SELECT epoch FROM resource_work WHERE due_at < 5 ORDER BY due_at":                   resourceOfAcme,
		"SELECT epoch FROM resource_work WHERE due_at = 5 AND resource_id IN ('res_2', 'x')": resourceOfAcme,
	} {
		plan := send(t, w.own.reader, as, sql1("EXPLAIN QUERY PLAN "+text), nil)
		require.Contains(t, plan.String(), "USING PRIMARY KEY", text)
	}
}

// What the host has hung on a table of the adapter's would act as whoever writes
// to that: it is denied, and with it the write.
func TestATriggerOfTheHostsIsDenied(t *testing.T) {
	t.Parallel()
	const add = "INSERT INTO main.order_terms VALUES ('" + acme + "', 'a', 'b', 'c')"
	w := newHostileWorld(t, true, []string{add})
	_, err := w.raw.ExecContext(t.Context(), `CREATE TABLE report (term TEXT);
		CREATE TRIGGER copy AFTER INSERT ON order_terms BEGIN INSERT INTO report SELECT value FROM order_terms; END`)
	require.NoError(t, err)
	require.Equal(t, "denied", send(t, w.declared.writer, orderOfAcme, sql1(add), nil).kind())
	copied, err := texts(t.Context(), w.raw, "SELECT term FROM report")
	require.NoError(t, err)
	require.Empty(t, copied)
}
