package world

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/facade"
)

// SQLite makes a world in a file of its own.
func SQLite(ctx context.Context, size Size) (*World, error) {
	folder, err := os.MkdirTemp("", "platforma-bench-")
	if err != nil {
		return nil, err
	}
	w := &World{
		Database: peer.Database{Source: filepath.Join(folder, "cloud.db"), Connections: max(2, runtime.NumCPU())},
		drop:     func() error { return os.RemoveAll(folder) },
	}
	opened, err := facade.OpenSQLite(ctx, w.Database)
	if err != nil {
		return nil, errors.Join(err, w.drop())
	}
	w.facade = opened.(*facade.Peer)
	if err := w.fill(ctx, size); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}
