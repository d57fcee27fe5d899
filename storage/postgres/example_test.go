package postgres_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
)

// Without a server there is nothing that an example could show; tests say so
// themselves.
func TestMain(m *testing.M) {
	if os.Getenv(postgrestest.Variable) == "" {
		_ = flag.Set("test.skip", "^Example") // the flag exists
	}
	os.Exit(m.Run())
}

// A host keeps invoices beside the library's tables, under the same policy.
func ExampleInTenant() {
	ctx := context.Background()
	ownerDSN, appDSN, remove := exampleDatabase(ctx)
	defer remove()
	must(0, postgres.Migrate(ctx, ownerDSN, &postgres.MigrateOptions{Password: "for-tests-only"}))

	// In the host's own migration, as the same role:
	owner := must(pgx.Connect(ctx, ownerDSN))
	must(owner.Exec(ctx, `
		CREATE SCHEMA billing;
		CREATE TABLE billing.invoices (
			tenant_id text COLLATE "C" NOT NULL,
			id text COLLATE "C" NOT NULL,
			total bigint NOT NULL,
			PRIMARY KEY (tenant_id, id)
		);
		CALL platforma.isolate('billing.invoices');`))
	must(0, owner.Close(ctx))

	// In the application:
	db := must(postgres.Open(ctx, appDSN, nil))
	defer db.Close()
	acme := scope.Tenant(ctx, "ten_01jd5v3w6zfg7s3qk1v2m8n4ra")
	other := scope.Tenant(ctx, "ten_01jd5v3w6zfg7s3qk1v2m8n4rb")
	for _, tenant := range []context.Context{acme, other} {
		by := must(scope.FromTenant(tenant))
		var batch pgx.Batch
		batch.Queue("INSERT INTO billing.invoices VALUES ($1, 'inv_1', 4200)", by.Tenant)
		must(0, postgres.InTenant(tenant, db, &batch))
	}

	// What forgets to ask for the tenant sees this one's alone.
	var batch pgx.Batch
	batch.Queue("UPDATE billing.invoices SET total = total - 200")
	batch.Queue("SELECT tenant_id, total FROM billing.invoices").Query(func(rows pgx.Rows) error {
		var tenant string
		var total int64
		_, err := pgx.ForEachRow(rows, []any{&tenant, &total}, func() error {
			fmt.Println(tenant, total)
			return nil
		})
		return err
	})
	must(0, postgres.InTenant(acme, db, &batch))
	// Output: ten_01jd5v3w6zfg7s3qk1v2m8n4ra 4000
}

// A pipeline inspects a database before the application meets it.
func ExampleInspect() {
	ctx := context.Background()
	ownerDSN, _, remove := exampleDatabase(ctx)
	defer remove()
	must(0, postgres.Migrate(ctx, ownerDSN, nil))
	owner := must(pgx.Connect(ctx, ownerDSN))
	must(owner.Exec(ctx, "ALTER TABLE customer.customers NO FORCE ROW LEVEL SECURITY"))
	must(0, owner.Close(ctx))

	report := must(postgres.Inspect(ctx, ownerDSN, &postgres.InspectOptions{Logins: []string{exampleName + "_app"}}))
	for _, f := range report.Findings {
		fmt.Println(f.Rule)
		fmt.Println(f.Object)
		fmt.Println(f.Mend)
	}
	// Output:
	// table-not-forced
	// table customer.customers
	// ALTER TABLE customer.customers FORCE ROW LEVEL SECURITY;
}

const exampleName = "platforma_example"

// exampleDatabase makes a database for an example, which runs alone.
func exampleDatabase(ctx context.Context) (ownerDSN, appDSN string, remove func()) {
	superuser := os.Getenv(postgrestest.Variable)
	server := must(pgx.Connect(ctx, superuser))
	must(server.Exec(ctx, "CREATE DATABASE "+exampleName))
	at := *must(url.Parse(superuser))
	at.Path = "/" + exampleName
	app := at
	app.User = url.UserPassword(exampleName+"_app", "for-tests-only")
	return at.String(), app.String(), func() {
		must(server.Exec(ctx, "DROP DATABASE "+exampleName+" WITH (FORCE)"))
		must(0, server.Close(ctx))
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
