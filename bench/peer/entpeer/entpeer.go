// Package entpeer does the operations with ent, as its documentation advises:
// a generated client with edges that are loaded eagerly, and bulk creation.
package entpeer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/peer/entpeer/ent"
	"github.com/platforma/platforma/scope"
)

// Peer is ent.
type Peer struct {
	pool  *entsql.Driver
	rules *peer.Rules
	// clients are one for each service, on one pool: a service's own terms and
	// events are in its schema.
	clients map[string]*ent.Client
	// prefix begins the roles.
	prefix string
}

var _ peer.Peer = (*Peer)(nil)

// OpenPostgres opens a PostgreSQL database.
func OpenPostgres(ctx context.Context, d peer.Database) (peer.Peer, error) {
	config, err := pgx.ParseConfig(d.Source)
	if err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(d.Connections)
	pool.SetMaxIdleConns(d.Connections)
	p := &Peer{
		pool: entsql.OpenDB(dialect.Postgres, pool), rules: peer.NewRules(), clients: map[string]*ent.Client{}, prefix: d.Prefix,
	}
	for _, service := range []string{"customer", "catalog", "order"} {
		schemas := ent.DefaultSchemaConfig
		schemas.Term, schemas.Entry = service, service
		p.clients[service] = ent.NewClient(ent.Driver(p.pool), ent.AlternateSchema(schemas))
	}
	return p, pool.PingContext(ctx)
}

// Close closes all connections.
func (p *Peer) Close() error { return p.pool.Close() }

// read runs queries of a service on one snapshot of its tenant's data.
func (p *Peer) read(ctx context.Context, service string, tenant scope.TenantID, do func(*ent.Tx) error) error {
	return p.within(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, service, tenant, do)
}

// write runs statements of a service in its tenant, all or none.
func (p *Peer) write(ctx context.Context, service string, tenant scope.TenantID, do func(*ent.Tx) error) error {
	return p.within(ctx, nil, service, tenant, do)
}

func (p *Peer) within(
	ctx context.Context, options *sql.TxOptions, service string, tenant scope.TenantID, do func(*ent.Tx) error,
) (err error) {
	tx, err := p.clients[service].BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer func() {
		if failure := recover(); failure != nil {
			_ = tx.Rollback() // the panic is what has to be heard
			panic(failure)
		}
	}()
	_, err = tx.ExecContext(ctx, "SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true)",
		p.prefix+"_"+service, string(tenant))
	if err == nil {
		err = do(tx)
	}
	if err == nil {
		return tx.Commit()
	}
	if undone := tx.Rollback(); undone != nil {
		err = errors.Join(err, fmt.Errorf("rolling back: %w", undone))
	}
	return err
}
