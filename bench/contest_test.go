package bench_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/bench/proxy"
	"github.com/platforma/platforma/bench/world"
)

// operation is what is measured.
type operation struct {
	// changes says that it writes, so that it needs a world of its own.
	changes bool
	// shared says that the callers together do one operation, each its part.
	shared bool
	// prepare makes, before the clock runs, what n calls need, and returns the
	// i-th of them.
	prepare func(ctx context.Context, w *world.World, n, callers int) (func(ctx context.Context, p peer.Peer, i int) error, error)
}

// contest is an operation on one kind of database.
type contest struct {
	on        database
	operation operation
}

// run measures every peer by so many callers at so many round trip times, the
// peers side by side.
func (c contest) run(b *testing.B) {
	b.Helper()
	w := c.on.world(b, c.operation)
	for _, rtt := range c.on.rtts {
		for _, callers := range []int{1, 8, 32} {
			opened := &line{database: w.Database, rtt: rtt}
			for _, rival := range c.on.peers {
				name := fmt.Sprintf("%s/callers=%d", rival.name, callers)
				if len(c.on.rtts) > 1 {
					name += "/rtt=" + rtt.String()
				}
				b.Run(name, func(b *testing.B) {
					p, isNew := opened.open(b, rival)
					if isNew {
						c.warm(b, w, p, callers)
					}
					measured.keep(b.Name(), rival.name, c.measure(b, w, p, callers))
				})
			}
			require.NoError(b, opened.close())
		}
	}
}

// warm opens all connections and prepares what the operation needs on each.
func (c contest) warm(b *testing.B, w *world.World, p peer.Peer, callers int) {
	b.Helper()
	for _, o := range []operation{find, c.operation} {
		if o.shared {
			continue // its first call is long enough to be warm by itself
		}
		calls := 8 * (callers + 1)
		do, err := o.prepare(b.Context(), w, calls, callers)
		require.NoError(b, err)
		require.NoError(b, together(calls, callers, func(i int) error { return do(b.Context(), p, i) }))
	}
}

// measure runs the operation b.N times and returns what one took.
func (c contest) measure(b *testing.B, w *world.World, p peer.Peer, callers int) cost {
	b.Helper()
	calls := b.N
	if c.operation.shared {
		calls *= callers
	}
	do, err := c.operation.prepare(b.Context(), w, calls, callers)
	require.NoError(b, err)
	before := used(b, w)
	b.ResetTimer()
	err = together(calls, callers, func(i int) error { return do(b.Context(), p, i) })
	b.StopTimer()
	require.NoError(b, err)
	took := cost{b.Elapsed() / time.Duration(b.N), (used(b, w) - before) / time.Duration(b.N)}
	b.ReportMetric(float64(took.processor.Nanoseconds()), "cpu-ns/op")
	return took
}

// together makes calls 0, 1, …, n-1 by so many callers at once.
func together(n, callers int, call func(i int) error) error {
	var next atomic.Int64
	failed := make([]error, callers)
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed[caller] == nil; i = int(next.Add(1)) - 1 {
				failed[caller] = call(i)
			}
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

// line is the connections to a database, with a delay or without.
type line struct {
	database peer.Database
	rtt      time.Duration
	proxy    *proxy.Proxy
	peers    map[string]peer.Peer
}

// open opens a peer, or returns the one that is open.
func (l *line) open(b *testing.B, r rival) (p peer.Peer, isNew bool) {
	b.Helper()
	if p, ok := l.peers[r.name]; ok {
		return p, false
	}
	if l.peers == nil {
		l.peers = map[string]peer.Peer{}
	}
	d := l.database
	if l.rtt > 0 {
		at, err := url.Parse(d.Source)
		require.NoError(b, err)
		if l.proxy == nil {
			l.proxy, err = proxy.Listen(at.Host, l.rtt/2)
			require.NoError(b, err)
		}
		at.Host = l.proxy.Addr()
		d.Source = at.String()
	}
	p, err := r.open(context.WithoutCancel(b.Context()), d)
	require.NoError(b, err)
	l.peers[r.name] = p
	return p, true
}

// close closes all peers, and then what they were connected by.
func (l *line) close() error {
	var all []error
	for _, p := range l.peers {
		all = append(all, p.Close())
	}
	if l.proxy != nil {
		all = append(all, l.proxy.Close())
	}
	return errors.Join(all...)
}
