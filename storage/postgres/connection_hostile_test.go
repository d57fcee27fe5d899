package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// TestTheSchemaMayChangeUnderway adds a column, and changes another's type,
// while a connection holds statements that were prepared before. The first
// fails nothing; after the second a statement may fail once.
func TestTheSchemaMayChangeUnderway(t *testing.T) {
	t.Parallel()
	for name, pooler := range map[string]bool{"prepared": false, "pooler": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := postgrestest.New(t)
			p, err := platforma.New(postgrestest.OpenAt(t, database, &postgres.Options{MaxConns: 1, Pooler: pooler}), nil)
			require.NoError(t, err)
			acme, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme"})
			require.NoError(t, err)
			ctx := tenant.NewContext(t.Context(), acme.ID)
			ada, err := p.Customers.Create(ctx, customer.Draft{Name: "Ada", Email: "ada@example.com"})
			require.NoError(t, err)
			_, err = p.Customers.Get(ctx, ada.ID)
			require.NoError(t, err)
			superuser, err := pgx.Connect(t.Context(), database.Superuser)
			require.NoError(t, err)
			defer superuser.Close(context.WithoutCancel(t.Context()))
			change := func(sql string) {
				_, err := superuser.Exec(t.Context(), sql)
				require.NoError(t, err)
			}
			works := func() {
				got, err := p.Customers.Get(ctx, ada.ID)
				require.NoError(t, err)
				require.Equal(t, ada.Name, got.Name)
				company := got.Company + "a"
				_, err = p.Customers.Update(ctx, ada.ID, customer.Change{Company: &company})
				require.NoError(t, err)
			}
			change("ALTER TABLE customer.customers ADD COLUMN more text NOT NULL DEFAULT ''")
			works()
			change("ALTER TABLE customer.customers ALTER COLUMN name TYPE varchar(400)")
			if _, err := p.Customers.Get(ctx, ada.ID); err != nil {
				require.ErrorIs(t, err, platforma.ErrUnavailable)
			}
			works()
		})
	}
}

// TestNothingIsLeftOnAConnection has operations succeed, be refused, be
// interrupted and end badly on the one connection of a pool, and asks the
// connection each time who it is.
func TestNothingIsLeftOnAConnection(t *testing.T) {
	t.Parallel()
	database := postgrestest.New(t)
	p, err := platforma.New(postgrestest.OpenAt(t, database, &postgres.Options{MaxConns: 1}), nil)
	require.NoError(t, err)
	acme, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: "Acme"})
	require.NoError(t, err)
	ctx := tenant.NewContext(t.Context(), acme.ID)
	superuser, err := pgx.Connect(t.Context(), database.Superuser)
	require.NoError(t, err)
	defer superuser.Close(context.WithoutCancel(t.Context()))
	clean := func() {
		t.Helper()
		var open int
		require.NoError(t, superuser.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`).Scan(&open))
		require.Zero(t, open, "transactions that are open")
		var locks int
		require.NoError(t, superuser.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks
			WHERE pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&locks))
		require.Zero(t, locks)
	}
	_, err = p.Customers.Create(ctx, customer.Draft{Name: "Ada", Email: "ada@example.com"})
	require.NoError(t, err)
	clean()
	_, err = p.Customers.Create(ctx, customer.Draft{Name: "Ada", Email: "ada@example.com"})
	require.ErrorIs(t, err, platforma.ErrExists)
	clean()
	_, err = superuser.Exec(t.Context(), `ALTER TABLE customer.customers RENAME TO gone`)
	require.NoError(t, err)
	_, err = p.Customers.List(ctx, customer.Query{})
	require.ErrorIs(t, err, platforma.ErrUnavailable)
	require.NotContains(t, err.Error(), "relation", "the server's text")
	clean()
	_, err = superuser.Exec(t.Context(), `ALTER TABLE customer.gone RENAME TO customers`)
	require.NoError(t, err)
	_, err = p.Customers.List(ctx, customer.Query{})
	require.NoError(t, err)
	clean()
}

// session is the one connection of a pool, and who it is.
type session struct {
	sqlstore.Executor
	pid func() int
}

func oneSession(t *testing.T) (session, *pgx.Conn) {
	t.Helper()
	database := postgrestest.New(t)
	var one session
	db := postgrestest.OpenAt(t, database, &postgres.Options{MaxConns: 1})
	db.(interface {
		Watch(around func(sqlstore.Executor) sqlstore.Executor)
	}).Watch(func(own sqlstore.Executor) sqlstore.Executor {
		one.Executor = own
		return own
	})
	superuser := connect(t, database.Superuser)
	one.pid = func() (pid int) {
		require.NoError(t, one.Read(t.Context(), asCustomers, step("SELECT pg_backend_pid()", func(v sqlstore.Values) error {
			pid = int(v.Integer(0))
			return nil
		})))
		return pid
	}
	return one, superuser
}

var asCustomers = sqlstore.Principal{Role: "customer", Tenant: scope.TenantID("ten_01arz3ndektsv4rrffq69g5fav")}

func step(sql string, row func(sqlstore.Values) error) sqlstore.Step {
	return sqlstore.Step{Statement: &sqlstore.Statement{SQL: sql}, Row: row}
}

func ignore(sqlstore.Values) error { return nil }

// TestAStatementOfAnotherSchemaFailsOnce changes the type of a column under a
// plan that is kept: the server cannot say so but by an error, after which
// nothing is prepared any more, on the same connection.
func TestAStatementOfAnotherSchemaFailsOnce(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(session, ...sqlstore.Step) error{
		"reading": func(s session, steps ...sqlstore.Step) error { return s.Read(t.Context(), asCustomers, steps...) },
		"writing": func(s session, steps ...sqlstore.Step) error { return s.Write(t.Context(), asCustomers, steps...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, superuser := oneSession(t)
			kept := step("SELECT name FROM customer.customers", ignore)
			for range 2 {
				require.NoError(t, run(s, kept))
			}
			before := s.pid()
			_, err := superuser.Exec(t.Context(), "ALTER TABLE customer.customers ALTER name TYPE varchar(400)")
			require.NoError(t, err)
			err = run(s, kept)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			requireRefused(t, "0A000", err, "the plan that was kept")
			for range 2 {
				require.NoError(t, run(s, kept))
			}
			require.Equal(t, before, s.pid())
		})
	}
}

// TestAConnectionWithAnOpenTransactionIsClosed has a step fail where the batch
// is a transaction by itself, and where it began one.
func TestAConnectionWithAnOpenTransactionIsClosed(t *testing.T) {
	t.Parallel()
	s, _ := oneSession(t)
	fails := step("SELECT 1 / (length('') + 0 * $1::integer)", ignore)
	fails.Args = []any{1}
	before := s.pid()
	require.ErrorIs(t, s.Read(t.Context(), asCustomers, fails), fault.ErrInvalid)
	require.ErrorIs(t, s.Write(t.Context(), asCustomers, fails, fails), fault.ErrInvalid)
	require.Equal(t, before, s.pid(), "nothing was left open")
	require.ErrorIs(t, s.Read(t.Context(), asCustomers, fails, fails), fault.ErrInvalid)
	require.NotEqual(t, before, s.pid(), "the transaction was left open")
}
