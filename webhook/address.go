package webhook

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// addresses is where requests may go.
type addresses struct {
	// private allows addresses that are not public, and every port.
	private bool
	// http allows requests without TLS.
	http bool
}

// errNotPublic says that a request would have gone to an address that is not
// public. It does not say which one: that of a name in the host's network is none
// of the tenant's business.
var errNotPublic = errors.New("the host's address is not public")

// unreachable are the addresses of IPv4, and those within the public range of
// IPv6, that are not public: RFC 6890 and the registries that followed it.
var unreachable = sync.OnceValue(func() []netip.Prefix {
	return prefixes(
		"0.0.0.0/8",       // this network
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // shared by a carrier's customers
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link-local, and where clouds keep their metadata
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // relays of 6to4
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, and broadcast
		"2001::/23",       // protocol assignments, among them Teredo
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4, which has an IPv4 address within
		"3fff::/20",       // documentation
	)
})

// globalUnicast says whether an address is of all the IPv6 that is given to anybody. Outside of it are the
// loopback, unique local, link-local and multicast addresses, and those that
// translate into IPv4.
func globalUnicast(a netip.Addr) bool { return a.As16()[0]>>5 == 1 } // 2000::/3

func prefixes(all ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(all))
	for i, text := range all {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

// public says whether an address is one that anybody on the internet has.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || a.Is6() && !globalUnicast(a) {
		return false
	}
	for _, p := range unreachable() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control refuses a connection to an address that is not public. It is asked by
// the dialer about each address that it is about to connect to, after the name
// was resolved, so that no answer of a name server comes between.
func (a addresses) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	if a.private {
		return nil
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return errNotPublic
	}
	return nil
}

// checkURL checks the address of an endpoint. What its name resolves to is
// decided when it is dialled.
func (a addresses) checkURL(f *fault.Fields, text string) {
	const path = "url"
	check.Required(f, path, text, maxURL)
	if rule := a.refuses(text); rule != "" && text != "" {
		f.Add(path, rule)
	}
}

// refuses returns the rule that a URL breaks, or nothing.
func (a addresses) refuses(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || strings.ContainsAny(text, " \t\n\\"):
		return "must be a URL"
	case u.Scheme != "https" && (u.Scheme != "http" || !a.http):
		return "must begin with https://"
	case u.Hostname() == "" || u.Opaque != "":
		return "must name a host"
	case u.User != nil:
		return "must not contain a user or a password"
	case strings.Contains(text, "#"):
		return "must not have a fragment"
	case !a.port(u):
		return "must have the port of its scheme, or one from 1024 on"
	case !a.literal(u):
		return "must not be an address that is not public"
	}
	return ""
}

// port says whether the URL's port may be used: not those where another
// protocol may take a request for its own.
func (a addresses) port(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return false
	}
	return a.private || port >= 1024 || u.Scheme == "https" && port == 443 || u.Scheme == "http" && port == 80
}

// literal says whether the URL's host, where it is an address, may be dialled.
func (a addresses) literal(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return err != nil || a.private || public(addr)
}
