//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgresserver"
)

// asProgram makes the test's binary the program.
const asProgram = "PLATFORMA_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// nowhere is a server that is not there.
const nowhere = "postgres://u:secret@127.0.0.1:1/db?sslmode=disable"

// program runs the program, with a server's DSN in its environment or none.
func program(t *testing.T, dsn string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	stderr = new(bytes.Buffer)
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", env+"="+dsn)
	cmd.Stderr = stderr
	return cmd, stderr
}

func code(t *testing.T, err error) int {
	t.Helper()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

func need(t *testing.T) {
	t.Helper()
	_, err := postgresserver.Find(t.Context())
	if os.Getenv(env) == "" || errors.Is(err, postgresserver.ErrNoPostgres) {
		t.Skip("PostgreSQL is left out: run `make test`, or set PLATFORMA_TEST_POSTGRES to a superuser's DSN")
	}
}

// folder makes a folder that the server's account can enter.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	return dir
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--"}, {"-nonsense"}} {
		cmd, stderr := program(t, nowhere, args...)
		assert.Equal(t, exitUsage, code(t, cmd.Run()), args)
		assert.Contains(t, stderr.String(), "usage: run [-keep] -- command")
	}
}

func TestUsesTheServerThatIsThere(t *testing.T) {
	t.Parallel()
	cmd, stderr := program(t, nowhere, "--", "sh", "-c", "cat; printenv "+env+"; exit 7")
	cmd.Stdin = strings.NewReader("read\n")
	out, err := cmd.Output()
	assert.Equal(t, 7, code(t, err))
	assert.Equal(t, "read\n"+nowhere+"\n", string(out))
	assert.Contains(t, stderr.String(), "does not answer")
	assert.NotContains(t, stderr.String(), "secret")
}

func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	cmd, stderr := program(t, nowhere, "--", "no-such-command")
	assert.Equal(t, exitNotRunnable, code(t, cmd.Run()))
	assert.Contains(t, stderr.String(), "no-such-command")
}

func TestBringsAServer(t *testing.T) {
	t.Parallel()
	need(t)
	cmd, stderr := program(t, "", "--", "sh", "-c", "printenv "+env+"; exit 7")
	cmd.Env = append(cmd.Env, "TMPDIR="+folder(t))
	out, err := cmd.Output()
	assert.Equal(t, 7, code(t, err))
	assert.Regexp(t, `^postgresserver: PostgreSQL \d\d\S* of \S+ on 127\.0\.0\.1:\d+\n$`, stderr.String())

	_, err = pgx.Connect(t.Context(), strings.TrimSpace(string(out)))
	assert.Error(t, err, "the server still answers")
}

// A signal ends the command with all that it started, and the server.
func TestSignals(t *testing.T) {
	t.Parallel()
	need(t)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			tmp := folder(t)
			// A shell's background job ignores SIGINT.
			cmd, _ := program(t, "", "--", "sh", "-c", "printenv "+env+"; sleep 600 & wait")
			cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			lines := bufio.NewReader(stdout)
			dsn, err := lines.ReadString('\n')
			require.NoError(t, err)

			require.NoError(t, cmd.Process.Signal(sig))
			_, err = lines.ReadString('\n') // the pipe is open while anybody lives that may write to it
			require.ErrorIs(t, err, io.EOF)
			assert.Equal(t, exitSignalled+int(sig), code(t, cmd.Wait()))
			assertGone(t, tmp, dsn)
		})
	}
}

// "go run" passes no signal on: the program sees its parent go.
func TestParentIsKilled(t *testing.T) {
	t.Parallel()
	need(t)
	tmp := folder(t)
	run, _ := program(t, "", "--", "sh", "-c", "printenv "+env+"; exec sleep 600")
	parent := exec.Command("sh", append([]string{"-c", `"$@"; exit`, "sh"}, run.Args...)...)
	parent.Env = append(parent.Environ(), run.Env...)
	parent.Env = append(parent.Env, "TMPDIR="+tmp)
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	lines := bufio.NewReader(stdout)
	dsn, err := lines.ReadString('\n')
	require.NoError(t, err)

	require.NoError(t, parent.Process.Kill())
	_, err = lines.ReadString('\n')
	require.ErrorIs(t, err, io.EOF)
	assert.Equal(t, -1, code(t, parent.Wait()))
	assertGone(t, tmp, dsn)
}

func TestKeep(t *testing.T) {
	t.Parallel()
	need(t)
	tmp := folder(t)
	cmd, _ := program(t, "", "-keep", "--", "sh", "-c", "exit 7")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	cmd.Stderr = nil
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stderr)
	_, err = lines.ReadString('\n')
	require.NoError(t, err)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	dsn := regexp.MustCompile(`postgres://\S+`).FindString(line)
	require.NotEmpty(t, dsn, line)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err, "the server is gone with the command")
	require.NoError(t, conn.Close(t.Context()))

	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.Equal(t, 7, code(t, cmd.Wait()))
	assertGone(t, tmp, dsn)
}

// assertGone fails where a server is still there, a little later.
func assertGone(t *testing.T, tmp, dsn string) {
	t.Helper()
	assert.EventuallyWithT(t, func(c *assert.CollectT) {
		_, err := pgx.Connect(t.Context(), strings.TrimSpace(dsn))
		assert.Error(c, err, "the server still answers")
		entries, err := os.ReadDir(tmp)
		assert.NoError(c, err)
		assert.Empty(c, entries, "the server's folder is still there")
	}, time.Minute, 100*time.Millisecond)
}
