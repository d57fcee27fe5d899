// Package sqlitepeer is SQL by hand on SQLite: the limit that PLATFORMA is
// measured against there.
//
// It works on the driver, the pragmas and the schema of PLATFORMA's adapter, as
// that does: one connection writes, several read. Statements are prepared once,
// the writer's on its one connection, and rows are scanned straight into the
// domain's structs.
package sqlitepeer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"

	_ "modernc.org/sqlite" // the driver

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
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
	var err error
	if p.pool, err = connect(d.Source, d.Connections, "deferred", "query_only(1)"); err != nil {
		return nil, err
	}
	if p.writer, err = connect(d.Source, 1, "immediate", "journal_mode(WAL)"); err != nil {
		return nil, errors.Join(err, p.pool.Close())
	}
	if err := p.prepare(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func connect(path string, size int, lock, pragma string) (*sql.DB, error) {
	options := url.Values{"_txlock": {lock}, "_pragma": {
		"busy_timeout(10000)", "foreign_keys(1)", "synchronous(NORMAL)", "trusted_schema(0)", pragma,
	}}
	db, err := sql.Open("sqlite", "file:"+path+"?"+options.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

func (p *Peer) prepare(ctx context.Context) (err error) {
	for _, text := range []string{
		getOrder, newestOrders, ordersAfter, getCustomer, customerByEmail, getProduct, getRegions, getRules, takenSKU,
	} {
		if p.reads[text], err = p.pool.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // ends with the pool
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	if p.conn, err = p.writer.Conn(ctx); err != nil {
		return err
	}
	for _, text := range []string{
		begin, commit, rollback, addOrder, addItem, addOrderTerm, addOrderEvent, headOfOrders, saveOrder, saveItem, dropTerm,
		addProduct, addRegion, addRule, addProductTerm, addProductEvent, headOfCatalog,
	} {
		if p.writes[text], err = p.conn.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // ends with the connection
			return fmt.Errorf("%s: %w", text, err)
		}
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

// write does something in a transaction.
func (p *Peer) write(ctx context.Context, do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.writes[begin].ExecContext(ctx); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = p.writes[commit].ExecContext(ctx)
	}
	if err != nil {
		_, undo := p.writes[rollback].ExecContext(context.WithoutCancel(ctx))
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
