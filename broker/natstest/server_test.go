package natstest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// child is the environment variable by which the test binary is a server. It has
// the folder of its streams and its port, -1 for any.
const child = "PLATFORMA_NATS_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(child); args != "" {
		if err := serve(args); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve runs a server until who started it has ended: its standard input then
// ends as well.
func serve(args string) error {
	at, folder, _ := strings.Cut(args, " ")
	port, err := strconv.Atoi(at)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: folder, SyncAlways: true, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return err
	}
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		return fmt.Errorf("no server at port %d within a minute", port)
	}
	if _, err := fmt.Fprintln(os.Stdout, s.ClientURL()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// broker is a NATS server in a process of its own.
type broker struct {
	folder string
	url    string
	port   string
	cmd    *exec.Cmd
}

// newBroker starts a server on an empty folder; the test's end kills it.
func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{folder: t.TempDir(), port: "-1"}
	b.start(t)
	b.port = b.url[strings.LastIndex(b.url, ":")+1:]
	t.Cleanup(func() {
		if b.cmd != nil {
			b.kill(t)
		}
	})
	return b
}

// start starts the server again: on the same folder and port.
func (b *broker) start(t *testing.T) {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	// The server is killed, and not when some context ends.
	b.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), binary)
	b.cmd.Env = append(os.Environ(), child+"="+b.port+" "+b.folder)
	b.cmd.Stderr = os.Stderr
	_, err = b.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := b.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, b.cmd.Start())
	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the server does not start")
	b.url = strings.TrimSpace(url)
}

// kill kills the server with SIGKILL.
func (b *broker) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, b.cmd.Process.Kill())
	require.Error(t, b.cmd.Wait(), "it was killed")
	b.cmd = nil
}
