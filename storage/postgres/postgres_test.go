package postgres_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/storagetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{})
}

func TestContractBehindPooler(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{Pooler: true})
}

func contract(t *testing.T, o postgres.Options) {
	t.Helper()
	var counters sync.Map
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		var trips trips
		o := o
		o.Dial = trips.dial
		db := postgrestest.OpenAt(t, postgrestest.New(t), &o)
		counters.Store(db, &trips)
		return db
	}, &storagetest.Options{Trips: func(d storage.Driver) int64 {
		counter, _ := counters.Load(d)
		return counter.(*trips).count.Load()
	}})
}

// trips counts round trips on the wire: how often an answer is read after
// something was written.
type trips struct{ count atomic.Int64 }

func (c *trips) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	return &countedConn{Conn: conn, trips: c}, err
}

type countedConn struct {
	net.Conn
	trips *trips
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
