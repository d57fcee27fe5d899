// Package bunpeer does the operations with bun, as its documentation advises:
// models with relations, RunInTx, and arguments that bun writes into the text.
//
// On PostgreSQL bun runs on pgx by the simple protocol: prepared statements
// serve nobody where every text is another.
package bunpeer

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/scope"
)

// Peer is bun. On PostgreSQL one pool reads and writes.
type Peer struct {
	reader, writer *bun.DB
	tables         tables
	rules          *peer.Rules

	// prefix begins the roles of PostgreSQL; on SQLite there are none.
	prefix string
	sqlite bool
}

var _ peer.Peer = (*Peer)(nil)

// tables are where the models lie, which the two schemas call by names of their
// own.
type tables struct {
	customers                                   bun.Ident
	orders, items                               bun.Ident
	orderTerms, orderEvents, orderStreams       bun.Ident
	products, regions, rules                    bun.Ident
	productTerms, productEvents, productStreams bun.Ident
}

func tablesOf(separator string) tables {
	in := func(service, table string) bun.Ident { return bun.Ident(service + separator + table) }
	return tables{
		orders: in("order", "orders"), items: in("order", "items"), orderTerms: in("order", "terms"),
		orderEvents: in("order", "outbox"), orderStreams: in("order", "streams"),
		products: in("catalog", "products"), regions: in("catalog", "product_regions"), rules: in("catalog", "pricing_rules"),
		productTerms: in("catalog", "terms"), productEvents: in("catalog", "outbox"), productStreams: in("catalog", "streams"),
		customers: in("customer", "customers"),
	}
}

// OpenPostgres opens a PostgreSQL database.
func OpenPostgres(ctx context.Context, d peer.Database) (peer.Peer, error) {
	config, err := pgx.ParseConfig(d.Source)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(d.Connections)
	pool.SetMaxIdleConns(d.Connections)
	db := bun.NewDB(pool, pgdialect.New())
	return &Peer{reader: db, writer: db, tables: tablesOf("."), rules: peer.NewRules(), prefix: d.Prefix}, db.PingContext(ctx)
}

// Close closes all connections.
func (p *Peer) Close() error {
	err := p.writer.Close()
	if p.reader != p.writer {
		err = errors.Join(err, p.reader.Close())
	}
	return err
}

// read runs queries of a service on one snapshot of its tenant's data.
func (p *Peer) read(ctx context.Context, service string, tenant scope.TenantID, do func(context.Context, bun.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if !p.sqlite {
		options.Isolation = sql.LevelRepeatableRead
	}
	return p.within(ctx, p.reader, options, service, tenant, do)
}

// write runs statements of a service in its tenant, all or none.
func (p *Peer) write(ctx context.Context, service string, tenant scope.TenantID, do func(context.Context, bun.Tx) error) error {
	return p.within(ctx, p.writer, nil, service, tenant, do)
}

func (p *Peer) within(
	ctx context.Context, db *bun.DB, options *sql.TxOptions, service string, tenant scope.TenantID,
	do func(context.Context, bun.Tx) error,
) error {
	return db.RunInTx(ctx, options, func(ctx context.Context, tx bun.Tx) error {
		if !p.sqlite {
			if _, err := tx.ExecContext(ctx, "SELECT set_config('role', ?, true), set_config('app.tenant_id', ?, true)",
				p.prefix+"_"+service, string(tenant)); err != nil {
				return err
			}
		}
		return do(ctx, tx)
	})
}
