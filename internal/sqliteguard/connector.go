package sqliteguard

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"

	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Connector opens connections under guard, of a driver of its own: what the host
// has registered with its own is not touched, nor in reach. Several goroutines
// may use it.
type Connector struct {
	// DSN is what the connections are opened by.
	DSN string
	// Before, if it is set, works on a connection before it is put under guard.
	Before func(ctx context.Context, one *sql.DB) error
	// Tables are those of the database; nil are read of each connection.
	Tables Tables
	// Declared are the texts that may write.
	Declared Declared
	// Reads says that the connections do not write.
	Reads bool

	mu sync.Mutex
	// free are the drivers that no connection uses. A driver's functions are one
	// connection's, and live as long as the process: so drivers are used again.
	free []slot
}

// slot is a driver for one connection at a time, and that one's state.
type slot struct {
	driver *modernc.Driver
	state  *state
}

// Connect opens a connection and puts it under guard.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	slot, err := c.take()
	if err != nil {
		return nil, err
	}
	opened, err := slot.driver.Open(c.DSN)
	if err != nil {
		c.put(slot)
		return nil, err
	}
	inner, err := c.guard(ctx, opened, slot.state)
	if err != nil {
		err = errors.Join(err, opened.Close())
		c.put(slot)
		return nil, err
	}
	return &conn{inner: inner, state: slot.state, declared: c.Declared, closed: func() { c.put(slot) }}, nil
}

// Driver returns a driver of the same kind, which opens without guards.
func (c *Connector) Driver() driver.Driver { return &modernc.Driver{} }

func (c *Connector) take() (slot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.free); n > 0 {
		s := c.free[n-1]
		c.free = c.free[:n-1]
		return s, nil
	}
	s := slot{driver: &modernc.Driver{}, state: &state{}}
	return s, s.state.register(s.driver)
}

func (c *Connector) put(s slot) {
	*s.state = state{}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, s)
}

// connection is what the driver's connections can do.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// guard makes the views and triggers of a connection and gives it its
// authorizer, which has to deny what it is told to.
func (c *Connector) guard(ctx context.Context, opened driver.Conn, s *state) (connection, error) {
	inner, ok := opened.(connection)
	if !ok {
		return nil, fmt.Errorf("a connection of the SQLite driver (%T) lacks what it has to have", opened)
	}
	authorizer, ok := opened.(modernc.AuthorizerRegisterer)
	if !ok {
		return nil, errors.New("the SQLite driver has no authorizer, without which tenants cannot be kept apart")
	}
	if err := c.furnish(ctx, inner, s); err != nil {
		return nil, err
	}
	if err := authorizer.RegisterAuthorizer(s.authorize); err != nil {
		return nil, err
	}
	for _, text := range []string{"SELECT count(*) FROM main.sqlite_schema", "PRAGMA query_only = 0", "DROP VIEW " + tenants} {
		if err := denied(ctx, inner, text); err != nil {
			return nil, err
		}
	}
	return inner, nil
}

// furnish does what is done before there is an authorizer.
func (c *Connector) furnish(ctx context.Context, inner connection, s *state) (err error) {
	one := sql.OpenDB(single{inner})
	one.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, one.Close()) }()
	if c.Before != nil {
		if err := c.Before(ctx, one); err != nil {
			return err
		}
	}
	if s.tables = c.Tables; s.tables == nil {
		if s.tables, err = Read(ctx, one); err != nil {
			return err
		}
	}
	if _, err := one.ExecContext(ctx, "PRAGMA temp_store = MEMORY; BEGIN;\n"+s.schema(!c.Reads)+"COMMIT"); err != nil || !c.Reads {
		return err
	}
	if _, err := one.ExecContext(ctx, "PRAGMA query_only = 1"); err != nil {
		return err
	}
	var only int
	if err := one.QueryRowContext(ctx, "PRAGMA query_only").Scan(&only); err != nil || only == 1 {
		return err
	}
	return errors.New("SQLite's query_only is 0 and must be 1")
}

// single gives out one connection, which stays open.
type single struct{ connection }

func (s single) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s single) Driver() driver.Driver                        { return &modernc.Driver{} }
func (s single) Close() error                                 { return nil }

// denied tries what the authorizer denies everybody.
func denied(ctx context.Context, inner connection, text string) error {
	prepared, err := inner.PrepareContext(ctx, text)
	if err == nil {
		return errors.Join(errors.New("the SQLite driver's authorizer denies nothing, and tenants cannot be kept apart"), prepared.Close())
	}
	if refused, ok := errors.AsType[*modernc.Error](err); !ok || refused.Code() != lib.SQLITE_AUTH {
		return err
	}
	return nil
}
