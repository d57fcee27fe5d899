package postgres_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/platformatest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/tenant"
)

// seal seals a database that was made for a test.
func seal(t *testing.T, d postgrestest.Database, except ...string) {
	t.Helper()
	o := &postgres.MigrateOptions{Prefix: postgrestest.Prefix, Seal: &postgres.Seal{Except: except}}
	require.NoError(t, postgres.Migrate(t.Context(), d.Superuser, o))
}

// sealed is an installation that a superuser has sealed, and unmakes.
func sealed(t *testing.T) installation {
	t.Helper()
	i := install(t)
	i.up(t)
	t.Cleanup(func() {
		ctx := context.Background()
		require.NoError(t, postgres.Migrate(ctx, i.Superuser, i.options(postgres.Nothing)))
		c, err := pgx.Connect(ctx, i.Superuser)
		require.NoError(t, err)
		defer c.Close(ctx)
		var left bool
		require.NoError(t, c.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE starts_with(rolname, $1))", i.prefix+"_").Scan(&left))
		require.False(t, left, "the roles go too")
	})
	i.seal(t)
	return i
}

func (i installation) seal(t *testing.T) {
	t.Helper()
	o := i.options("")
	o.Seal = &postgres.Seal{}
	require.NoError(t, postgres.Migrate(t.Context(), i.Superuser, o))
}

func (i installation) inspect(t *testing.T, must bool) postgres.Report {
	t.Helper()
	report, err := postgres.Inspect(t.Context(), i.login(t), &postgres.InspectOptions{Prefix: i.prefix, Sealed: must})
	require.NoError(t, err)
	return report
}

func (i installation) opensSealed(t *testing.T) error {
	t.Helper()
	db, err := postgres.Open(t.Context(), i.login(t), &postgres.Options{Prefix: i.prefix, Sealed: true})
	if err == nil {
		require.NoError(t, db.Close())
	}
	return err
}

// TestWhatIsNotSealedIsAdvice has the report say so, Open refuse it only where it
// is told to, and the SQL mend it.
func TestWhatIsNotSealedIsAdvice(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.up(t)
	t.Cleanup(func() {
		require.NoError(t, postgres.Migrate(context.Background(), i.Superuser, i.options(postgres.Nothing)))
	})
	superuser := connect(t, i.Superuser)
	_, err := superuser.Exec(t.Context(), `CREATE FUNCTION public.become(id text) RETURNS text LANGUAGE sql SECURITY DEFINER
		AS $$ SELECT set_config('app.tenant_id', id, true) $$;
		CREATE FUNCTION public.other() RETURNS bigint LANGUAGE sql SET app.tenant_id = 'other' AS 'SELECT 1'`)
	require.NoError(t, err)
	report := i.inspect(t, false)
	require.Empty(t, report.Findings)
	objects := make([]string, len(report.Advice))
	for n, f := range report.Advice {
		require.Equal(t, "scope-not-sealed", f.Rule)
		objects[n] = f.Object
	}
	require.Equal(t, []string{
		"function set_config(text,text,boolean)", "language plpgsql", "routine public.become(text)", "routine public.other()",
	}, objects)
	require.Contains(t, report.String(), "findings: 0\nadvice: 4\nscope-not-sealed: function set_config(text,text,boolean): ")
	i.opens(t)
	require.ErrorContains(t, i.opensSealed(t), "findings: 4\n"+report.Advice[0].String())
	require.Equal(t, postgres.Report{Findings: report.Advice}, i.inspect(t, true))
	for _, f := range report.Advice {
		require.True(t, f.Superuser)
		_, err := superuser.Exec(t.Context(), f.Mend)
		require.NoError(t, err, f.Mend)
	}
	require.Equal(t, postgres.Report{}, i.inspect(t, true))
	require.NoError(t, i.opensSealed(t))

	_, err = superuser.Exec(t.Context(), "GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO "+i.prefix+"_order")
	require.NoError(t, err)
	require.Len(t, i.inspect(t, true).Findings, 1, "a role of the library's")
	i.seal(t)
	require.Equal(t, postgres.Report{}, i.inspect(t, true))
}

func TestWhoMaySeal(t *testing.T) {
	t.Parallel()
	i := install(t)
	o := i.options("")
	o.Seal = &postgres.Seal{}
	err := postgres.Migrate(t.Context(), i.Owner, o)
	require.ErrorIs(t, err, fault.ErrForbidden)
	require.ErrorContains(t, err, "postgres.migrate: forbidden: EXECUTE ON FUNCTION set_config(text,text,boolean) is not this role's")
	require.Empty(t, i.schema(t), "nothing was done")

	require.NoError(t, i.migrate(t.Context(), "0004"))
	err = postgres.Migrate(t.Context(), i.Superuser, o)
	require.ErrorIs(t, err, fault.ErrState, "the tables to come would not be the owner's")
	require.ErrorContains(t, err, "migrate as ")

	o.Seal.Except = []string{i.prefix + "_order", "nobody_of_that_name"}
	err = postgres.Migrate(t.Context(), i.Superuser, o)
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.ErrorContains(t, err, "seal.except[0] must be none of")
	require.ErrorContains(t, err, "seal.except[1] must be a role")

	o.To = postgres.Nothing
	err = postgres.Migrate(t.Context(), i.Superuser, o)
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.ErrorContains(t, err, "seal must be nil")
}

// TestASealLetsLoginsIn has logins come after the seal: their owner cannot let
// them in, and a superuser's next migration does.
func TestASealLetsLoginsIn(t *testing.T) {
	t.Parallel()
	i := sealed(t)
	require.NoError(t, i.opensSealed(t))
	i.up(t)
	o := i.options("")
	o.Logins = loginsForTests()
	require.NoError(t, postgres.Migrate(t.Context(), i.Owner, o))
	opening := &postgres.Options{Prefix: i.prefix, Logins: loginsForTests(), Sealed: true, MaxConns: 2}
	_, err := postgres.Open(t.Context(), i.App, opening)
	require.ErrorContains(t, err, "findings: 10\nlogin-without-scope: login "+i.prefix+"_catalog_login: ")
	require.ErrorContains(t, err, "GRANT EXECUTE ON FUNCTION set_config(text,text,boolean) TO "+i.prefix+"_catalog_login; -- as a superuser")

	require.NoError(t, postgres.Migrate(t.Context(), i.Superuser, o))
	db, err := postgres.Open(t.Context(), i.App, opening)
	require.NoError(t, err)
	p, err := platforma.New(db, platformatest.Options())
	require.NoError(t, err)
	platformatest.Seed(t, p, "acme")
	require.NoError(t, p.Close())
}

// TestWhomASealLeaves looks for everybody who may set a tenant within a statement,
// and for another name for it.
func TestWhomASealLeaves(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	seal(t, d, "pg_monitor")
	seal(t, d)
	c := connect(t, d.Superuser)
	list := func(sql string) []string {
		rows, err := c.Query(t.Context(), sql)
		require.NoError(t, err)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return names
	}
	require.Equal(t, []string{"set_config"}, list("SELECT proname FROM pg_proc WHERE prosrc = 'set_config_by_name'"))
	app, owner := postgrestest.Prefix+"_app", postgrestest.Prefix+"_owner"
	may := list(`SELECT rolname FROM pg_roles WHERE NOT rolsuper AND has_function_privilege(oid, 'set_config(text,text,boolean)', 'EXECUTE') ORDER BY 1`)
	require.Subset(t, may, []string{"pg_monitor", app, owner})
	for _, role := range []string{"tenant", "customer", "catalog", "order", "resource", "event", "relay", "operator", "host"} {
		require.NotContains(t, may, postgrestest.Prefix+"_"+role)
	}
	blocks := list("SELECT rolname FROM pg_roles WHERE NOT rolsuper AND has_language_privilege(oid, 'plpgsql', 'USAGE') ORDER BY 1")
	require.Contains(t, blocks, owner)
	require.NotContains(t, blocks, app)

	_, err := connect(t, d.App).Exec(t.Context(), "GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO "+postgrestest.Prefix+"_order")
	require.NoError(t, err, "a login that hands its right on")
	require.Equal(t, may, list(`SELECT rolname FROM pg_roles WHERE NOT rolsuper
		AND has_function_privilege(oid, 'set_config(text,text,boolean)', 'EXECUTE') ORDER BY 1`), "has none to hand on")
}

// TestDumpsOfASealedDatabase has the role that migrates dump it, which begins with
// set_config. The dump has the seal in it.
func TestDumpsOfASealedDatabase(t *testing.T) {
	t.Parallel()
	d := postgrestest.New(t)
	seal(t, d)
	written, failure := dump(t, d.Owner, "--schema-only")
	require.Empty(t, failure)
	require.Contains(t, written, "REVOKE ALL ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;")
	require.Contains(t, written, "REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC;")
	_, failure = dump(t, d.App, "--schema-only", "--schema", "public")
	require.Empty(t, failure, "the login keeps it")
	superuser := connect(t, d.Superuser)
	const reader = postgrestest.Prefix + "_reader"
	_, err := superuser.Exec(t.Context(), "DROP ROLE IF EXISTS "+reader+"; CREATE ROLE "+reader+" LOGIN PASSWORD 'p'; GRANT CONNECT ON DATABASE "+
		pgx.Identifier{superuser.Config().Database}.Sanitize()+" TO "+reader)
	require.NoError(t, err)
	_, failure = dump(t, as(t, d.App, url.UserPassword(reader, "p")), "--schema-only", "--schema", "public")
	require.Contains(t, failure, "permission denied for function set_config", "who is not named does not")
}

// TestASessionThatIsNotGivenBackIsClosed has a host's statements leave a role on
// the one connection, from which a sealed database lets nobody become another.
func TestASessionThatIsNotGivenBackIsClosed(t *testing.T) {
	t.Parallel()
	d, _ := hosted(t, nil)
	seal(t, d)
	db := postgrestest.OpenAt(t, d, &postgres.Options{MaxConns: 1, Sealed: true})
	ctx := scope.Tenant(t.Context(), acme)
	p, err := platforma.New(db, platformatest.Options())
	require.NoError(t, err)
	for name, again := range map[string]func() error{
		"a host's operation": func() error { return inTenant(ctx, db, "SELECT FROM shop.invoices") },
		"the library's": func() error {
			_, err := p.Tenants.List(scope.Operator(t.Context()), tenant.Query{})
			return err
		},
	} {
		require.NoError(t, again(), name)
		batch := &pgx.Batch{}
		for _, statement := range []string{"COMMIT", "SET ROLE " + postgrestest.Prefix + "_host", "COMMIT", "SELECT 1 / 0"} {
			batch.Queue(statement)
		}
		require.Error(t, postgres.InTenant(ctx, db, batch))
		requireRefused(t, denied, again(), name)
		require.NoError(t, again(), "%s, on another connection", name)
	}
}
