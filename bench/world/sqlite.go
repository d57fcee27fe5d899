package world

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/facade"
)

// SQLite makes a world in a file of its own.
func SQLite(ctx context.Context, size Size) (*World, error) {
	var f files
	d, err := f.database()
	if err != nil {
		return nil, err
	}
	return build(ctx, f, d, size)
}

// files are databases in folders of their own.
type files struct{}

func (files) database() (peer.Database, error) {
	folder, err := os.MkdirTemp("", "platforma-bench-")
	return peer.Database{Source: filepath.Join(folder, "cloud.db"), Connections: max(2, runtime.NumCPU())}, err
}

func (files) open(ctx context.Context, d peer.Database) (peer.Peer, error) {
	return facade.OpenSQLite(ctx, d)
}

// copy copies the file; what was in its log is in it since it was closed.
func (f files) copy(_ context.Context, of peer.Database) (peer.Database, error) {
	d, err := f.database()
	if err != nil {
		return d, err
	}
	data, err := os.ReadFile(of.Source)
	if err != nil {
		return d, err
	}
	return d, os.WriteFile(d.Source, data, 0o600)
}

func (files) drop(_ context.Context, d peer.Database) error {
	return os.RemoveAll(filepath.Dir(d.Source))
}
