package postgres_test

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"hash/fnv"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
)

// installation is an empty database with roles of its own.
type installation struct {
	postgrestest.Database
	prefix string
}

const installationPassword = "for-tests-only"

func install(t *testing.T) installation {
	t.Helper()
	d := postgrestest.Empty(t)
	config, err := pgx.ParseConfig(d.Owner)
	require.NoError(t, err)
	sum := fnv.New64a()
	fmt.Fprint(sum, config.Database)
	i := installation{Database: d, prefix: fmt.Sprintf("platforma_test_%x", sum.Sum64())}
	t.Cleanup(func() { require.NoError(t, i.migrate(context.Background(), postgres.Nothing)) })
	return i
}

func (i installation) options(to string) *postgres.MigrateOptions {
	return &postgres.MigrateOptions{Prefix: i.prefix, Password: installationPassword, To: to}
}

func (i installation) migrate(ctx context.Context, to string) error {
	return postgres.Migrate(ctx, i.Owner, i.options(to))
}

// Versions, To and Open are storagetest.Migrations.
func (i installation) Versions() []string { return postgres.Versions() }

func (i installation) To(ctx context.Context, version string) error {
	return i.migrate(ctx, cmp.Or(version, postgres.Nothing))
}

func (i installation) Open(t *testing.T) storage.Driver {
	t.Helper()
	db, err := postgres.Open(t.Context(), i.login(t), &postgres.Options{Prefix: i.prefix, MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func (i installation) up(t *testing.T) {
	t.Helper()
	require.NoError(t, i.migrate(t.Context(), ""))
}

//go:embed testdata/schema.sql
var catalog string

// schema is all that a schema consists of, a line each.
func (i installation) schema(t *testing.T) []string {
	t.Helper()
	rows, err := connect(t, i.Superuser).Query(t.Context(), catalog, i.prefix)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return lines
}

// marks are the versions that both of the tables that remember them say.
func (i installation) marks(t *testing.T) []string {
	t.Helper()
	c := connect(t, i.Superuser)
	read := func(table string) []string {
		rows, err := c.Query(t.Context(), "SELECT name FROM platforma."+table+" ORDER BY name")
		require.NoError(t, err)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return names
	}
	applied := read("applied")
	require.Equal(t, applied, read("migrations"), "bun's own marks")
	return applied
}

// login is the DSN of the application.
func (i installation) login(t *testing.T) string {
	t.Helper()
	return as(t, i.App, url.UserPassword(i.prefix+"_app", installationPassword))
}

func (i installation) opens(t *testing.T) {
	t.Helper()
	db, err := postgres.Open(t.Context(), i.login(t), &postgres.Options{Prefix: i.prefix})
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
