package webhook

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
)

// ranges are the addresses that are not public, by their first and last ones, and
// what lies outside of each.
func ranges() []struct{ what, first, last, before, after string } {
	return []struct{ what, first, last, before, after string }{
		{"this network", "0.0.0.0", "0.255.255.255", "", "1.0.0.0"},
		{"private, RFC 1918", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
		{"a carrier's customers", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
		{"loopback", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
		{"link-local", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
		{"metadata", "169.254.169.254", "169.254.169.254", "", ""},
		{"private, RFC 1918", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
		{"protocol assignments", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
		{"documentation", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
		{"relays of 6to4", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
		{"private, RFC 1918", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
		{"benchmarks", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
		{"documentation", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
		{"documentation", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
		{"multicast", "224.0.0.0", "239.255.255.255", "223.255.255.255", ""},
		{"reserved", "240.0.0.0", "255.255.255.254", "", ""},
		{"broadcast", "255.255.255.255", "255.255.255.255", "", ""},
		{"unspecified, loopback and IPv4-compatible", "::", "::fffe:ffff:ffff", "", ""},
		{"mapped private", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:9.255.255.255", "::ffff:11.0.0.0"},
		{"mapped loopback", "::ffff:127.0.0.1", "::ffff:127.0.0.1", "", ""},
		{"mapped metadata", "::ffff:169.254.169.254", "::ffff:169.254.169.254", "", ""},
		{"NAT64", "64:ff9b::", "64:ff9b::ffff:ffff", "", ""},
		{"local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "", ""},
		{"discard only", "100::", "100::ffff:ffff:ffff:ffff", "", ""},
		{"below the public ones", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
		{"Teredo and other protocols", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
		{"documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"},
		{"6to4", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff::", "2003::"},
		{"documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"},
		{"above the public ones", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", ""},
		{"segment routing", "5f00::", "5f00::ffff", "", ""},
		{"unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
		{"link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
		{"multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
	}
}

func TestAddressesThatAreNotPublicAreNotDialled(t *testing.T) {
	t.Parallel()
	dial := func(a string) error {
		return addresses{}.control(t.Context(), "tcp", netip.AddrPortFrom(netip.MustParseAddr(a), 443).String(), nil)
	}
	for _, row := range ranges() {
		require.ErrorIs(t, dial(row.first), errNotPublic, "%s: %s", row.what, row.first)
		require.ErrorIs(t, dial(row.last), errNotPublic, "%s: %s", row.what, row.last)
		for _, outside := range []string{row.before, row.after} {
			if outside != "" {
				require.NoError(t, dial(outside), "outside of %s: %s", row.what, outside)
			}
		}
		allowed := netip.AddrPortFrom(netip.MustParseAddr(row.first), 1).String()
		require.NoError(t, addresses{private: true}.control(t.Context(), "tcp", allowed, nil))
	}
	for _, good := range []string{"1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"} {
		require.NoError(t, dial(good), good)
	}
	for _, bad := range []string{"", "x", "localhost:80", "[fe80::1%eth0]:80", "[2606:4700::1111%eth0]:443", "/run/socket"} {
		require.ErrorIs(t, addresses{}.control(t.Context(), "tcp", bad, nil), errNotPublic, bad)
	}
}

func TestTheURLOfAnEndpoint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://example.com":                              "",
		"https://example.com/a/b?c=d":                      "",
		"https://example.com:443/":                         "",
		"https://example.com:1024/":                        "",
		"https://example.com:65535/":                       "",
		"https://93.184.216.34/":                           "",
		"https://[2606:4700::1111]/":                       "",
		"":                                                 "must not be empty",
		"example.com":                                      "must begin with https://",
		"//example.com":                                    "must begin with https://",
		"http://example.com":                               "must begin with https://",
		"ftp://example.com":                                "must begin with https://",
		"file:///etc/passwd":                               "must begin with https://",
		"https://":                                         "must name a host",
		"https:example.com":                                "must name a host",
		"https:///path":                                    "must name a host",
		"https://ada@example.com":                          "must not contain a user",
		"https://ada:pass@example.com":                     "must not contain a user",
		"https://@example.com":                             "must not contain a user",
		"https://example.com/#top":                         "must not have a fragment",
		"https://example.com/#":                            "must not have a fragment",
		"https://example.com:80/":                          "must have the port",
		"https://example.com:22/":                          "must have the port",
		"https://example.com:25/":                          "must have the port",
		"https://example.com:1023/":                        "must have the port",
		"https://example.com:0/":                           "must have the port",
		"https://example.com:/":                            "must have the port",
		"https://example.com:65536/":                       "must have the port",
		"https://example.com:x/":                           "must be a URL",
		"https://exa mple.com/":                            "must be a URL",
		"https://example.com/a b":                          "must be a URL",
		`https://example.com\@127.0.0.1/`:                  "must be a URL",
		"https://127.0.0.1/":                               "must not be an address",
		"https://[::1]/":                                   "must not be an address",
		"https://[::ffff:10.0.0.1]/":                       "must not be an address",
		"https://[fe80::1%25eth0]/":                        "must not be an address",
		"https://169.254.169.254/latest/meta-data/":        "must not be an address",
		"https://example.com/" + strings.Repeat("a", 1980): "",
		"https://example.com/" + strings.Repeat("a", 1981): "must have at most 2000",
		"https://example.com/\x00":                         "must not contain control characters",
	} {
		var f fault.Fields
		addresses{}.checkURL(&f, text)
		err := f.Err("", "", "")
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorIs(t, err, fault.ErrInvalid, text)
		require.ErrorContains(t, err, "url "+want, text)
	}
	for text, allowed := range map[string]addresses{
		"http://example.com":      {http: true},
		"http://example.com:80/":  {http: true},
		"http://127.0.0.1:8080/x": {http: true, private: true},
		"https://localhost:25/":   {private: true},
		"https://10.0.0.1/":       {private: true},
	} {
		var f fault.Fields
		allowed.checkURL(&f, text)
		require.NoError(t, f.Err("", "", ""), text)
		f = fault.Fields{}
		addresses{}.checkURL(&f, text)
		if text != "https://localhost:25/" {
			require.Error(t, f.Err("", "", ""), text)
		}
	}
}

// answering is a resolver that answers each question for an IPv4 address with the
// next ones.
func answering(t *testing.T, answers ...[]netip.Addr) *net.Resolver {
	t.Helper()
	var asked atomic.Int64
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			var size [2]byte
			if _, err := io.ReadFull(server, size[:]); err != nil {
				return
			}
			question := make([]byte, binary.BigEndian.Uint16(size[:]))
			if _, err := io.ReadFull(server, question); err != nil {
				return
			}
			end := 12
			for question[end] != 0 {
				end += int(question[end]) + 1
			}
			end += 5 // the last label, type and class
			isA := binary.BigEndian.Uint16(question[end-4:]) == 1
			var addrs []netip.Addr
			if isA {
				addrs = answers[int(asked.Add(1)-1)%len(answers)]
			}
			answer := append([]byte{}, question[:end]...)
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, byte(len(addrs)), 0, 0, 0, 0})
			for _, a := range addrs {
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				four := a.As4()
				answer = append(answer, four[:]...)
			}
			binary.BigEndian.PutUint16(size[:], uint16(len(answer)))
			_, _ = server.Write(append(size[:], answer...)) // the other end may be gone
		}()
		return client, nil
	}}
}

// A name is looked up anew for each connection, and what it resolves to then is
// what is looked at: a name that was public a moment ago is of no use.
func TestANameThatTurnsPrivateIsNotDialled(t *testing.T) {
	t.Parallel()
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	loopback, private := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.255.255.1")
	post := func(allowed addresses, answers ...[]netip.Addr) error {
		transport := newTransport(allowed, time.Second, answering(t, answers...))
		defer transport.CloseIdleConnections()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://hooks.example.com:"+port, http.NoBody)
		require.NoError(t, err)
		response, err := newClient(transport).Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		return err
	}
	// That the resolver is asked is proven where all addresses are allowed.
	require.NoError(t, post(addresses{private: true}, []netip.Addr{loopback}))
	require.Equal(t, 1, reached)
	for range 3 {
		require.ErrorIs(t, post(addresses{}, []netip.Addr{loopback}), errNotPublic)
		require.ErrorIs(t, post(addresses{}, []netip.Addr{private, loopback}), errNotPublic)
	}
	require.Equal(t, 1, reached)
	require.Equal(t, "the host's address is not public", failureOf(post(addresses{}, []netip.Addr{loopback}), time.Second),
		"which does not say the address")
}

func TestTheEnvironmentsProxyIsNotAsked(t *testing.T) {
	t.Parallel()
	require.Nil(t, newTransport(addresses{}, time.Second, nil).Proxy)
}
