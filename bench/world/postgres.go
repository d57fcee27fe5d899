package world

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/facade"
	"github.com/platforma/platforma/storage/postgres"
)

const (
	// Prefix begins the names of the benchmarks' databases and roles. The roles
	// stay on the server: another run's database may need them.
	Prefix   = "platforma_bench"
	owner    = Prefix + "_owner"
	login    = Prefix + "_app"
	password = "for-benchmarks-only"
)

// connections is the size of every peer's pool on PostgreSQL.
const connections = 16

// Postgres makes a world in a database of its own on a server; the DSN is a
// superuser's, and a URL.
func Postgres(ctx context.Context, superuser string, size Size) (*World, error) {
	at, err := url.Parse(superuser)
	if err != nil {
		return nil, errors.New("the superuser's DSN must be a URL")
	}
	s := server{at}
	name := newName()
	if err := s.run(ctx, "", createOwner, "CREATE DATABASE "+name+" OWNER "+owner); err != nil {
		return nil, err
	}
	d := s.database(name)
	migrate := &postgres.MigrateOptions{Prefix: Prefix, Login: login, Password: password}
	if err := postgres.Migrate(ctx, s.dsn(url.UserPassword(owner, password), name), migrate); err != nil {
		return nil, errors.Join(err, s.drop(ctx, d))
	}
	w, err := build(ctx, s, d, size)
	if err != nil {
		return nil, err
	}
	// What the planner knows, and what is on disk, goes into every copy.
	if err := s.run(ctx, name, "VACUUM (FREEZE, ANALYZE)", "CHECKPOINT"); err != nil {
		return nil, errors.Join(err, w.Close()) //nolint:contextcheck // also where ctx has ended
	}
	return w, nil
}

const createOwner = `DO $$ BEGIN
	CREATE ROLE ` + owner + ` LOGIN CREATEROLE PASSWORD '` + password + `';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$`

// server is a PostgreSQL server, by its superuser's URL.
type server struct{ superuser *url.URL }

func newName() string {
	return fmt.Sprintf("%s_%08x", Prefix, rand.Uint32()) //nolint:gosec // a name that is not taken
}

func (s server) dsn(user *url.Userinfo, database string) string {
	u := *s.superuser
	u.User, u.Path = user, "/"+database
	return u.String()
}

func (s server) database(name string) peer.Database {
	return peer.Database{
		Source: s.dsn(url.UserPassword(login, password), name), Prefix: Prefix, Connections: connections,
	}
}

func (s server) open(ctx context.Context, d peer.Database) (peer.Peer, error) {
	return facade.OpenPostgres(ctx, d)
}

// copy copies the files, which is a matter of a moment.
func (s server) copy(ctx context.Context, of peer.Database) (peer.Database, error) {
	name := newName()
	return s.database(name), s.run(ctx, "", "CREATE DATABASE "+name+" OWNER "+owner+" TEMPLATE "+nameOf(of)+" STRATEGY file_copy",
		// The rights on the database itself are not copied.
		"REVOKE ALL ON DATABASE "+name+" FROM PUBLIC", "GRANT CONNECT ON DATABASE "+name+" TO "+login)
}

func (s server) backends(ctx context.Context, d peer.Database) (pids []int, err error) {
	err = s.connected(ctx, "", func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = $1 ORDER BY pid", nameOf(d))
		if err != nil {
			return err
		}
		pids, err = pgx.CollectRows(rows, pgx.RowTo[int])
		return err
	})
	return pids, err
}

// allRows is one SELECT of everything.
const allRows = `SELECT string_agg(format('SELECT %L || to_jsonb(t)::text FROM %I.%I AS t', n.nspname || '.' || c.relname || ' ',
		n.nspname, c.relname), ' UNION ALL ')
	FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r' AND n.nspname NOT IN ('platforma', 'pg_catalog', 'information_schema')`

func (s server) rows(ctx context.Context, d peer.Database) (all []string, err error) {
	err = s.connected(ctx, nameOf(d), func(c *pgx.Conn) error {
		var query string
		if err := c.QueryRow(ctx, allRows).Scan(&query); err != nil {
			return err
		}
		rows, err := c.Query(ctx, query)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return all, err
}

func (s server) drop(ctx context.Context, d peer.Database) error {
	return s.run(ctx, "", "DROP DATABASE "+nameOf(d)+" WITH (FORCE)")
}

// nameOf is the database's name, which is the path of its URL.
func nameOf(d peer.Database) string {
	at, err := url.Parse(d.Source)
	if err != nil {
		return ""
	}
	return at.Path[1:]
}

// run runs statements as the superuser; the name is of the database, or empty.
func (s server) run(ctx context.Context, name string, statements ...string) error {
	return s.connected(ctx, name, func(c *pgx.Conn) error {
		for _, statement := range statements {
			if _, err := c.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s server) connected(ctx context.Context, name string, do func(*pgx.Conn) error) (err error) {
	dsn := s.superuser.String()
	if name != "" {
		dsn = s.dsn(s.superuser.User, name)
	}
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	return do(c)
}
