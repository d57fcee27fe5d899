package resource

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
)

// pool is a network as its draft asks for.
func pool(t *testing.T, cidr, gateway string, reserved ...string) Network {
	t.Helper()
	n := Network{Status: NetworkActive}
	var f fault.Fields
	if n.setCIDR(&f, cidr) {
		n.setGateway(&f, gateway)
		n.setReserved(&f, reserved)
	}
	require.Empty(t, f.All())
	return n
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for cidr, want := range map[string]string{
		"10.1.0.0/30":        "10.1.0.1 10.1.0.2",
		"10.1.0.0/24":        "10.1.0.1 10.1.0.254",
		"10.0.0.0/8":         "10.0.0.1 10.255.255.254",
		"240.0.0.0/8":        "240.0.0.1 240.255.255.254",
		"2001:db8:1::/64":    "2001:db8:1::1 2001:db8:1:0:ffff:ffff:ffff:ffff",
		"2001:db8:1::40/126": "2001:db8:1::41 2001:db8:1::43",
	} {
		n := pool(t, cidr, "")
		first, last := n.hosts()
		require.Equal(t, want, first.String()+" "+last.String(), cidr)
		require.Equal(t, first, n.Gateway, "the first host by default")
	}
}

func TestAllocateTheLowestFreeAddress(t *testing.T) {
	t.Parallel()
	n := pool(t, "10.1.0.0/28", "10.1.0.3", "10.1.0.1", "10.1.0.5-10.1.0.12", "10.1.0.0", "10.1.0.15")
	var got []string
	for addr, ok := n.allocate(); ok; addr, ok = n.allocate() {
		got = append(got, addr.String())
	}
	require.Equal(t, []string{"10.1.0.2", "10.1.0.4", "10.1.0.13", "10.1.0.14"}, got)
	n.release(netip.MustParseAddr("10.1.0.4"))
	n.release(netip.MustParseAddr("10.1.0.14"))
	addr, ok := n.allocate()
	require.True(t, ok)
	require.Equal(t, "10.1.0.4", addr.String())
	n.Status = NetworkClosed
	_, ok = n.allocate()
	require.False(t, ok, "a closed network hands out nothing")
}

func TestAllocateInABigBlock(t *testing.T) {
	t.Parallel()
	n := pool(t, "2001:db8::/32", "", "2001:db8::2-2001:db8:ffff:ffff:ffff:ffff:ffff:fffd")
	for _, want := range []string{"2001:db8:ffff:ffff:ffff:ffff:ffff:fffe", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"} {
		addr, ok := n.allocate()
		require.True(t, ok)
		require.Equal(t, want, addr.String())
	}
	_, ok := n.allocate()
	require.False(t, ok)
}

// TestNobodyGetsAnAddressTwice: whatever is taken and given back, an address
// has one holder, is never special, and none is lost.
func TestNobodyGetsAnAddressTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := pool(t, rapid.SampledFrom([]string{"10.1.0.0/29", "10.1.0.0/27", "2001:db8::/125"}).Draw(rt, "cidr"), "")
		first, last := n.hosts()
		held := map[netip.Addr]bool{}
		for range rapid.IntRange(0, 60).Draw(rt, "steps") {
			if len(held) > 0 && rapid.Bool().Draw(rt, "release") {
				addr := rapid.SampledFrom(addresses(held)).Draw(rt, "which")
				n.release(addr)
				delete(held, addr)
				continue
			}
			addr, ok := n.allocate()
			if !ok {
				taken := Ranges{{first, last}}.size().Int64() - 1
				require.Len(rt, held, int(taken), "exhausted only when all are held")
				continue
			}
			require.False(rt, held[addr])
			require.False(rt, addr == n.Gateway || addr.Less(first) || last.Less(addr))
			held[addr] = true
		}
		require.Equal(rt, int64(len(held)), n.Allocated.size().Int64())
	})
}

func addresses(held map[netip.Addr]bool) []netip.Addr {
	var all []netip.Addr
	for addr := range held {
		all = append(all, addr)
	}
	return all
}

func TestCreateNetworkRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.cluster(t, "c1", "nyc1", "8")
	good := NetworkDraft{Cluster: c.ID, Name: "lan", CIDR: "10.1.0.0/24"}
	for _, bad := range []struct {
		path  string
		draft func(*NetworkDraft)
	}{
		{"cluster", func(d *NetworkDraft) { d.Cluster = "" }},
		{"cluster", func(d *NetworkDraft) { d.Cluster = "res_01jqzv7h3vfey8mgd6g2p9x4ta" }},
		{"name", func(d *NetworkDraft) { d.Name = "" }},
		{"name", func(d *NetworkDraft) { d.Name = "a\x00b" }},
		{"name", func(d *NetworkDraft) { d.Name = "\xff" }},
		{"name", func(d *NetworkDraft) { d.Name = strings.Repeat("n", 201) }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "10.1.0.0" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "10.1.0.0/33" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "10.1.0.1/24" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "10.1.0.0/31" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "8.0.0.0/7" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "127.0.0.0/8" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "224.0.0.0/8" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "0.0.0.0/8" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "::ffff:10.1.0.0/120" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "2001::/15" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "2001:db8::/127" }},
		{"cidr", func(d *NetworkDraft) { d.CIDR = "fe80::%eth0/64" }},
		{"gateway", func(d *NetworkDraft) { d.Gateway = "10.2.0.1" }},
		{"gateway", func(d *NetworkDraft) { d.Gateway = "10.1.0.0" }},
		{"gateway", func(d *NetworkDraft) { d.Gateway = "10.1.0.255" }},
		{"gateway", func(d *NetworkDraft) { d.Gateway = "router" }},
		{"reserved[1]", func(d *NetworkDraft) { d.Reserved = []string{"10.1.0.2", "10.2.0.2"} }},
		{"reserved[0]", func(d *NetworkDraft) { d.Reserved = []string{"10.1.0.200-10.1.1.2"} }},
		{"reserved[0]", func(d *NetworkDraft) { d.Reserved = []string{"10.1.0.9-10.1.0.2"} }},
		{"reserved", func(d *NetworkDraft) { d.Reserved = make([]string, 257) }},
		{"key", func(d *NetworkDraft) { d.Key = strings.Repeat("k", 129) }},
	} {
		d := good
		bad.draft(&d)
		_, err := w.CreateNetwork(host(), d)
		require.Equal(t, []string{bad.path}, paths(t, err), "%+v", d)
	}
	_, err := w.CreateNetwork(host(), NetworkDraft{CIDR: "x", Gateway: "y", Key: "\x00"})
	require.Equal(t, []string{"cluster", "name", "cidr", "key"}, paths(t, err), "all at once")
	require.Empty(t, w.store.networks)
}

// paths are those of the fields that a refusal names.
func paths(t *testing.T, err error) []string {
	t.Helper()
	require.ErrorIs(t, err, fault.ErrInvalid)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	var all []string
	for _, field := range e.Fields {
		require.True(t, strings.HasPrefix(field.Rule, "must "), field.Rule)
		all = append(all, field.Path)
	}
	return all
}

func TestNetworksOfAClusterDoNotOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.cluster(t, "c1", "nyc1", "8"), w.cluster(t, "c2", "nyc1", "8")
	w.network(t, c, "10.1.0.0/16")
	_, err := w.CreateNetwork(host(), NetworkDraft{Cluster: c.ID, Name: "inner", CIDR: "10.1.7.0/24"})
	require.Equal(t, []string{"cidr"}, paths(t, err))
	w.network(t, other, "10.1.0.0/16")

	// Another one that overlaps is added between the reading and the writing.
	w.store.before = func() { w.network(t, c, "10.2.0.0/16") }
	_, err = w.CreateNetwork(host(), NetworkDraft{Cluster: c.ID, Name: "late", CIDR: "10.2.0.0/24"})
	require.Equal(t, []string{"cidr"}, paths(t, err))
	_, err = w.CreateNetwork(host(), NetworkDraft{Cluster: "clus_01jqzv7h3vfey8mgd6g2p9x4tz", Name: "lost", CIDR: "10.3.0.0/24"})
	require.ErrorIs(t, err, fault.ErrNotFound)
}

func TestAClusterHasSoManyNetworks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.cluster(t, "c1", "nyc1", "8")
	for i := range maxNetworks {
		id := NetworkID(w.ids.New(networkPrefix))
		w.store.networks[id] = Network{ID: id, ClusterID: c.ID, CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16)}
	}
	_, err := w.CreateNetwork(host(), NetworkDraft{Cluster: c.ID, Name: "one more", CIDR: "192.168.0.0/24"})
	require.ErrorIs(t, err, fault.ErrExhausted)
}

func TestUpdateNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network(t, w.cluster(t, "c1", "nyc1", "8"), "10.1.0.0/24")
	_, made := w.started(t, 1)
	require.Equal(t, "10.1.0.2", made[0].Network.PrivateIPs[0].String())

	name, gateway := "front", "10.1.0.254"
	changed, err := w.UpdateNetwork(host(), n.ID, NetworkChange{Name: &name, Gateway: &gateway, Reserved: []string{"10.1.0.9", "10.1.0.8"}})
	require.NoError(t, err)
	require.Equal(t, "front", changed.Name)
	require.Equal(t, Ranges{{netip.MustParseAddr("10.1.0.8"), netip.MustParseAddr("10.1.0.9")}}, changed.Reserved)
	require.Equal(t, int64(3), changed.Version, "one for the address handed out, one for the change")

	used, empty := "10.1.0.2", ""
	_, err = w.UpdateNetwork(host(), n.ID, NetworkChange{Gateway: &used, Name: &empty, Reserved: []string{"x"}})
	require.Equal(t, []string{"name", "gateway", "reserved[0]"}, paths(t, err))
	_, err = w.UpdateNetwork(host(), n.ID, NetworkChange{Name: &name, Version: 1})
	require.ErrorIs(t, err, fault.ErrConflict)

	_, err = w.ActivateNetwork(host(), n.ID)
	require.ErrorIs(t, err, fault.ErrState)
	closed, err := w.CloseNetwork(host(), n.ID)
	require.NoError(t, err)
	require.Equal(t, NetworkClosed, closed.Status)
	opened, err := w.ActivateNetwork(host(), n.ID)
	require.NoError(t, err)
	require.Equal(t, NetworkActive, opened.Status)
}

func TestNetworkAsJSON(t *testing.T) {
	t.Parallel()
	n := pool(t, "10.1.0.0/29", "", "10.1.0.4-10.1.0.5")
	n.allocate()
	text, err := json.Marshal(n)
	require.NoError(t, err)
	require.Contains(t, string(text), `"cidr":"10.1.0.0/29","gateway":"10.1.0.1","reserved":["10.1.0.4-10.1.0.5"],"allocated":["10.1.0.2"]`)
	text, err = json.Marshal(NetworkInfo{})
	require.NoError(t, err)
	require.JSONEq(t, `{}`, string(text))
}
