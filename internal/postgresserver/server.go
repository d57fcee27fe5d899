// Package postgresserver runs a private PostgreSQL server (15 or later) in a
// temporary folder, for as long as a test run needs one.
//
// The server listens on a free port of 127.0.0.1, asks for a random password,
// and trades durability for speed: what it holds is thrown away. It stops with
// the process that started it, and what a killed process leaves behind, the
// next Start clears away.
package postgresserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options change how Start works. Nil means the defaults.
type Options struct {
	// Bin is the folder of the programs initdb and postgres. The default is
	// the one that Find finds.
	Bin string
	// Dir is where the server's temporary folder is made. The default is
	// os.TempDir.
	Dir string
	// Port is the one to listen on. The default is a free one.
	Port int
	// Crashes has what was committed survive [Server.Kill]: without it the server
	// answers before it has handed a commit to the operating system. The death of
	// the machine it does not survive either way.
	Crashes bool
	// Install lets Start install PostgreSQL by apt-get where there is none
	// and the process may. The default is not to.
	Install bool
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	bin      Binaries
	dir      string
	lock     *os.File
	account  *account
	password string
	port     int
	crashes  bool

	mu      sync.Mutex // guards the process, which Restart replaces
	process *os.Process
	exited  chan struct{} // closed when the process has ended

	stop    sync.Once
	stopErr error
}

// Errors by which an attempt to start says that another one may succeed.
var (
	errPortTaken = errors.New("the port is taken")
	errNoICU     = errors.New("this build has no ICU")
	errInUse     = errors.New("the memory of a killed server is still in use")
)

// attempts bounds how often another port is tried.
const attempts = 5

// Start makes a server and returns when it accepts connections. The context
// bounds the start, not the server's life: that ends with Stop.
func Start(ctx context.Context, opts *Options) (*Server, error) {
	if opts == nil {
		opts = &Options{}
	}
	bin, err := binaries(ctx, opts)
	if err != nil {
		return nil, err
	}
	acc, err := unprivileged()
	if err != nil {
		return nil, err
	}
	root := opts.Dir
	if root == "" {
		root = os.TempDir()
	}
	sweep(ctx, root, bin, acc)

	s := &Server{bin: bin, account: acc, password: newPassword(), crashes: opts.Crashes}
	if s.dir, s.lock, err = newDir(root, acc); err != nil {
		return nil, err
	}
	if err := s.start(ctx, opts.Port); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// DSN returns the connection string of the superuser "postgres".
func (s *Server) DSN() string {
	return fmt.Sprintf("postgres://postgres:%s@%s/postgres?sslmode=disable", s.password, s.Addr())
}

// Addr returns the host and port that the server listens on.
func (s *Server) Addr() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
}

// Binaries returns the programs that the server runs.
func (s *Server) Binaries() Binaries { return s.bin }

// Dir returns the folder that holds the server's data and log, which Stop
// removes.
func (s *Server) Dir() string { return s.dir }

// Stop stops the server, without waiting for its clients, and removes its
// folder. Calls after the first one return what the first one did.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.stopErr = errors.Join(s.terminate(), os.RemoveAll(s.dir))
		// Last: until here no sweep of another process may touch the folder.
		_ = s.lock.Close()
	})
	return s.stopErr
}

func (s *Server) start(ctx context.Context, port int) error {
	// A linguistic default collation, which no query may rely on: one that
	// forgets its COLLATE "C" sorts differently than on SQLite, and shows.
	err := s.initdb(ctx, "--locale-provider=icu", "--icu-locale=en-US")
	if errors.Is(err, errNoICU) {
		err = s.initdb(ctx)
	}
	if err != nil {
		return err
	}
	for range attempts {
		s.port = port
		if port == 0 {
			if s.port, err = freePort(ctx); err != nil {
				return err
			}
		}
		// Another process may take the port before the server does.
		if err = s.serve(ctx); port != 0 || !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

func (s *Server) data() string    { return filepath.Join(s.dir, "data") }
func (s *Server) sockets() string { return filepath.Join(s.dir, "sockets") }
func (s *Server) log() string     { return filepath.Join(s.dir, "server.log") }

// initdb makes the server's data folder.
func (s *Server) initdb(ctx context.Context, locale ...string) error {
	passwords := filepath.Join(s.dir, "password")
	if err := os.WriteFile(passwords, []byte(s.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("postgresserver: %w", err)
	}
	defer func() { _ = os.Remove(passwords) }()
	if err := s.account.own(passwords); err != nil {
		return err
	}

	args := append([]string{
		"--pgdata=" + s.data(), "--username=postgres", "--pwfile=" + passwords,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
	}, locale...)
	cmd := s.command(ctx, "initdb", args...)
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case bytes.Contains(out, []byte("ICU is not supported")):
		return errNoICU
	case errors.Is(err, os.ErrPermission) && s.account != nil:
		return fmt.Errorf("postgresserver: user %s cannot enter %s or run what is in %s: %w",
			s.account, s.dir, s.bin.Dir, err)
	default:
		return fmt.Errorf("postgresserver: initdb: %w\n%s", err, out)
	}
}

// serve starts the server's process and waits until it accepts connections.
func (s *Server) serve(ctx context.Context) error {
	if err := os.Truncate(s.log(), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("postgresserver: %w", err)
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("postgresserver: %w", err)
	}
	defer func() { _ = log.Close() }()

	// Not bound to ctx: the server outlives its start.
	cmd := s.command(context.WithoutCancel(ctx), "postgres", s.settings()...)
	cmd.Stdout, cmd.Stderr = log, log
	exited := make(chan struct{})
	if err := spawn(cmd, exited); err != nil {
		return fmt.Errorf("postgresserver: %w", err)
	}
	s.mu.Lock()
	s.process, s.exited = cmd.Process, exited
	s.mu.Unlock()

	// Whoever else listens on the port may never answer.
	alive, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-exited:
			cancel()
		case <-alive.Done():
		}
	}()
	for {
		refused := s.ping(alive)
		if refused == nil {
			return nil
		}
		select {
		case <-exited:
			return s.died()
		case <-ctx.Done():
			return fmt.Errorf("postgresserver: %w: the server refuses connections: %w\n%s",
				context.Cause(ctx), refused, s.logged())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// settings returns the arguments of the server: those of a server whose data
// nobody will miss.
func (s *Server) settings() []string {
	commits := "off"
	if s.crashes {
		commits = "on"
	}
	sockets := s.sockets()
	if len(sockets) > 90 { // longer names do not fit into a socket's address
		sockets = ""
	}
	args := []string{"-D", s.data()}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(s.port),
		"unix_socket_directories=" + sockets,
		"max_connections=200",
		"shared_buffers=128MB",
		"fsync=off",
		"synchronous_commit=" + commits,
		"full_page_writes=off",
		"logging_collector=off",
		"log_destination=stderr",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// ping asks whether it is this server that answers: only it knows the
// password.
func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// died says why the server's process ended by itself.
func (s *Server) died() error {
	log := s.logged()
	if bytes.Contains(log, []byte("could not bind")) ||
		bytes.Contains(log, []byte("could not create any TCP/IP sockets")) {
		return fmt.Errorf("postgresserver: %d: %w\n%s", s.port, errPortTaken, log)
	}
	if bytes.Contains(log, []byte("pre-existing shared memory block")) {
		return fmt.Errorf("postgresserver: %w\n%s", errInUse, log)
	}
	return fmt.Errorf("postgresserver: the server ended while it started\n%s", log)
}

// logged returns the end of the server's log.
func (s *Server) logged() []byte {
	const most = 4 << 10
	log, _ := os.ReadFile(s.log())
	return log[max(0, len(log)-most):]
}

// command prepares one of PostgreSQL's programs to run as the server's
// account, untouched by the caller's settings.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return command(ctx, s.bin, s.dir, s.account, name, args...)
}

func newPassword() string {
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never fails
	return hex.EncodeToString(secret[:])
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("postgresserver: no free port: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, errors.Join(err, l.Close())
	}
	n, err := strconv.Atoi(port)
	return n, errors.Join(err, l.Close())
}
