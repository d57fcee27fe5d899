package sqliteguard

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	modernc "modernc.org/sqlite"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/scope"
)

const (
	acme   = "ten_00000000000000000000000001"
	globex = "ten_00000000000000000000000002"

	schema = `
CREATE TABLE tenant_tenants (id TEXT PRIMARY KEY, slug TEXT UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE order_orders (tenant_id TEXT, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT, WITHOUT ROWID;
CREATE TABLE customer_customers (tenant_id TEXT, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT, WITHOUT ROWID;
CREATE TABLE event_lanes (tenant_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE order_report (day TEXT) STRICT;
INSERT INTO order_orders VALUES ('` + acme + `', 'ord_1'), ('` + globex + `', 'ord_2');`

	read = "SELECT id FROM order_orders"
	add  = `INSERT INTO main."order_orders" VALUES ($1, $2)`
	open = `INSERT INTO main."event_lanes" VALUES ($1)`
)

// guarded opens a database in memory, on one connection.
func guarded(t *testing.T) (*Connector, *sql.DB) {
	t.Helper()
	c := &Connector{DSN: ":memory:", Declared: Declare(add, open), Before: func(ctx context.Context, one *sql.DB) error {
		_, err := one.ExecContext(ctx, schema)
		return err
	}}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return c, db
}

func as(t *testing.T, role, tenant string) context.Context {
	t.Helper()
	ctx, err := As(t.Context(), sqlstore.Principal{Role: role, Tenant: scope.TenantID(tenant)})
	require.NoError(t, err)
	return ctx
}

func ids(ctx context.Context, t *testing.T, db *sql.DB) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(ctx, read)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id string
		require.NoError(t, rows.Scan(&id))
		all = append(all, id)
	}
	require.NoError(t, rows.Err())
	return all
}

func TestARoleAndATenantGoTogether(t *testing.T) {
	t.Parallel()
	for _, who := range []sqlstore.Principal{
		{}, {Tenant: acme}, {Role: "order"}, {Role: sqlstore.RoleEvent}, {Role: "nobody", Tenant: acme}, {Role: "nobody"},
		{Role: sqlstore.RoleRelay, Tenant: acme}, {Role: sqlstore.RoleOperator, Tenant: acme},
	} {
		_, err := As(t.Context(), who)
		require.ErrorIs(t, err, fault.ErrNoScope, who)
	}
	for _, who := range []sqlstore.Principal{
		{Role: "order", Tenant: acme}, {Role: sqlstore.RoleEvent, Tenant: acme}, {Role: sqlstore.RoleRelay}, {Role: sqlstore.RoleOperator},
	} {
		_, err := As(t.Context(), who)
		require.NoError(t, err, who)
	}
}

// Whatever a connection is asked for without a principal, SQLite does not hear
// of it.
func TestNothingRunsWithoutAPrincipal(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	_, err := db.ExecContext(t.Context(), read)
	require.ErrorIs(t, err, fault.ErrNoScope)
	_, err = db.PrepareContext(t.Context(), read) //nolint:sqlclosecheck // there is none
	require.ErrorIs(t, err, fault.ErrNoScope)
	_, err = db.BeginTx(t.Context(), nil)
	require.ErrorIs(t, err, fault.ErrNoScope)
	require.ErrorIs(t, db.QueryRowContext(t.Context(), read).Scan(new(string)), fault.ErrNoScope)

	prepared, err := db.PrepareContext(as(t, "order", acme), read)
	require.NoError(t, err)
	defer prepared.Close()
	_, err = prepared.ExecContext(t.Context())
	require.ErrorIs(t, err, fault.ErrNoScope)
	require.ErrorIs(t, prepared.QueryRowContext(t.Context()).Scan(new(string)), fault.ErrNoScope)
}

// TestWithoutATenantSQLiteRaises runs statements behind the back of what sets who
// runs them: the functions of the views and triggers then raise.
func TestWithoutATenantSQLiteRaises(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	one, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer one.Close()
	args := []driver.NamedValue{{Ordinal: 1, Value: acme}, {Ordinal: 2, Value: "ord_3"}}
	for query, as := range map[string]context.Context{
		read: as(t, "order", acme), add: as(t, "order", acme), open: as(t, sqlstore.RoleRelay, ""),
	} {
		require.NoError(t, one.Raw(func(c any) error {
			prepared, err := c.(*conn).PrepareContext(as, query)
			require.NoError(t, err)
			_, err = prepared.(*stmt).statement.ExecContext(t.Context(), args)
			require.ErrorContains(t, err, errNoTenant.Error(), query)
			return prepared.Close()
		}))
	}
	_, err = one.ExecContext(as(t, sqlstore.RoleRelay, ""), open, globex)
	require.NoError(t, err)
}

// TestATenantIsSetForAStatementAlone has two tenants take turns on a connection
// with one prepared statement, also where one of them fails.
func TestATenantIsSetForAStatementAlone(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	prepared, err := db.PrepareContext(as(t, "order", acme), read)
	require.NoError(t, err)
	defer prepared.Close()
	for range 3 {
		for tenant, want := range map[string]string{acme: "ord_1", globex: "ord_2"} {
			var id string
			require.NoError(t, prepared.QueryRowContext(as(t, "order", tenant)).Scan(&id))
			require.Equal(t, want, id)
			_, err := db.ExecContext(as(t, "order", tenant), add, tenant, want)
			require.Error(t, err, "it is there")
		}
		one, err := db.Conn(t.Context())
		require.NoError(t, err)
		require.NoError(t, one.Raw(func(c any) error {
			s := c.(*conn).state
			require.Equal(t, sqlstore.Principal{}, s.who)
			require.Zero(t, s.running)
			require.Equal(t, text{}, s.text)
			return nil
		}))
		require.NoError(t, one.Close())
	}
}

func TestThePrincipalDoesNotChangeInATransaction(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	tx, err := db.BeginTx(as(t, "order", acme), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(as(t, "order", acme), read)
	require.NoError(t, err)
	for _, other := range []context.Context{as(t, "order", globex), as(t, "customer", acme), as(t, sqlstore.RoleRelay, "")} {
		_, err = tx.ExecContext(other, "SELECT 1")
		require.ErrorIs(t, err, fault.ErrNoScope)
	}
	require.NoError(t, tx.Rollback())
	require.Equal(t, []string{"ord_2"}, ids(as(t, "order", globex), t, db))
}

func TestThePrincipalDoesNotChangeUnderAnAnswer(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	one, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer one.Close()
	rows, err := one.QueryContext(as(t, "order", acme), read)
	require.NoError(t, err)
	defer rows.Close()
	_, err = one.ExecContext(as(t, "order", globex), "SELECT 1")
	require.ErrorIs(t, err, fault.ErrNoScope)
	require.True(t, rows.Next())
	require.False(t, rows.Next(), "it ends by itself")
	require.NoError(t, rows.Err())
	_, err = one.ExecContext(as(t, "order", globex), "SELECT 1")
	require.NoError(t, err)
}

func TestAStatementIsForTheRoleItWasPreparedFor(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	prepared, err := db.PrepareContext(as(t, "order", acme), read)
	require.NoError(t, err)
	defer prepared.Close()
	_, err = prepared.ExecContext(as(t, "customer", acme))
	require.ErrorIs(t, err, fault.ErrNoScope)
	require.ErrorIs(t, prepared.QueryRowContext(as(t, sqlstore.RoleRelay, "")).Scan(new(string)), fault.ErrNoScope)
}

// A host's table is out of reach, also where its name begins as a service's do.
func TestAHostsTableIsOutOfReach(t *testing.T) {
	t.Parallel()
	_, db := guarded(t)
	for _, name := range []string{"order_report", "main.order_report"} {
		_, err := db.ExecContext(as(t, "order", acme), "SELECT day FROM "+name)
		require.ErrorContains(t, err, "(23)")
	}
}

// lame is a connection that has no authorizer, or one that is asked in vain.
type lame struct{ connection }

type deaf struct{ lame }

func (deaf) RegisterAuthorizer(modernc.AuthorizerFn) error { return nil }

func TestADriverWithoutAnAuthorizerIsRefused(t *testing.T) {
	t.Parallel()
	c := &Connector{Before: func(ctx context.Context, one *sql.DB) error {
		_, err := one.ExecContext(ctx, schema)
		return err
	}}
	for message, disguise := range map[string]func(connection) driver.Conn{
		"has no authorizer":         func(inner connection) driver.Conn { return lame{inner} },
		"authorizer denies nothing": func(inner connection) driver.Conn { return deaf{lame{inner}} },
		"lacks what it has to have": func(inner connection) driver.Conn { return struct{ driver.Conn }{inner} },
	} {
		s := &state{}
		d := &modernc.Driver{}
		require.NoError(t, s.register(d))
		opened, err := d.Open(":memory:")
		require.NoError(t, err)
		_, err = c.guard(t.Context(), disguise(opened.(connection)), s)
		require.ErrorContains(t, err, message)
		require.NoError(t, opened.Close())
	}
}

// TestConnectionsShareNoNames finds the name of a view on one connection, and
// what a connection that is opened for another is told by it: nothing.
func TestConnectionsShareNoNames(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cloud.db")
	raw, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer raw.Close()
	_, err = raw.ExecContext(t.Context(), schema)
	require.NoError(t, err)
	c := &Connector{DSN: "file:" + path}
	seen := map[string]bool{}
	for range 3 {
		opened, err := c.Connect(t.Context())
		require.NoError(t, err)
		s := opened.(*conn).state
		for _, names := range []map[string]string{s.names.views, s.names.triggers} {
			require.NotEmpty(t, names)
			for name := range names {
				require.False(t, seen[name])
				seen[name] = true
			}
		}
		require.NoError(t, opened.Close())
		require.NoError(t, opened.Close(), "twice is once")
		require.Empty(t, s.names.views, "forgotten with the connection")
		require.Len(t, c.free, 1, "used again")
	}
	_, err = raw.ExecContext(t.Context(), "SELECT "+functionTenant+"()")
	require.ErrorContains(t, err, "no such function", "the host's own driver has nothing of it")
}

// A connection on which something was left under way is closed, not used again.
func TestAConnectionThatIsNotDoneIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	c, _ := guarded(t)
	for name, leave := range map[string]func(*conn) (end func() error, err error){
		"an answer": func(c *conn) (func() error, error) {
			rows, err := c.QueryContext(as(t, "order", acme), read, nil)
			return func() error { return rows.Close() }, err
		},
		"a transaction": func(c *conn) (func() error, error) {
			tx, err := c.BeginTx(as(t, "order", acme), driver.TxOptions{})
			return func() error { return tx.Rollback() }, err
		},
	} {
		opened, err := c.Connect(t.Context())
		require.NoError(t, err)
		one := opened.(*conn)
		end, err := leave(one)
		require.NoError(t, err, name)
		require.False(t, one.IsValid(), name)
		require.ErrorIs(t, one.ResetSession(t.Context()), driver.ErrBadConn, name)
		require.NoError(t, end(), name)
		require.True(t, one.IsValid(), name)
		require.NoError(t, one.ResetSession(t.Context()), name)
		require.NoError(t, one.Close())
	}
}
