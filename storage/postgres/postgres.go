// Package postgres is the adapter for PostgreSQL 15 and later. The database
// itself keeps tenants apart, by row-level security, and services, by a role
// and a schema each.
//
// Migrating and serving are apart: the role that owns the schema is never the
// one that the application logs in as.
//
//	err := postgres.Migrate(ctx, ownerDSN, &postgres.MigrateOptions{Password: secret})
//	db, err := postgres.Open(ctx, appDSN, nil)
//	p, err := platforma.New(db, nil)
//
// Every operation is one network round trip, in which its scope is set and
// after which nothing of it is left on the connection.
//
// [Open] refuses a database that would not keep tenants and services apart, and
// says what mends it; [Inspect] says the same without opening. A host that keeps
// tables of its own beside the library's can put them under the same policy, and
// runs its statements on them with [InTenant].
package postgres

import (
	"cmp"
	"context"
	"errors"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/storage"
)

// Options are how a database is opened; nil means the defaults.
type Options struct {
	// Prefix begins the names of the library's roles, as it was migrated with;
	// empty is the database's name: what the server calls it, or, with Logins,
	// what the DSN does.
	Prefix string
	// Logins has the password of each login, by what it is for: "tenant",
	// "customer", "catalog", "order", "resource", "webhook", "event", "relay", "operator",
	// and "host" where the host uses [InTenant]. With it each service has
	// connections of its own, under the login that [MigrateOptions.Logins] made
	// for it, on which nobody can become another one; the DSN's own user is not
	// used. Empty, all share the DSN's login, which becomes any of them.
	Logins map[string]string
	// Tables are the host's own tables that must be under the policy, each as SQL
	// writes it with its schema; see [InspectOptions].
	Tables []string
	// Sealed says that the database has to be sealed, as [MigrateOptions.Seal]
	// does: one that is not, such as one restored by who is no superuser, is
	// refused. Without it that is advice, which [Inspect] gives.
	Sealed bool
	// Accept are rules whose findings do not keep the database from being opened,
	// each with the reason why the host lives with them:
	// "server-with-known-hole": "our provider updates in March". [Inspect] reports
	// them all the same. Of those about the migrations, the strings and the oldest
	// server none can be accepted.
	Accept map[string]string
	// MaxConns is how many connections are open at most, of each login; 0 is
	// pgxpool's default or what the DSN's pool_max_conns says.
	MaxConns int32
	// Pooler makes the adapter work behind a pooler in transaction mode that
	// does not know prepared statements, such as PgBouncer before 1.21.
	Pooler bool
	// Dial opens network connections; nil is the standard dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// driver is the stores, and what runs their statements and the host's own.
type driver struct {
	*sqlstore.Driver
	database *database
}

// Open opens a migrated database as the application's login, or as a login for
// each service. It looks at the database as [Inspect] does, in one round trip,
// and refuses one that has any finding: in which a login could see more than its
// scope lets it, a table is not held by its policy, or a service's role reaches
// beyond its schema; or whose migrations are not this version's.
//
// A login that is missing or is none of the library's, and a rule in Accept that
// is none or has no reason, is fault.ErrInvalid, before anything is opened. All else is fault.ErrUnavailable, and its text names
// every finding with the SQL that mends it.
func Open(ctx context.Context, dsn string, o *Options) (storage.Driver, error) {
	if o == nil {
		o = &Options{}
	}
	if err := checkLogins("postgres.open", o.Logins); err != nil {
		return nil, err
	}
	if err := checkAccepted(o.Accept); err != nil {
		return nil, err
	}
	db, err := open(ctx, dsn, *o)
	if err != nil {
		return nil, &fault.Error{Op: "postgres.open", Kind: fault.ErrUnavailable, Err: err}
	}
	return driver{sqlstore.NewDriver(pgdialect.New(), db, db.Close), db}, nil
}

func open(ctx context.Context, dsn string, o Options) (*database, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on"
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	if o.Pooler {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	if o.Dial != nil {
		config.ConnConfig.DialFunc = o.Dial
	}
	db := &database{prefix: o.Prefix, pools: map[string]*pgxpool.Pool{}}
	if err := db.connect(ctx, config, o); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// connect makes the pools, and refuses a database that would not keep tenants
// apart. Logins are tried at once, and not when their services first act.
func (d *database) connect(ctx context.Context, config *pgxpool.Config, o Options) error {
	inspected := InspectOptions{Tables: o.Tables, Sealed: o.Sealed}
	if len(o.Logins) == 0 {
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return err
		}
		for _, role := range everyRole() {
			d.pools[role] = pool
		}
		return d.refuse(ctx, pool, inspected, o.Accept)
	}
	// Where a DSN names no database, the server takes the user's name.
	config.ConnConfig.Database = cmp.Or(config.ConnConfig.Database, config.ConnConfig.User)
	d.prefix = cmp.Or(d.prefix, config.ConnConfig.Database)
	for role, password := range o.Logins {
		own := config.Copy()
		own.ConnConfig.User, own.ConnConfig.Password = loginOf(d.prefix, role), password
		pool, err := pgxpool.NewWithConfig(ctx, own)
		if err != nil {
			return err
		}
		d.pools[role] = pool
		if err := pool.Ping(ctx); err != nil {
			return err
		}
		inspected.Logins = append(inspected.Logins, own.ConnConfig.User)
	}
	return d.refuse(ctx, d.pools[sqlstore.RoleOperator], inspected, o.Accept)
}

func (d *database) refuse(ctx context.Context, pool *pgxpool.Pool, o InspectOptions, accepted map[string]string) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	o.Prefix = d.prefix
	f, err := look(ctx, conn.Conn().PgConn(), o)
	if err != nil {
		return err
	}
	d.prefix = cmp.Or(d.prefix, f.database)
	if report := f.report().without(accepted); len(report.Findings) > 0 {
		return errors.New(report.String())
	}
	return nil
}
