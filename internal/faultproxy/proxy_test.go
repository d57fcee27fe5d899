package faultproxy_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/platforma/platforma/internal/faultproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// message is one with a letter, or a first one without.
func message(kind, text string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte(kind), uint32(4+len(text))), text...)
}

var (
	startup = message("", "\x00\x03\x00\x00user")
	cancel  = message("", "\x04\xd2\x16\x2ethat one")
	ssl     = message("", "\x04\xd2\x16\x2f")
	query   = message("Q", "SELECT 1")
	sync    = message("S", "")
	row     = message("D", "one")
	ready   = message("Z", "I")
)

// cable is a client's end of a connection through a proxy, and a server's.
type cable struct {
	proxy          *faultproxy.Proxy
	client, server net.Conn
}

func connect(t *testing.T) cable {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	c := cable{}
	c.proxy, err = faultproxy.Listen(listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.proxy.Close()) })
	c.client, err = net.Dial("tcp", c.proxy.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.client.Close() })
	c.server, err = listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.server.Close() })
	return c
}

func send(t *testing.T, to net.Conn, messages ...[]byte) {
	t.Helper()
	for _, m := range messages {
		_, err := to.Write(m)
		require.NoError(t, err)
	}
}

// receives says that just so much comes.
func receives(t *testing.T, at net.Conn, messages ...[]byte) {
	t.Helper()
	for _, m := range messages {
		got := make([]byte, len(m))
		_, err := io.ReadFull(at, got)
		require.NoError(t, err)
		require.Equal(t, string(m), string(got))
	}
}

func ends(t *testing.T, at net.Conn) {
	t.Helper()
	n, err := at.Read(make([]byte, 1))
	require.Zero(t, n)
	require.ErrorIs(t, err, io.EOF)
}

func TestMessagesGoBothWays(t *testing.T) {
	t.Parallel()
	c := connect(t)
	send(t, c.client, ssl)
	receives(t, c.client, []byte("N"))
	send(t, c.client, startup, query, sync)
	receives(t, c.server, startup, query, sync)
	send(t, c.server, row, ready)
	receives(t, c.client, row, ready)
	require.Equal(t, 3, c.proxy.Seen(faultproxy.ToServer), "with the first, and without what asked for encryption")
	require.Equal(t, 2, c.proxy.Seen(faultproxy.ToClient))
	require.Nil(t, c.proxy.Struck())
	require.NoError(t, c.client.Close())
	ends(t, c.server)
}

func TestWhatHappensAtAMessageToTheServer(t *testing.T) {
	t.Parallel()
	for way, arrives := range map[faultproxy.Way][]byte{
		faultproxy.Before: nil, faultproxy.Inside: query[:len(query)/2+1], faultproxy.After: query,
	} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			send(t, c.client, startup)
			receives(t, c.server, startup)
			send(t, c.server, ready)
			receives(t, c.client, ready)
			c.proxy.Arm(&faultproxy.Fault{Way: way, Direction: faultproxy.ToServer, Message: 2})
			send(t, c.client, query, query, sync)
			receives(t, c.server, query, arrives)
			ends(t, c.server)
			ends(t, c.client)
			require.Equal(t, "message 2 to the server, 'Q'", c.proxy.Struck().String())
			send(t, c.client, sync) // into the cut cable
		})
	}
}

func TestWhatHappensAtAMessageToTheClient(t *testing.T) {
	t.Parallel()
	for way, arrives := range map[faultproxy.Way][]byte{
		faultproxy.Before: nil, faultproxy.Inside: row[:len(row)/2], faultproxy.After: row,
	} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			c.proxy.Arm(&faultproxy.Fault{Way: way, Direction: faultproxy.ToClient, Message: 1})
			send(t, c.client, startup)
			receives(t, c.server, startup)
			send(t, c.server, row, ready)
			receives(t, c.client, arrives)
			ends(t, c.client)
			ends(t, c.server)
			require.Equal(t, "message 1 to the client, 'D'", c.proxy.Struck().String())
		})
	}
}

func TestAMessageComesLate(t *testing.T) {
	t.Parallel()
	c := connect(t)
	const delay = 50 * time.Millisecond
	c.proxy.Arm(&faultproxy.Fault{Way: faultproxy.Late, Direction: faultproxy.ToServer, Message: 2, Delay: delay})
	begun := time.Now()
	send(t, c.client, startup, query, sync)
	require.NoError(t, c.client.Close(), "it does not wait")
	receives(t, c.server, startup, query, sync)
	require.GreaterOrEqual(t, time.Since(begun), delay)
	ends(t, c.server)
}

func TestAFaultHappensOnce(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.proxy.Arm(&faultproxy.Fault{Way: faultproxy.Late, Direction: faultproxy.ToServer, Message: 1})
	send(t, c.client, startup, query)
	receives(t, c.server, startup, query)
	require.Equal(t, "message 1 to the server, '\\x00'", c.proxy.Struck().String())
	c.proxy.Arm(nil)
	require.Nil(t, c.proxy.Struck())
	require.Zero(t, c.proxy.Seen(faultproxy.ToServer), "it counts anew")
	send(t, c.client, query)
	receives(t, c.server, query)
}

func TestCancellationsAreNotCounted(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.proxy.Arm(&faultproxy.Fault{Way: faultproxy.Before, Direction: faultproxy.ToServer, Message: 1})
	send(t, c.client, cancel)
	receives(t, c.server, cancel)
	require.Zero(t, c.proxy.Seen(faultproxy.ToServer))
}

func TestCutEndsWhatThereIs(t *testing.T) {
	t.Parallel()
	c := connect(t)
	send(t, c.client, startup)
	receives(t, c.server, startup)
	c.proxy.Cut()
	ends(t, c.server)
	ends(t, c.client)
}

// What is no message of the protocol ends the direction that it came from.
func TestWhatIsNoMessageEndsTheDirection(t *testing.T) {
	t.Parallel()
	for name, text := range map[string][]byte{
		"short": message("", "")[:4], "none": {0, 0, 0, 1}, "long": {0xff, 0xff, 0xff, 0xff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			send(t, c.client, text)
			ends(t, c.server)
		})
	}
}
