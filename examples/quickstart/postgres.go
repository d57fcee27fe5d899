package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
)

// locatePostgres finds the home on a server.
func locatePostgres(o options) (home, error) {
	owner, err := pgx.ParseConfig(o.postgres)
	if err != nil {
		return home{}, err
	}
	prefix := rolePrefix(owner.Database)
	login := prefix + "_app"
	at := fmt.Sprintf("%s:%d/%s", owner.Host, owner.Port, owner.Database)
	h := home{database: "PostgreSQL, " + at + ", as " + login, backend: o.backend, again: "-postgres DSN"}
	if h.backend == "" {
		folder, err := cacheFolder()
		if err != nil {
			return home{}, err
		}
		h.backend = filepath.Join(folder, special.ReplaceAllString(at, "-")+".datacenter.jsonl")
	} else {
		h.again += " -backend " + h.backend
	}
	h.open = func(ctx context.Context) (storage.Driver, error) {
		return openPostgres(ctx, o.postgres, prefix, login)
	}
	return h, nil
}

// cacheFolder is a folder that outlives the process and its database's restart.
func cacheFolder() (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		folder = os.TempDir() // a user without a home
	}
	folder = filepath.Join(folder, "platforma-quickstart")
	return folder, os.MkdirAll(folder, 0o700)
}

// openPostgres does in one process what a host does in two: the owner
// migrates, the application logs in with what the migration made for it.
func openPostgres(ctx context.Context, ownerDSN, prefix, login string) (storage.Driver, error) {
	password := rand.Text()
	err := postgres.Migrate(ctx, ownerDSN, &postgres.MigrateOptions{Prefix: prefix, Login: login, Password: password})
	if err != nil {
		return nil, err
	}
	dsn, err := asLogin(ownerDSN, login, password)
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, dsn, &postgres.Options{Prefix: prefix})
}

var special = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// rolePrefix begins the names of the roles. Those are the server's, so each
// database has its own, with what tells it from others: the end of its name.
func rolePrefix(database string) string {
	name := strings.Trim(special.ReplaceAllString(strings.ToLower(database), "_"), "_")
	name = strings.ReplaceAll(name, ".", "_")
	return "quickstart_" + name[max(0, len(name)-30):]
}

// asLogin is the DSN of another login of the same database.
func asLogin(dsn, login, password string) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " user=" + login + " password=" + password, nil // the last ones count
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("the DSN is no URL that can be given another login: write it as key=value pairs")
	}
	q := u.Query()
	q.Del("user")
	q.Del("password")
	u.User, u.RawQuery = url.UserPassword(login, password), q.Encode()
	return u.String(), nil
}
