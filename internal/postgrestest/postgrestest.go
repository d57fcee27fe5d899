// Package postgrestest gives each test a fresh, migrated PostgreSQL database:
// a copy of a template that is migrated once, which takes some 50 ms.
package postgrestest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that pgtestdb connects with
	"github.com/peterldowns/pgtestdb"

	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
)

// Variable is the environment variable with the DSN of a superuser, or of a
// role that may create roles and databases.
const Variable = "PLATFORMA_TEST_POSTGRES"

// Prefix begins the names of the library's roles in tests.
const Prefix = "platforma_test"

const (
	owner    = Prefix + "_owner"
	app      = Prefix + "_app"
	password = "for-tests-only"
)

// Database is a fresh database of one test.
type Database struct {
	// Superuser, Owner and App are the DSNs of who may do everything, of the
	// role that migrated, and of the application's login.
	Superuser, Owner, App string
}

// New makes a database for a test and removes it at the test's end. Without
// [Variable] the test is left out, and says how to bring it in.
func New(t testing.TB) Database {
	t.Helper()
	return create(t, migrator{})
}

// Empty is New for a database that is not migrated.
func Empty(t testing.TB) Database {
	t.Helper()
	return create(t, pgtestdb.NoopMigrator{})
}

func create(t testing.TB, m pgtestdb.Migrator) Database {
	t.Helper()
	superuser := os.Getenv(Variable)
	if superuser == "" {
		t.Skipf("PostgreSQL is left out: run `make test`, or set %s to a superuser's DSN", Variable)
	}
	u, err := url.Parse(superuser)
	if err != nil {
		t.Fatalf("%s must be a URL", Variable)
	}
	secret, _ := u.User.Password()
	made := pgtestdb.Custom(t, pgtestdb.Config{
		DriverName: "pgx", Host: u.Hostname(), Port: u.Port(), User: u.User.Username(), Password: secret,
		Database: "postgres", Options: u.RawQuery, ForceTerminateConnections: true,
		TestRole: &pgtestdb.Role{Username: owner, Password: password, Capabilities: "NOSUPERUSER CREATEROLE"},
	}, m)
	login := func(user *url.Userinfo) string {
		at := *u
		at.User, at.Path = user, "/"+made.Database
		return at.String()
	}
	if _, copied := m.(migrator); copied {
		shut(t, login(u.User), made.Database)
	}
	return Database{
		Superuser: login(u.User), Owner: login(url.UserPassword(owner, password)), App: login(url.UserPassword(app, password)),
	}
}

// shut shuts a database to the public as Migrate did with its template: a copy
// has the rights of all that is in the database, and not those on itself.
func shut(t testing.TB, superuser, name string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, superuser)
	if err != nil {
		t.Fatalf("the database cannot be entered: %v", err)
	}
	defer c.Close(ctx)
	database := pgx.Identifier{name}.Sanitize()
	_, err = c.Exec(ctx, "REVOKE ALL ON DATABASE "+database+" FROM PUBLIC; GRANT CONNECT ON DATABASE "+database+" TO "+app)
	if err != nil {
		t.Fatalf("the database cannot be shut: %v", err)
	}
}

// Open opens a fresh database as the application's login.
func Open(t testing.TB) storage.Driver {
	t.Helper()
	return OpenAt(t, New(t), nil)
}

// OpenAt opens a database as the application's login, and closes it at the
// test's end.
func OpenAt(t testing.TB, d Database, o *postgres.Options) storage.Driver {
	t.Helper()
	if o == nil {
		o = &postgres.Options{}
	}
	if o.Prefix == "" {
		o.Prefix = Prefix
	}
	if o.MaxConns == 0 {
		o.MaxConns = 4
	}
	if o.Accept == nil {
		o.Accept = accepted()
	}
	db, err := postgres.Open(context.Background(), d.App, o)
	if err != nil {
		t.Fatalf("the database does not open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("the database does not close: %v", err)
		}
	})
	return db
}

// migrator migrates the template.
type migrator struct{}

func (migrator) Hash() (string, error) {
	names, err := postgres.Fingerprint()
	return names + Prefix + os.Getenv(Without), err
}

func (migrator) Migrate(ctx context.Context, _ *sql.DB, c pgtestdb.Config) error {
	if err := postgres.Migrate(ctx, c.URL(), MigrateOptions()); err != nil {
		return err
	}
	return takeAway(ctx, c.URL())
}

// MigrateOptions are those of the tests' databases.
func MigrateOptions() *postgres.MigrateOptions {
	return &postgres.MigrateOptions{Prefix: Prefix, Login: app, Password: password}
}
