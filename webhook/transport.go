package webhook

import (
	"net"
	"net/http"
	"time"
)

// The bounds of what an endpoint's answer may cost.
const (
	maxHeader = 16 << 10
	// maxBody is how much of an answer's body is read, so that the connection can
	// serve the next request; nothing of it is kept.
	maxBody = 16 << 10
)

// newTransport returns what makes requests: without the environment's proxies,
// which would dial in its place, and with a look at each address that is dialled.
func newTransport(allowed addresses, timeout time.Duration, resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Timeout: timeout, Resolver: resolver, ControlContext: allowed.control}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
		MaxResponseHeaderBytes: maxHeader, MaxIdleConnsPerHost: 4, MaxIdleConns: 64, IdleConnTimeout: timeout,
		DisableCompression: true, ForceAttemptHTTP2: true,
	}
}

// newClient returns a client that follows no redirect: one could lead anywhere.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
