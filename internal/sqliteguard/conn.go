package sqliteguard

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/sqlstore"
)

// conn is a connection under guard.
type conn struct {
	inner    connection
	state    *state
	declared Declared
	closed   func()
	// within is who the transaction is for, if there is one.
	within *sqlstore.Principal
}

var _ connection = (*conn)(nil)

// enter begins a statement, for the principal of the context.
func (c *conn) enter(ctx context.Context, known text) error {
	who, err := principal(ctx)
	if err != nil {
		return err
	}
	if c.within != nil && *c.within != who {
		return fault.New(fault.ErrNoScope, "the principal cannot change inside a transaction")
	}
	return c.state.enter(who, known)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	known := c.declared.of(query)
	if err := c.enter(ctx, known); err != nil {
		return nil, err
	}
	defer c.state.leave()
	prepared, err := c.inner.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(errors.New("a statement of the SQLite driver lacks what it has to have"), prepared.Close())
	}
	return &stmt{statement: inner, conn: c, text: known, role: c.state.who.Role}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.enter(ctx, c.declared.of(query)); err != nil {
		return nil, err
	}
	defer c.state.leave()
	return c.inner.ExecContext(ctx, query, args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.enter(ctx, c.declared.of(query)); err != nil {
		return nil, err
	}
	inner, err := c.inner.QueryContext(ctx, query, args)
	if err != nil {
		c.state.leave()
		return nil, err
	}
	return &rows{Rows: inner, state: c.state}, nil
}

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	who, err := principal(ctx)
	if err != nil {
		return nil, err
	}
	c.state.transacting = true
	inner, err := c.inner.BeginTx(ctx, options)
	c.state.transacting = false
	if err != nil {
		return nil, err
	}
	c.within = &who
	return &tx{Tx: inner, conn: c}, nil
}

// ResetSession refuses a connection on which something is under way still, so
// that it is closed and what it has set with it.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.state.running != 0 || c.within != nil {
		return driver.ErrBadConn
	}
	return c.inner.ResetSession(ctx)
}

func (c *conn) IsValid() bool {
	return c.state.running == 0 && c.within == nil && c.inner.IsValid()
}

// Close closes the connection and gives its driver back, once: two connections
// with one driver would have one tenant.
func (c *conn) Close() error {
	closed := c.closed
	if closed == nil {
		return nil
	}
	c.closed = nil
	err := c.inner.Close()
	closed()
	return err
}

// What has no context has no principal.

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// tx is a transaction, which is for one principal.
type tx struct {
	driver.Tx
	conn *conn
}

func (t *tx) Commit() error   { return t.end(t.Tx.Commit) }
func (t *tx) Rollback() error { return t.end(t.Tx.Rollback) }

func (t *tx) end(end func() error) error {
	t.conn.within = nil
	t.conn.state.transacting = true
	defer func() { t.conn.state.transacting = false }()
	return end()
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// stmt is a prepared statement. It was compiled for a role, and is run for no
// other.
type stmt struct {
	statement
	conn *conn
	text text
	role string
}

func (s *stmt) enter(ctx context.Context) error {
	if err := s.conn.enter(ctx, s.text); err != nil {
		return err
	}
	if s.conn.state.who.Role != s.role {
		s.conn.state.leave()
		return fault.New(fault.ErrNoScope, "a statement that was prepared for another role")
	}
	return nil
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.conn.state.leave()
	return s.statement.ExecContext(ctx, args)
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	inner, err := s.statement.QueryContext(ctx, args)
	if err != nil {
		s.conn.state.leave()
		return nil, err
	}
	return &rows{Rows: inner, state: s.conn.state}, nil
}

func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errNoContext }
func (s *stmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errNoContext }

var errNoContext = fault.New(fault.ErrNoScope, "a statement without a principal")

// rows are an answer, during which the statement is under way.
type rows struct {
	driver.Rows
	state *state
	done  bool
}

func (r *rows) Close() error {
	if !r.done {
		r.done = true
		defer r.state.leave()
	}
	return r.Rows.Close()
}
