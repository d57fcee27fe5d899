// Package gormpeer does the operations with GORM, as its documentation advises:
// models with associations that are preloaded, explicit transactions and so
// none by default, and prepared statements.
//
// On PostgreSQL pgx prepares the statements and keeps them, which it does by
// itself. GORM's own PrepareStmt would prepare a statement that was first met in
// a transaction anew in each, at two more round trips; here, where all run in
// transactions, that was more than twice as many. On SQLite it is on.
package gormpeer

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/scope"
)

// Peer is GORM. On PostgreSQL one pool reads and writes.
type Peer struct {
	reader, writer *gorm.DB
	rules          *peer.Rules

	// prefix begins the roles of PostgreSQL; on SQLite there are none.
	prefix string
	sqlite bool
}

var _ peer.Peer = (*Peer)(nil)

// OpenPostgres opens a PostgreSQL database.
func OpenPostgres(_ context.Context, d peer.Database) (peer.Peer, error) {
	config, err := pgx.ParseConfig(d.Source)
	if err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*config)
	db, err := open(pool, d.Connections, postgres.New(postgres.Config{Conn: pool}), gorm.Config{NamingStrategy: names{separator: "."}})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &Peer{reader: db, writer: db, rules: peer.NewRules(), prefix: d.Prefix}, nil
}

func open(pool *sql.DB, size int, dialect gorm.Dialector, config gorm.Config) (*gorm.DB, error) {
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	config.SkipDefaultTransaction = true
	config.Logger = logger.Discard
	return gorm.Open(dialect, &config)
}

// names are the names of tables: the two schemas join a service's name and a
// table's each in its own way.
type names struct {
	schema.NamingStrategy

	separator string
}

func table(n schema.Namer, service, name string) string {
	return service + n.(names).separator + name //nolint:forcetypeassert // open sets it
}

// ledger works on a table that every service has.
func ledger(tx *gorm.DB, service, name string) *gorm.DB {
	return tx.Table(table(tx.NamingStrategy, service, name))
}

// Close closes all connections.
func (p *Peer) Close() error {
	err := closePool(p.writer)
	if p.reader != p.writer {
		err = errors.Join(err, closePool(p.reader))
	}
	return err
}

func closePool(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// read runs queries of a service on one snapshot of its tenant's data.
func (p *Peer) read(ctx context.Context, service string, tenant scope.TenantID, do func(*gorm.DB) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if !p.sqlite {
		options.Isolation = sql.LevelRepeatableRead
	}
	return p.within(p.reader.WithContext(ctx), service, tenant, do, options)
}

// write runs statements of a service in its tenant, all or none.
func (p *Peer) write(ctx context.Context, service string, tenant scope.TenantID, do func(*gorm.DB) error) error {
	return p.within(p.writer.WithContext(ctx), service, tenant, do)
}

func (p *Peer) within(
	db *gorm.DB, service string, tenant scope.TenantID, do func(*gorm.DB) error, options ...*sql.TxOptions,
) error {
	return db.Transaction(func(tx *gorm.DB) error {
		if !p.sqlite {
			if err := tx.Exec("SELECT set_config('role', ?, true), set_config('app.tenant_id', ?, true)",
				p.prefix+"_"+service, string(tenant)).Error; err != nil {
				return err
			}
		}
		return do(tx)
	}, options...)
}
