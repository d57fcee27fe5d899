package survival

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a process of the host's: one after the other, each by another name.
type process struct {
	part

	role  string
	times int
	cmd   *exec.Cmd
	alive io.Closer // its standard input
}

// start starts the process anew.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.times++
	p.Name = fmt.Sprintf("%s#%d", p.role, p.times)
	text, err := json.Marshal(p.part)
	require.NoError(t, err)
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), partVariable+"="+string(text))
	log, err := os.OpenFile(filepath.Join(p.Folder, p.role+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.alive, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	require.NoError(t, log.Close())
}

// kill ends it at once.
func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill(), "%s had ended by itself: %s", p.Name, p.said())
	_ = p.cmd.Wait()
	require.Equal(t, -1, p.cmd.ProcessState.ExitCode(), "%s had ended by itself: %s", p.Name, p.said())
}

// longest is how long a process has for its end.
const longest = time.Minute

// stop lets it end what it is at.
func (p *process) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.alive.Close())
	late := time.AfterFunc(longest, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	require.NoError(t, p.cmd.Wait(), "%s: %s", p.Name, p.said())
}

// said is the end of what it logged.
func (p *process) said() string {
	const most = 4 << 10
	text, _ := os.ReadFile(filepath.Join(p.Folder, p.role+".log"))
	return string(text[max(0, len(text)-most):])
}
