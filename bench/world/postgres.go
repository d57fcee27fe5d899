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
	// Prefix begins the names of the benchmarks' roles. They stay on the server,
	// as roles may be in use by another run's database.
	Prefix   = "platforma_bench"
	owner    = Prefix + "_owner"
	login    = Prefix + "_app"
	password = "for-benchmarks-only"
)

// Postgres makes a world in a database of its own on a server; the DSN is a
// superuser's, and a URL.
func Postgres(ctx context.Context, superuser string, size Size) (*World, error) {
	at, err := url.Parse(superuser)
	if err != nil {
		return nil, errors.New("the superuser's DSN must be a URL")
	}
	name := fmt.Sprintf("%s_%08x", Prefix, rand.Uint32()) //nolint:gosec // a name that is not taken
	as := func(user *url.Userinfo) string {
		u := *at
		u.User, u.Path = user, "/"+name
		return u.String()
	}
	if err := run(ctx, superuser, createOwner,
		"CREATE DATABASE "+name+" OWNER "+owner); err != nil {
		return nil, err
	}
	w := &World{
		Database: peer.Database{Source: as(url.UserPassword(login, password)), Prefix: Prefix, Connections: 16},
		drop: func() error {
			return run(context.WithoutCancel(ctx), superuser, "DROP DATABASE "+name+" WITH (FORCE)")
		},
	}
	if err := w.open(ctx, as(url.UserPassword(owner, password)), as(at.User), size); err != nil {
		return nil, errors.Join(err, w.drop())
	}
	return w, nil
}

const createOwner = `DO $$ BEGIN
	CREATE ROLE ` + owner + ` LOGIN CREATEROLE PASSWORD '` + password + `';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$`

func (w *World) open(ctx context.Context, owner, superuser string, size Size) error {
	err := postgres.Migrate(ctx, owner, &postgres.MigrateOptions{Prefix: Prefix, Login: login, Password: password})
	if err != nil {
		return err
	}
	opened, err := facade.OpenPostgres(ctx, w.Database)
	if err != nil {
		return err
	}
	w.facade = opened.(*facade.Peer)
	if err := w.fill(ctx, size); err != nil {
		return errors.Join(err, w.facade.Close())
	}
	w.tidy = func(ctx context.Context) error { return run(ctx, superuser, "VACUUM ANALYZE", "CHECKPOINT") }
	return w.tidy(ctx)
}

func run(ctx context.Context, dsn string, statements ...string) (err error) {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	for _, statement := range statements {
		if _, err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
