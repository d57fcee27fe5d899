package proxy_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/proxy"
)

// serve runs a server that does one thing with each connection.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return l.Addr().String()
}

func echo(c net.Conn) { _, _ = io.Copy(c, c) }

// dial connects through a proxy.
func dial(t *testing.T, server string, delay time.Duration) *net.TCPConn {
	t.Helper()
	p, err := proxy.Listen(server, delay)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	c, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

func TestRoundTripTakesTwoDelays(t *testing.T) {
	t.Parallel()
	const delay = 20 * time.Millisecond
	c := dial(t, serve(t, echo), delay)
	for range 3 {
		begin := time.Now()
		_, err := c.Write([]byte("ping"))
		require.NoError(t, err)
		answer := make([]byte, 4)
		_, err = io.ReadFull(c, answer)
		require.NoError(t, err)
		require.Equal(t, "ping", string(answer))
		require.GreaterOrEqual(t, time.Since(begin), 2*delay)
	}
}

// TestDelaysWithoutThrottling sends many small pieces, one behind the other:
// each is late by the delay, all together are not late by the sum.
func TestDelaysWithoutThrottling(t *testing.T) {
	t.Parallel()
	const delay, pieces = 50 * time.Millisecond, 200
	c := dial(t, serve(t, echo), delay)
	begin := time.Now()
	go func() {
		for range pieces {
			if _, err := c.Write(bytes.Repeat([]byte("x"), 1000)); err != nil {
				return
			}
			time.Sleep(100 * time.Microsecond) // pieces of their own on the wire
		}
	}()
	_, err := io.ReadFull(c, make([]byte, pieces*1000))
	require.NoError(t, err)
	require.Less(t, time.Since(begin), pieces*delay/4)
}

// TestBothWaysAtOnce has both ends send more than all buffers hold before
// either reads to the end: a proxy that served one way at a time would stop.
func TestBothWaysAtOnce(t *testing.T) {
	t.Parallel()
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	received := make(chan []byte, 1)
	c := dial(t, serve(t, func(c net.Conn) {
		go func() { _, _ = c.Write(sent) }()
		got, _ := io.ReadAll(io.LimitReader(c, int64(len(sent))))
		received <- got
	}), time.Millisecond)
	go func() { _, _ = c.Write(sent) }()
	got, err := io.ReadAll(io.LimitReader(c, int64(len(sent))))
	require.NoError(t, err)
	require.True(t, bytes.Equal(sent, got))
	require.True(t, bytes.Equal(sent, <-received))
}

// TestEndOfOneWayIsPassedOn closes the client's way alone; the server's answer
// to it still comes.
func TestEndOfOneWayIsPassedOn(t *testing.T) {
	t.Parallel()
	c := dial(t, serve(t, func(c net.Conn) {
		all, _ := io.ReadAll(c)
		_, _ = c.Write(append(all, '!'))
	}), time.Millisecond)
	_, err := c.Write([]byte("done"))
	require.NoError(t, err)
	require.NoError(t, c.CloseWrite())
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "done!", string(answer))
}

// TestCloseEndsConnections returns while a connection is open on both ends.
func TestCloseEndsConnections(t *testing.T) {
	t.Parallel()
	p, err := proxy.Listen(serve(t, echo), time.Hour)
	require.NoError(t, err)
	c, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("never delivered"))
	require.NoError(t, err)
	require.NoError(t, p.Close())
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, net.ErrClosed)
}

// TestNobodyThere ends a connection whose server does not answer.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gone := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = dial(t, gone, 0).Read(make([]byte, 1))
	require.Error(t, err)
}
