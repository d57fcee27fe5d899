package postgresserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	dirPrefix = "platforma-postgres-"
	lockName  = "lock"
)

// young protects a folder from being swept before its owner holds its lock.
const young = time.Minute

// newDir makes a server's folder, and holds its lock until the process ends.
func newDir(root string, acc *account) (string, *os.File, error) {
	dir, err := os.MkdirTemp(root, dirPrefix)
	if err != nil {
		return "", nil, fmt.Errorf("postgresserver: %w", err)
	}
	lock, err := furnish(dir, acc)
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, err
	}
	return dir, lock, nil
}

// furnish gives the account what it works on inside the folder.
func furnish(dir string, acc *account) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("postgresserver: %w", err)
	}
	hold(lock)
	if err := acc.own(dir); err != nil {
		return nil, err
	}
	for _, name := range []string{"data", "sockets"} {
		sub := filepath.Join(dir, name)
		if err := os.Mkdir(sub, 0o700); err != nil {
			return nil, fmt.Errorf("postgresserver: %w", err)
		}
		if err := acc.own(sub); err != nil {
			return nil, err
		}
	}
	return lock, nil
}

// sweep removes what processes left that were killed before they could Stop.
// What it cannot remove is not this process's business.
func sweep(ctx context.Context, root string, bin Binaries, acc *account) {
	dirs, _ := filepath.Glob(filepath.Join(root, dirPrefix+"*"))
	for _, dir := range dirs {
		sweepDir(ctx, dir, bin, acc)
	}
}

func sweepDir(ctx context.Context, dir string, bin Binaries, acc *account) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer func() { _ = lock.Close() }()
	info, err := lock.Stat()
	if err != nil || time.Since(info.ModTime()) < young || !hold(lock) {
		return
	}
	// Its process number may be another's by now. An answer on a socket in
	// its own folder is its own. (One without a socket ends by itself, within
	// a minute of its folder.)
	if answers(ctx, filepath.Join(dir, "sockets")) {
		data := filepath.Join(dir, "data")
		_ = command(ctx, bin, dir, acc, "pg_ctl", "stop", "-D", data, "-m", "immediate").Run()
	}
	_ = os.RemoveAll(dir)
}

// answers says whether anybody listens on a socket in a folder.
func answers(ctx context.Context, dir string) bool {
	dialer := net.Dialer{Timeout: time.Second}
	sockets, _ := filepath.Glob(filepath.Join(dir, ".s.PGSQL.*[0-9]"))
	for _, socket := range sockets {
		if conn, err := dialer.DialContext(ctx, "unix", socket); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}
