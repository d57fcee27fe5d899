package postgrestest

import (
	"context"
	"net"
	"sync/atomic"
)

// Trips counts network round trips on the wire: how often an answer is read
// after something was written. It is safe for concurrent use.
type Trips struct{ count atomic.Int64 }

// Count is how many there were so far.
func (c *Trips) Count() int64 { return c.count.Load() }

// Dial opens a counted connection; it is for postgres.Options.Dial.
func (c *Trips) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	return &countedConn{Conn: conn, trips: c}, err
}

type countedConn struct {
	net.Conn
	trips *Trips
	wrote atomic.Bool
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.wrote.Store(true)
	return c.Conn.Write(b)
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.wrote.Swap(false) {
		c.trips.count.Add(1)
	}
	return n, err
}
