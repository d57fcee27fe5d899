package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
)

func TestOnSQLite(t *testing.T) {
	t.Parallel()
	twice(t, fresh(t))
}

func TestOnPostgreSQL(t *testing.T) {
	t.Parallel()
	twice(t, freshOnPostgres(t))
}

// freshOnPostgres are the options of a run on an empty PostgreSQL database.
func freshOnPostgres(t *testing.T) options {
	t.Helper()
	var superuser, prefix string
	// Roles are the server's: they go after the database, which goes after the
	// test.
	t.Cleanup(func() { dropRoles(t, superuser, prefix) })
	superuser = postgrestest.Empty(t).Superuser
	config, err := pgx.ParseConfig(superuser)
	require.NoError(t, err)
	prefix = rolePrefix(config.Database)
	return options{postgres: superuser, backend: filepath.Join(t.TempDir(), "datacenter.jsonl")}
}

func dropRoles(t *testing.T, superuser, prefix string) {
	t.Helper()
	if prefix == "" {
		return
	}
	config, err := pgx.ParseConfig(superuser)
	require.NoError(t, err)
	config.Database = "postgres"
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, config)
	require.NoError(t, err)
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)", prefix+"_")
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	for _, name := range names {
		_, err := conn.Exec(ctx, "DROP ROLE "+pgx.Identifier{name}.Sanitize())
		assert.NoError(t, err)
	}
}

func twice(t *testing.T, o options) {
	t.Helper()
	first := once(t, o)
	for _, want := range []string{
		"22 products imported, 0 already there",
		"digitalocean   8          7         38",
		"ovhcloud       14         5         42",
		"together       22         12        80",
		"Grace may read a product: digitalocean.g-2vcpu-8gb, 2 vCPUs, 8 GiB",
		"the user lacks the permission catalog.archive",
		"4 × digitalocean.g-2vcpu-8gb (2 vCPUs, 8 GiB) in nyc1",
		"machine: 0.09375 USD an hour × 4 = 0.375 USD",
		"total 11.27 USD: 11.26929 USD an hour",
		"for 10 machines: created, it is processing",
		"order placed ", "order started ", "order provisioned ",
		"is asked for again: the data center is busy",
		"is looked for: timeout: the data center did not answer",
		"10 units ordered, 10 resources, 10 machines in the data center",
		"products    22         0",
		"catalog.get product prod_",
		"22 products, order provisioned over 11.27 USD, 10 resources running, 10 machines",
	} {
		assert.Contains(t, first, want)
	}
	assert.NotContains(t, first, "already there\n   Globex")
	whole(t, o)

	second := once(t, o)
	for _, want := range []string{
		"0 products imported, 22 already there",
		"for 10 machines: already there, it is provisioned",
		"The data center was called 0 times in this run",
		"22 products, order provisioned over 11.27 USD, 10 resources running, 10 machines",
	} {
		assert.Contains(t, second, want)
	}
	for _, made := range []string{"order placed", "is asked for again", "  created\n"} {
		assert.NotContains(t, second, made)
	}
	// Roles, users, customers, tenants, clusters: each says so.
	assert.Equal(t, 2+2+1+len(clusters)+1+1, strings.Count(second, "already there"))
	whole(t, o)
	assert.Equal(t, logged(t, first), logged(t, second), "the second run made something")
}

// logged is how often what happened, by what was printed of the log.
func logged(t *testing.T, out string) map[string]string {
	t.Helper()
	counts := map[string]string{}
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 3 && strings.HasPrefix(f[0], "platforma.") {
			counts[f[0]] = f[1]
		}
	}
	require.NotEmpty(t, counts)
	return counts
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"-h"}, exitDone, "-postgres DSN"},
		{[]string{"-nonsense"}, exitUsage, "-nonsense"},
		{[]string{"cloud.db"}, exitUsage, "no arguments are wanted"},
		{[]string{"-db", "a", "-postgres", "b"}, exitUsage, "one of -db and -postgres"},
		{[]string{"-db", filepath.Join(t.TempDir(), "missing", "cloud.db")}, exitFailed, "missing"},
		{
			[]string{"-postgres", "postgres://127.0.0.1:1/none?connect_timeout=1", "-backend", filepath.Join(t.TempDir(), "b")},
			exitFailed, "postgres.migrate",
		},
	} {
		var out, errors bytes.Buffer
		assert.Equal(t, c.exit, start(c.args, &out, &errors), c.args)
		assert.Contains(t, errors.String(), c.says)
	}
}

func TestInterruptedIsClean(t *testing.T) {
	t.Parallel()
	o := fresh(t)
	for _, after := range []string{"Clusters with capacity", "order started"} {
		ctx, cancel := context.WithCancel(t.Context())
		out := &trigger{on: after, then: cancel}
		err := run(ctx, o, out)
		cancel()
		require.ErrorIs(t, err, context.Canceled, out.text.String())
	}
	once(t, o)
	whole(t, o)
}

// trigger is a writer that does something once: when a text comes by, or the
// end of so many lines.
type trigger struct {
	text bytes.Buffer
	on   string
	line int
	then func()
	done bool
}

func (w *trigger) Write(b []byte) (int, error) {
	w.text.Write(b)
	come := w.on != "" && bytes.Contains(w.text.Bytes(), []byte(w.on)) ||
		w.line > 0 && bytes.Count(w.text.Bytes(), []byte("\n")) >= w.line
	if come && !w.done {
		w.done = true
		w.then()
	}
	return len(b), nil
}
