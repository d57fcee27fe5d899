package world

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // to look into the file

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
	return d, os.WriteFile(d.Source, data, 0o600) //nolint:gosec // a temporary folder of ours
}

func (files) backends(context.Context, peer.Database) ([]int, error) { return nil, nil }

// tables writes a SELECT of each table's rows.
const tables = `SELECT 'SELECT ''' || m.name || ' '' || json_array(' || group_concat('"' || c.name || '"', ', ') || ') FROM ' || m.name
	FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
	WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '%migration%' GROUP BY m.name`

func (files) rows(ctx context.Context, d peer.Database) (all []string, err error) {
	db, err := sql.Open("sqlite", "file:"+d.Source+"?_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	queries, err := texts(ctx, db, tables)
	if err != nil {
		return nil, err
	}
	for _, query := range queries {
		rows, err := texts(ctx, db, query)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

func texts(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

func (files) drop(_ context.Context, d peer.Database) error {
	return os.RemoveAll(filepath.Dir(d.Source))
}
