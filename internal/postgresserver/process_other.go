//go:build !unix

package postgresserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// account is the user that the server runs as; only nil, the process's own,
// is known here.
type account struct{}

func unprivileged() (*account, error) { return nil, nil }

func (*account) String() string { return "" }

func (*account) own(string) error { return nil }

func detach(*exec.Cmd, *account) {}

// quit tells the server to end at once and to drop its clients. There are no
// signals here: PostgreSQL's own program does it.
func (s *Server) quit() error {
	select {
	case <-s.exited:
		return nil
	default:
	}
	out, err := s.command(context.Background(), "pg_ctl", "stop", "-D", s.data(), "-m", "immediate").CombinedOutput()
	if err != nil {
		return fmt.Errorf("postgresserver: pg_ctl stop: %w\n%s", err, out)
	}
	return nil
}

// slay kills the server; its children end by themselves.
func (s *Server) slay() error { return s.process.Kill() }

// hold never gets a lock here, so that no leftover is cleared away.
func hold(*os.File) bool { return false }
