// Package faultproxy is a bad network: it stands between a client and a
// PostgreSQL server, knows where each message of the protocol begins and ends,
// and at one of them it cuts the connection, before it, inside it or after it,
// or has it come late.
//
// The network knows no more than a network does: who has written a message
// before a cut cannot tell whether it has arrived.
package faultproxy

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"
)

// Proxy listens on the loopback and forwards to one server, without encryption:
// a client that asks for it is told that there is none. It is safe for concurrent
// use.
type Proxy struct {
	listener net.Listener
	server   string
	done     chan struct{}
	group    sync.WaitGroup

	mu     sync.Mutex
	links  map[*link]struct{}
	fault  *Fault
	seen   map[Direction]int
	struck *Message
}

// Listen starts a proxy to the server at a host and port.
func Listen(server string) (*Proxy, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		listener: listener, server: server, done: make(chan struct{}),
		links: map[*link]struct{}{}, seen: map[Direction]int{},
	}
	p.group.Go(p.accept)
	return p, nil
}

// Addr is the host and port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Arm counts messages anew, and has a fault happen once; nil is none.
func (p *Proxy) Arm(f *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.struck = f, nil
	clear(p.seen)
}

// Seen is how many messages went in a direction since [Proxy.Arm], on all
// connections.
func (p *Proxy) Seen(d Direction) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[d]
}

// Struck is the message at which the fault happened, nil while it has not.
func (p *Proxy) Struck() *Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// Cut cuts all connections; new ones can be made.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

// Close ends all connections, and returns when nothing of the proxy runs any
// more.
func (p *Proxy) Close() error {
	close(p.done)
	err := p.listener.Close()
	p.mu.Lock()
	for l := range p.links {
		l.close()
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
		server, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.server)
		if err != nil {
			_ = client.Close() // the client sees that nobody is there
			continue
		}
		l := &link{proxy: p, ends: map[Direction]*net.TCPConn{ //nolint:forcetypeassert // the network is TCP
			ToServer: server.(*net.TCPConn),
			ToClient: client.(*net.TCPConn),
		}}
		if !p.keep(l) {
			return
		}
		p.group.Go(l.forward)
	}
}

// keep remembers a connection, to be closed with the proxy; it closes it at once
// where that has happened.
func (p *Proxy) keep(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		l.close()
		return false
	default:
		p.links[l] = struct{}{}
		return true
	}
}

// pass counts a message, and says what is to happen at it; nil is nothing.
func (p *Proxy) pass(d Direction, kind byte) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[d]++
	f := p.fault
	if f == nil || f.Direction != d || f.Message != p.seen[d] {
		return nil
	}
	p.struck = &Message{Direction: d, Number: f.Message, Kind: kind}
	return f
}

// link is a client's connection and the one to the server that it goes on by.
// Its ends are those to which each direction leads.
type link struct {
	proxy *Proxy
	ends  map[Direction]*net.TCPConn

	mu   sync.Mutex
	dead bool
}

// forward carries both directions until both have ended.
func (l *link) forward() {
	var both sync.WaitGroup
	both.Go(func() { l.carry(ToServer, l.ends[ToClient]) })
	both.Go(func() { l.carry(ToClient, l.ends[ToServer]) })
	both.Wait()
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	l.close()
	delete(l.proxy.links, l)
}

// carry carries messages in a direction until there are no more. After a cut it
// reads on, as what is sent into a cut cable does not come back.
func (l *link) carry(d Direction, from *net.TCPConn) {
	defer func() { _ = l.ends[d].CloseWrite() }() // or it is closed as a whole already
	r := bufio.NewReader(from)
	if d == ToServer {
		m, err := start(r, from)
		if err != nil {
			return
		}
		l.hand(d, m)
	}
	for {
		m, err := next(r)
		if err != nil {
			return
		}
		l.hand(d, m)
	}
}

// hand hands a message on, unless something happens at it.
func (l *link) hand(d Direction, m message) {
	if m.kind == cancelRequest { // which is not counted: the client makes a connection for it
		l.write(d, m.text)
		return
	}
	f := l.proxy.pass(d, m.kind)
	if f == nil {
		l.write(d, m.text)
		return
	}
	switch f.Way {
	case Before:
		l.cut()
	case Inside:
		l.write(d, m.text[:(len(m.text)+1)/2])
		l.cut()
	case After:
		l.write(d, m.text)
		l.cut()
	case Late:
		l.proxy.wait(f.Delay)
		l.write(d, m.text)
	}
}

// write writes to the end of a direction, unless the connection was cut. That the
// end is gone tells its own direction.
func (l *link) write(d Direction, text []byte) {
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	if !dead {
		_, _ = l.ends[d].Write(text)
	}
}

// cut ends both directions: each end receives what was on its way, and no more.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	for _, end := range l.ends {
		_ = end.CloseWrite() // or it is closed as a whole already
	}
}

// close closes both ends.
func (l *link) close() {
	for _, end := range l.ends {
		_ = end.Close() // the ends have heard enough
	}
}

// wait returns after a time, or when the proxy is closed.
func (p *Proxy) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.done:
	}
}
