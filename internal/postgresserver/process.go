package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// command prepares one of PostgreSQL's programs to run as an account in a
// folder that the account can enter.
func command(ctx context.Context, bin Binaries, dir string, acc *account, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(bin.Dir, name), args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second // for a killed program's own children
	// The programs read settings from the environment, and die in a locale
	// that the machine lacks.
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	detach(cmd, acc)
	return cmd
}

// spawn starts a process that ends when this one does, and closes exited when
// it has.
func spawn(cmd *exec.Cmd, exited chan<- struct{}) error {
	started := make(chan error)
	go func() {
		// The kernel ends the child with the thread that started it, so the
		// thread has to last as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // how it ended stands in its log
		close(exited)
	}()
	return <-started
}

// terminate ends the server's process, the gentle way first.
func (s *Server) terminate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	if err := s.quit(); err != nil {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(10 * time.Second):
	}
	if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("postgresserver: %w", err)
	}
	<-s.exited
	return nil
}
