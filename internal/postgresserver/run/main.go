// Command run runs a command that needs PostgreSQL:
//
//	go run ./internal/postgresserver/run [-keep] -- command args…
//
// It starts a private temporary server, hands its superuser's connection
// string to the command in PLATFORMA_TEST_POSTGRES, and removes the server
// when the command has ended or a signal arrives. Where the variable is set
// already, it runs the command and starts nothing. It exits as the command
// does.
//
// With -keep the server goes on after the command, for a look at what is in
// it, until the program is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/internal/postgresserver"
)

// env is the variable in which tests find the server.
const env = "PLATFORMA_TEST_POSTGRES"

// patience is how long the command may take to end after a signal.
const patience = 15 * time.Second

// What the program exits with when it is not the command that says it; those
// of the shell.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitNotRunnable = 127
	exitSignalled   = 128
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(stderr)
	keep := flags.Bool("keep", false, "leave the server running after the command, until interrupted")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: run [-keep] -- command args…")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return exitUsage
	}

	signals := make(chan os.Signal, 2)
	signal.Notify(signals, ending...)
	defer signal.Stop(signals)
	go watchParent(signals)

	if dsn := os.Getenv(env); dsn != "" {
		fmt.Fprintf(stderr, "postgresserver: %s of %s\n", describe(dsn), env)
		return command(flags.Args(), dsn, signals, stderr)
	}
	server, err := start(signals)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	bin := server.Binaries()
	fmt.Fprintf(stderr, "postgresserver: PostgreSQL %s of %s on %s\n", bin.Version, bin.Dir, server.Addr())

	code := command(flags.Args(), server.DSN(), signals, stderr)
	if *keep {
		fmt.Fprintf(stderr, "postgresserver: still there until interrupted: %s (%s)\n", server.DSN(), server.Dir())
		<-signals
	}
	if err := server.Stop(); err != nil {
		fmt.Fprintln(stderr, err)
		return max(code, exitFailed)
	}
	return code
}

// start starts the server, unless a signal comes first.
func start(signals <-chan os.Signal) (*postgresserver.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	type outcome struct {
		server *postgresserver.Server
		err    error
	}
	started := make(chan outcome, 1)
	go func() {
		server, err := postgresserver.Start(ctx, &postgresserver.Options{Install: true})
		started <- outcome{server, err}
	}()
	select {
	case o := <-started:
		return o.server, o.err
	case sig := <-signals:
		cancel()
		o := <-started
		if o.server != nil {
			o.err = o.server.Stop()
		}
		return nil, errors.Join(fmt.Errorf("postgresserver: %v", sig), o.err)
	}
}

// command runs the command, hands signals on to it and to all that it
// started, and returns its exit code.
func command(args []string, dsn string, signals <-chan os.Signal, stderr io.Writer) int {
	// Signals end it, not a context.
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env+"="+dsn)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin(), os.Stdout, os.Stderr
	group(cmd)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(stderr, "postgresserver:", err)
		return exitNotRunnable
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // ProcessState says how
	}()

	var overdue <-chan time.Time
	for {
		select {
		case <-ended:
			if overdue != nil {
				pass(cmd.Process, os.Kill) // what ignored the signal
			}
			return exitCode(cmd.ProcessState)
		case sig := <-signals:
			pass(cmd.Process, sig)
			overdue = time.After(patience)
		case <-overdue:
			pass(cmd.Process, os.Kill)
		}
	}
}

// stdin is what the command reads: nothing, where a terminal is meant, since
// the terminal is not its own.
func stdin() io.Reader {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return nil
	}
	return os.Stdin
}

// watchParent stands in for the signal that a killed parent does not hand on:
// "go run" does not.
func watchParent(signals chan<- os.Signal) {
	parent := os.Getppid()
	for range time.Tick(200 * time.Millisecond) {
		if os.Getppid() != parent {
			signals <- hangup
			return
		}
	}
}

// describe names a server without its password.
func describe(dsn string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Sprintf("a server that does not answer (%v)", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	c := conn.Config()
	return fmt.Sprintf("PostgreSQL %s on %s:%d", conn.PgConn().ParameterStatus("server_version"), c.Host, c.Port)
}
