// Package pgbouncertest runs a PgBouncer in transaction mode before the tests'
// PostgreSQL server.
package pgbouncertest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pooler is a running PgBouncer, which ends with its test.
type Pooler struct{ address string }

// DSN is a DSN of the server's, through the pooler.
func (p *Pooler) DSN(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // nobody connects with it
	}
	u.Host = p.address
	return u.String()
}

// Start starts a pooler, as an unprivileged user, that keeps some connections a
// login to the server of the DSNs, which say who may log in. Where PgBouncer is
// missing, and may not be installed, it leaves the test out.
func Start(t testing.TB, connections int, logins ...string) *Pooler {
	t.Helper()
	program := find(t)
	dir, port := folder(t), freePort(t)
	p := &Pooler{address: net.JoinHostPort("127.0.0.1", port)}
	write(t, filepath.Join(dir, "users.txt"), users(t, logins))
	config := filepath.Join(dir, "pgbouncer.ini")
	server := parse(t, logins[0])
	write(t, config, fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = transaction
default_pool_size = %d
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
`, server.Hostname(), server.Port(), port, filepath.Join(dir, "users.txt"), connections))
	log := run(t, dir, program, config)
	p.wait(t, logins[0], log)
	return p
}

// Program is the environment variable that names PgBouncer's program, where it
// is not on the PATH.
const Program = "PLATFORMA_PGBOUNCER"

// find returns the program, which Debian's package brings where it is missing.
func find(t testing.TB) string {
	t.Helper()
	if named := os.Getenv(Program); named != "" {
		return named
	}
	if found, ok := look(); ok {
		return found
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		t.Skipf("PgBouncer is left out: install it, or name its program in %s", Program)
	}
	// One at a time, whatever packages are tested at once. Debian's package would
	// start a pooler of its own.
	cmd := exec.CommandContext(t.Context(), "flock", filepath.Join(os.TempDir(), "platforma-pgbouncer.lock"), "sh", "-c",
		"test -x /usr/sbin/pgbouncer || (apt-get update -q && apt-get install -y -q --no-install-recommends pgbouncer)")
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("PgBouncer cannot be installed: %v\n%s", err, out)
	}
	found, ok := look()
	if !ok {
		t.Fatal("PgBouncer was installed, and cannot be found")
	}
	return found
}

func look() (string, bool) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// run starts the program, which lives as long as the pipe to a shell beside it
// is open: it ends with this process, however that ends, and its folder too.
func run(t testing.TB, dir, program, config string) (log string) {
	t.Helper()
	args := []string{"-c", `dir=$1; shift; "$@" & read -r _; kill $!; wait; rm -r "$dir"`, "sh", dir, program}
	if os.Geteuid() == 0 {
		args = append(args, "-u", "nobody") // it refuses to run as root
	}
	log = filepath.Join(dir, "log")
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", append(args, config)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = pipe.Close()
		_ = cmd.Wait() // it was killed, and says so
	})
	return log
}

// patience is how long a pooler may take to answer.
const patience = 10 * time.Second

func (p *Pooler) wait(t testing.TB, login, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		c, err := pgx.Connect(ctx, p.DSN(login))
		if err == nil {
			_ = c.Close(ctx)
			return
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(log)
			t.Fatalf("PgBouncer does not answer: %v\n%s", err, said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// folder is one that an unprivileged user can enter; a test's own is private.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "platforma-pgbouncer-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir // the shell beside the program removes it
}

// users are PgBouncer's list of logins with their passwords.
func users(t testing.TB, logins []string) string {
	t.Helper()
	var list strings.Builder
	for _, login := range logins {
		u := parse(t, login)
		password, _ := u.User.Password()
		fmt.Fprintf(&list, "%q %q\n", u.User.Username(), password)
	}
	return list.String()
}

func parse(t testing.TB, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("a DSN must be a URL: %v", err)
	}
	return u
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
