package bunpeer

import (
	"context"
	"database/sql"
	"errors"
	"net/url"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/platforma/platforma/bench/peer"
)

// OpenSQLite opens a SQLite database: one connection writes, the others read.
func OpenSQLite(ctx context.Context, d peer.Database) (peer.Peer, error) {
	writer, err := openSQLite(ctx, d.Source, 1, url.Values{
		"_txlock": {"immediate"}, "_pragma": {"journal_mode(WAL)"},
	})
	if err != nil {
		return nil, err
	}
	reader, err := openSQLite(ctx, d.Source, d.Connections, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return &Peer{reader: reader, writer: writer, tables: tablesOf("_"), rules: peer.NewRules(), sqlite: true}, nil
}

// openSQLite opens a pool with the settings that PLATFORMA has.
func openSQLite(ctx context.Context, path string, size int, settings url.Values) (*bun.DB, error) {
	for _, pragma := range []string{"busy_timeout(10000)", "foreign_keys(1)", "synchronous(NORMAL)", "trusted_schema(0)"} {
		settings.Add("_pragma", pragma)
	}
	pool, err := sql.Open("sqlite", "file:"+path+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return bun.NewDB(pool, sqlitedialect.New()), pool.PingContext(ctx)
}
