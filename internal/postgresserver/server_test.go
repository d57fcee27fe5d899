package postgresserver

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// need leaves a test out where no server can be started.
func need(t *testing.T) {
	t.Helper()
	_, err := Find(t.Context())
	if os.Getenv("PLATFORMA_TEST_POSTGRES") == "" || errors.Is(err, ErrNoPostgres) {
		t.Skip("PostgreSQL is left out: run `make test`, or set PLATFORMA_TEST_POSTGRES to a superuser's DSN")
	}
}

// folder makes a folder that the server's account can enter, with a name
// that leaves room for a socket's.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dir") //nolint:usetesting // TempDir's are private, and long
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

func started(t *testing.T, opts *Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	return s
}

func connected(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestServer(t *testing.T) {
	t.Parallel()
	need(t)
	s := started(t, nil)
	conn := connected(t, s.DSN())

	for setting, want := range map[string]string{
		"listen_addresses":    "127.0.0.1",
		"max_connections":     "200",
		"shared_buffers":      "128MB",
		"fsync":               "off",
		"synchronous_commit":  "off",
		"full_page_writes":    "off",
		"server_encoding":     "UTF8",
		"password_encryption": "scram-sha-256",
		"is_superuser":        "on",
		"server_version":      s.Binaries().Version,
	} {
		var got string
		require.NoError(t, conn.QueryRow(t.Context(), "show "+setting).Scan(&got), setting)
		if setting == "server_version" { // the packager's words follow
			got, _, _ = strings.Cut(got, " ")
		}
		assert.Equal(t, want, got, setting)
	}

	config := conn.Config()
	for _, host := range []string{"127.0.0.1", s.sockets()} {
		for _, password := range []string{"", "postgres"} {
			config.Host, config.Password = host, password
			other, err := pgx.ConnectConfig(t.Context(), config)
			if !assert.ErrorContains(t, err, "password", "%s lets %q in", host, password) {
				_ = other.Close(t.Context())
			}
		}
	}

	require.NoError(t, s.Stop(), "while a client is connected")
	assert.NoDirExists(t, s.Dir())
	_, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	require.Error(t, err, "the server still listens")
	assert.NoError(t, s.Stop(), "a second time")
}

func TestStartOnTakenPort(t *testing.T) {
	t.Parallel()
	need(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()

	dir := folder(t)
	_, err = Start(t.Context(), &Options{Dir: dir, Port: l.Addr().(*net.TCPAddr).Port})
	require.ErrorIs(t, err, errPortTaken)
	assert.Empty(t, names(t, dir), "what a failed start leaves")
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	need(t)
	dir := folder(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, &Options{Dir: dir})
	require.Error(t, err)
	assert.Empty(t, names(t, dir), "what a cancelled start leaves")
}

// A killed process lets go of its lock, and of nothing else.
func TestStartClearsAwayWhatAKilledProcessLeft(t *testing.T) {
	t.Parallel()
	need(t)
	dir := folder(t)
	long := time.Now().Add(-2 * young)
	server := func(locked bool, since time.Time) *Server {
		s := started(t, &Options{Dir: dir})
		if !locked {
			require.NoError(t, s.lock.Close())
		}
		require.NoError(t, os.Chtimes(filepath.Join(s.Dir(), lockName), since, since))
		return s
	}
	kept := server(true, long)
	fresh := server(false, time.Now()) // perhaps its process is about to lock it
	left := server(false, long)

	started(t, &Options{Dir: dir})
	assert.NoDirExists(t, left.Dir())
	select {
	case <-left.exited:
	case <-time.After(time.Minute):
		t.Error("the server that was left behind still runs")
	}
	assert.DirExists(t, kept.Dir(), "of a living process")
	connected(t, kept.DSN())
	assert.DirExists(t, fresh.Dir(), "perhaps of a living process")
	connected(t, fresh.DSN())
}

func TestStartSaysWhoCannotEnterItsFolder(t *testing.T) {
	t.Parallel()
	need(t)
	acc, err := unprivileged()
	require.NoError(t, err)
	if acc == nil {
		return // everybody enters their own
	}
	dir := folder(t)
	require.NoError(t, os.Chmod(dir, 0o700))
	_, err = Start(t.Context(), &Options{Dir: dir})
	require.ErrorContains(t, err, "user "+acc.String()+" cannot enter")
	assert.Empty(t, names(t, dir), "what a failed start leaves")
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	all := make([]string, 0, len(entries))
	for _, e := range entries {
		all = append(all, fs.FormatDirEntry(e))
	}
	return all
}
