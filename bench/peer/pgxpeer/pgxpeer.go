// Package pgxpeer is SQL by hand on pgx, in two peers that run the same
// statements.
//
// Batch is the limit that PLATFORMA is measured against: every trip is one
// pipelined batch in an implicit transaction, led by the statement that sets
// the role and the tenant. Transaction is what pgx's documentation shows first:
// BEGIN, the settings, the work, COMMIT, each a trip of its own.
//
// Statements are prepared and cached by pgx, rows are scanned straight into the
// domain's structs, an order is read with its items by one join, and whatever
// is written many times is one statement with a list for each column.
package pgxpeer

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

// Peer is hand-written pgx.
type Peer struct {
	pool   *pgxpool.Pool
	prefix string
	rules  *peer.Rules
	run    func(ctx context.Context, pool *pgxpool.Pool, as principal, statements []statement) error
}

var _ peer.Peer = (*Peer)(nil)

// OpenBatch opens the peer whose trips are batches.
func OpenBatch(ctx context.Context, d peer.Database) (peer.Peer, error) {
	return open(ctx, d, inBatch)
}

// OpenTransaction opens the peer that begins and commits.
func OpenTransaction(ctx context.Context, d peer.Database) (peer.Peer, error) {
	return open(ctx, d, inTransaction)
}

func open(
	ctx context.Context, d peer.Database, run func(context.Context, *pgxpool.Pool, principal, []statement) error,
) (*Peer, error) {
	config, err := pgxpool.ParseConfig(d.Source)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(d.Connections)
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &Peer{pool: pool, prefix: d.Prefix, rules: peer.NewRules(), run: run}, nil
}

// Close closes the pool.
func (p *Peer) Close() error {
	p.pool.Close()
	return nil
}

// do runs statements as a service in a tenant, all or none.
func (p *Peer) do(ctx context.Context, service string, tenant scope.TenantID, statements ...statement) error {
	return p.run(ctx, p.pool, principal{p.prefix + "_" + service, string(tenant)}, statements)
}

// listed is an answer of List.
type listed struct {
	orders []order.Order
	more   bool
}

// AsOrder returns the order itself.
func (p *Peer) AsOrder(answer any) order.Order { return answer.(order.Order) }

// AsOrders returns the page's orders.
func (p *Peer) AsOrders(answer any) ([]order.Order, bool) {
	read := answer.(listed)
	return read.orders, read.more
}

// AsCustomer returns the customer itself.
func (p *Peer) AsCustomer(answer any) customer.Customer { return answer.(customer.Customer) }
