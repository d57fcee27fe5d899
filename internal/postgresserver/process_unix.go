//go:build unix

package postgresserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that the server runs as; nil is the process's own.
type account struct {
	name     string
	uid, gid int
}

// unprivileged returns the account to run the server as: PostgreSQL refuses
// to run as root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is the process's own account
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, fmt.Errorf("postgresserver: user %s: %w", name, err)
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			return nil, fmt.Errorf("postgresserver: user %s: %w", name, err)
		}
		return &account{name: name, uid: uid, gid: gid}, nil
	}
	return nil, errors.New("postgresserver: PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

func (a *account) String() string { return a.name }

// own hands a file or folder to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	if err := os.Chown(path, a.uid, a.gid); err != nil {
		return fmt.Errorf("postgresserver: %w", err)
	}
	return nil
}

// detach sets the account of a command, keeps the terminal's Ctrl-C from it,
// and ties its life to this process where the kernel can.
func detach(cmd *exec.Cmd, acc *account) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if acc != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(acc.uid), Gid: uint32(acc.gid)}
	}
	bindLife(cmd.SysProcAttr)
}

// quit tells the server to end at once and to drop its clients.
func (s *Server) quit() error {
	if err := s.process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("postgresserver: %w", err)
	}
	return nil
}

// slay kills the server with all its children, which it is kept from replacing
// meanwhile: left alone, some would finish what they are at.
func (s *Server) slay() error {
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for _, child := range children(s.process.Pid) {
		_ = syscall.Kill(child, syscall.SIGKILL) // that it has ended by itself is no error
	}
	return s.process.Kill()
}

// hold takes the lock of a file for as long as the file is open, and says
// whether it was free.
func hold(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
