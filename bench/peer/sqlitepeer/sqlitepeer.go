// Package sqlitepeer is SQL by hand on SQLite: the limit that PLATFORMA is
// measured against there.
//
// It works on the driver, the pragmas and the schema of PLATFORMA's adapter, as
// that does, and under the same guards: one connection writes, several read.
// Statements are prepared once, the writer's on its one connection, and rows are
// scanned straight into the domain's structs.
package sqlitepeer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"

	_ "modernc.org/sqlite" // the driver

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/internal/sqliteguard"
	"github.com/platforma/platforma/internal/sqlstore"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/scope"
)

// Peer is prepared statements.
type Peer struct {
	rules *peer.Rules
	pool  *sql.DB // of readers
	reads map[string]*sql.Stmt

	// The writer is one connection, for one transaction at a time.
	mu     sync.Mutex
	writer *sql.DB
	conn   *sql.Conn
	writes map[string]*sql.Stmt
}

var _ peer.Peer = (*Peer)(nil)

var errNotFound = errors.New("not found")

// Open opens a file that PLATFORMA has made.
func Open(ctx context.Context, d peer.Database) (peer.Peer, error) {
	p := &Peer{rules: peer.NewRules(), reads: map[string]*sql.Stmt{}, writes: map[string]*sql.Stmt{}}
	tables, err := tablesOf(ctx, d.Source)
	if err != nil {
		return nil, err
	}
	p.pool = connect(&sqliteguard.Connector{DSN: dsn(d.Source, "deferred"), Tables: tables, Reads: true}, d.Connections)
	p.writer = connect(&sqliteguard.Connector{
		DSN: dsn(d.Source, "immediate", "journal_mode(WAL)"), Tables: tables,
		Declared: sqliteguard.Declare(slices.Concat(orderWrites, catalogWrites, []string{begin, commit, rollback})...),
	}, 1)
	if err := p.prepare(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// tablesOf reads which tables the guards are for.
func tablesOf(ctx context.Context, path string) (tables sqliteguard.Tables, err error) {
	db, err := sql.Open("sqlite", dsn(path, "deferred"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return sqliteguard.Read(ctx, db)
}

func dsn(path, lock string, pragmas ...string) string {
	options := url.Values{"_txlock": {lock}, "_pragma": append([]string{
		"busy_timeout(10000)", "foreign_keys(1)", "synchronous(NORMAL)", "trusted_schema(0)", "recursive_triggers(1)",
	}, pragmas...)}
	return "file:" + path + "?" + options.Encode()
}

func connect(c *sqliteguard.Connector, size int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db
}

// The services whose roles the statements have.
const (
	orders    = "order"
	catalogs  = "catalog"
	customers = "customer"
)

// as returns a context in which statements run for a service in a tenant.
func as(ctx context.Context, service string, tenant scope.TenantID) (context.Context, error) {
	return sqliteguard.As(ctx, sqlstore.Principal{Role: service, Tenant: tenant})
}

// nobody is the tenant that statements are prepared for: which one does not
// matter.
const nobody = "ten_00000000000000000000000000"

var (
	orderWrites = []string{
		addOrder, addItem, addOrderTerm, addOrderEvent, headOfOrders, saveOrder, saveItem, dropTerm,
	}
	catalogWrites = []string{addProduct, addRegion, addRule, addProductTerm, addProductEvent, headOfCatalog}
)

func (p *Peer) prepare(ctx context.Context) (err error) {
	for service, texts := range map[string][]string{
		orders: {getOrder, newestOrders, ordersAfter}, customers: {getCustomer, customerByEmail},
		catalogs: {getProduct, getRegions, getRules, takenSKU},
	} {
		for _, text := range texts {
			if err := p.prepareOne(ctx, service, text, text, p.pool, p.reads); err != nil {
				return err
			}
		}
	}
	writer, err := as(ctx, orders, nobody)
	if err != nil {
		return err
	}
	if p.conn, err = p.writer.Conn(writer); err != nil {
		return err
	}
	for service, texts := range map[string][]string{orders: orderWrites, catalogs: catalogWrites} {
		for _, text := range texts {
			if err := p.prepareOne(ctx, service, text, text, p.conn, p.writes); err != nil {
				return err
			}
		}
		for _, text := range []string{begin, commit, rollback} {
			if err := p.prepareOne(ctx, service, service+text, text, p.conn, p.writes); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareOne prepares a statement for a service and keeps it under a name.
func (p *Peer) prepareOne(ctx context.Context, service, name, text string, on interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}, keep map[string]*sql.Stmt,
) error {
	ctx, err := as(ctx, service, nobody)
	if err != nil {
		return err
	}
	if keep[name], err = on.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // ends with the pool
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// Close closes all connections.
func (p *Peer) Close() error {
	err := p.pool.Close()
	if p.conn != nil {
		err = errors.Join(err, p.conn.Close())
	}
	return errors.Join(err, p.writer.Close())
}

const (
	begin    = "BEGIN IMMEDIATE"
	commit   = "COMMIT"
	rollback = "ROLLBACK"
)

// write does something in a transaction of a service in a tenant.
func (p *Peer) write(ctx context.Context, service string, tenant scope.TenantID, do func(ctx context.Context) error) error {
	ctx, err := as(ctx, service, tenant)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.writes[service+begin].ExecContext(ctx); err != nil {
		return err
	}
	err = do(ctx)
	if err == nil {
		_, err = p.writes[service+commit].ExecContext(ctx)
	}
	if err != nil {
		_, undo := p.writes[service+rollback].ExecContext(context.WithoutCancel(ctx))
		return errors.Join(err, undo)
	}
	return nil
}

// exec runs one of the writer's statements.
func (p *Peer) exec(ctx context.Context, text string, args ...any) error {
	_, err := p.writes[text].ExecContext(ctx, args...)
	return err
}

// listed is an answer of List.
type listed struct {
	orders []order.Order
	more   bool
}

// AsOrder returns the order itself.
func (p *Peer) AsOrder(answer any) order.Order {
	return answer.(order.Order) //nolint:forcetypeassert // it is what this peer answered
}

// AsOrders returns the page's orders.
func (p *Peer) AsOrders(answer any) ([]order.Order, bool) {
	read := answer.(listed) //nolint:forcetypeassert // it is what this peer answered
	return read.orders, read.more
}

// AsCustomer returns the customer itself.
func (p *Peer) AsCustomer(answer any) customer.Customer {
	return answer.(customer.Customer) //nolint:forcetypeassert // it is what this peer answered
}
