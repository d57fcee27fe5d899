// Package proxy makes a network slow: it stands between a client and a server
// and delivers what each sends a fixed time later.
//
// It delays without throttling. Each direction of a connection has a reader
// and a writer of its own, and a queue between them in which everything knows
// when it is due; what is sent while something else is under way is under way
// as well.
package proxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Proxy listens on the loopback and forwards to one server. It is safe for
// concurrent use.
type Proxy struct {
	listener net.Listener
	server   string
	delay    time.Duration
	done     chan struct{}
	group    sync.WaitGroup

	mu          sync.Mutex
	connections map[net.Conn]struct{}
}

// Listen starts a proxy to a server. The delay is that of one way: a round trip
// takes twice as long.
func Listen(server string, delay time.Duration) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		listener: listener, server: server, delay: delay, done: make(chan struct{}), connections: map[net.Conn]struct{}{},
	}
	p.group.Go(p.accept)
	return p, nil
}

// Addr is the host and port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close ends all connections, and returns when nothing of the proxy runs any
// more.
func (p *Proxy) Close() error {
	close(p.done)
	err := p.listener.Close()
	p.mu.Lock()
	for c := range p.connections {
		_ = c.Close() // the ends have heard enough
	}
	p.mu.Unlock()
	p.group.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close() // the client sees that nobody is there
			continue
		}
		if !p.keep(client, server) {
			return
		}
		p.group.Go(func() { p.forward(client, server) })
	}
}

// keep remembers connections to be closed with the proxy; it closes them at
// once where that has happened.
func (p *Proxy) keep(connections ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		for _, c := range connections {
			_ = c.Close()
		}
		return false
	default:
	}
	for _, c := range connections {
		p.connections[c] = struct{}{}
	}
	return true
}

// forward carries both directions until both have ended.
func (p *Proxy) forward(client, server net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { p.carry(server, client) })
	both.Go(func() { p.carry(client, server) })
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range []net.Conn{client, server} {
		_ = c.Close()
		delete(p.connections, c)
	}
}

// parcel is what was read, and when it is due.
type parcel struct {
	data []byte
	due  time.Time
}

// under is how many parcels may be under way in one direction: more than any
// window of TCP holds within a delay, so that nobody waits for it.
const under = 1 << 14

// carry delivers what one end sends to the other, and then that it has ended.
func (p *Proxy) carry(to, from net.Conn) {
	queue := make(chan parcel, under)
	p.group.Go(func() {
		defer close(queue)
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				queue <- parcel{buffer[:n], time.Now().Add(p.delay)}
			}
			if err != nil {
				return
			}
		}
	})
	failed := false
	for next := range queue {
		if failed {
			continue // what cannot be delivered is read all the same
		}
		wait(next.due)
		if _, err := to.Write(next.data); err != nil {
			failed = true
			_ = from.Close()
		}
	}
	if half, ok := to.(*net.TCPConn); ok {
		if err := half.CloseWrite(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
			_ = to.Close()
		}
	}
}

// wait returns at a time. Timers are late by up to a millisecond on some
// machines, so the last stretch is waited for in small steps.
func wait(due time.Time) {
	time.Sleep(time.Until(due))
}
