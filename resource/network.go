package resource

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/state"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// NetworkID names a network: "net_" and 26 characters.
type NetworkID string

const networkPrefix = "net"

// ParseNetworkID refuses what is not a network's id with [fault.ErrInvalid].
func ParseNetworkID(text string) (NetworkID, error) {
	return NetworkID(text), id.Parse(networkPrefix, text)
}

// UnmarshalText is [ParseNetworkID] for decoders.
func (i *NetworkID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseNetworkID(string(text))
	return err
}

// Network is a pool of addresses of a cluster. Addresses are handed out from
// the lowest, each to one resource at a time.
type Network struct {
	ID        NetworkID `json:"id"`
	TenantID  tenant.ID `json:"tenant_id"`
	ClusterID ClusterID `json:"cluster_id"`
	// Name is unique in the cluster.
	Name string `json:"name"`
	// CIDR never changes, and overlaps no other network of the cluster.
	CIDR netip.Prefix `json:"cidr"`
	// Gateway is not handed out.
	Gateway netip.Addr `json:"gateway"`
	// Reserved are not handed out either.
	Reserved Ranges `json:"reserved,omitempty"`
	// Allocated are in use by resources.
	Allocated Ranges        `json:"allocated,omitempty"`
	Status    NetworkStatus `json:"status"`
	Version   int64         `json:"version"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

// NetworkStatus is the state of a network.
type NetworkStatus string

// The statuses of a network.
const (
	// NetworkActive networks hand out addresses.
	NetworkActive NetworkStatus = "active"
	// NetworkClosed networks take back what is in use and hand out nothing.
	NetworkClosed NetworkStatus = "closed"
)

// NetworkLifecycle is the table of a network's statuses.
func NetworkLifecycle() state.Machine[NetworkStatus] {
	return state.Machine[NetworkStatus]{
		Entity: networkEntity, Initial: NetworkActive,
		States: []NetworkStatus{NetworkActive, NetworkClosed},
		Transitions: []state.Transition[NetworkStatus]{
			{Event: "close", From: []NetworkStatus{NetworkActive}, To: NetworkClosed},
			{Event: "activate", From: []NetworkStatus{NetworkClosed}, To: NetworkActive},
		},
	}
}

// NetworkDraft is a network to be created.
type NetworkDraft struct {
	// Cluster is whose addresses they are; required.
	Cluster ClusterID `json:"cluster"`
	// Name is required and unique in the cluster, at most 200 characters.
	Name string `json:"name"`
	// CIDR is the block, such as "10.1.0.0/16" or "2001:db8:1::/64": without
	// bits set beyond its length, /8 to /30 for IPv4 and /16 to /126 for IPv6,
	// and not loopback, multicast or unspecified.
	CIDR string `json:"cidr"`
	// Gateway is an address of the block; empty is its first host.
	Gateway string `json:"gateway,omitempty"`
	// Reserved are addresses of the block that are not to be handed out, such
	// as "10.1.0.2" or "10.1.0.10-10.1.0.19"; at most 256.
	Reserved []string `json:"reserved,omitempty"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// NetworkChange is what to change of a network; a nil field stays as it is.
type NetworkChange struct {
	Name *string
	// Gateway must not be in use by a resource.
	Gateway *string
	// Reserved replaces all of them; an empty list removes all. An address in
	// use stays in use until its resource is terminated.
	Reserved []string
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// NetworkQuery filters a list of networks. The zero value is all of the
// tenant's; an empty field is any.
type NetworkQuery struct {
	page.Request
	Cluster ClusterID     `json:"cluster,omitempty"`
	Status  NetworkStatus `json:"status,omitempty"`
}

const (
	// maxReserved is how many reserved addresses or ranges a network may have.
	maxReserved = 256
	// maxNetworks is how many networks a cluster may have.
	maxNetworks = 200
)

// setCIDR reads the block; false says that it is none.
func (n *Network) setCIDR(f *fault.Fields, text string) bool {
	block, err := netip.ParsePrefix(text)
	shortest, longest := 8, 30
	if err == nil && block.Addr().Is6() {
		shortest, longest = 16, 126
	}
	addr := block.Addr()
	switch {
	case text == "":
		f.Add("cidr", "must not be empty")
	case err != nil || !plain(addr):
		f.Add("cidr", `must be a block of addresses such as "10.1.0.0/16" or "2001:db8:1::/64"`)
	case block != block.Masked():
		f.Add("cidr", "must not have bits set beyond its length, such as %s has not", block.Masked())
	case block.Bits() < shortest || block.Bits() > longest:
		f.Add("cidr", "must have a length from /%d to /%d, is /%d", shortest, longest, block.Bits())
	case addr.IsLoopback() || addr.IsMulticast() || addr.IsUnspecified():
		f.Add("cidr", "must not be loopback, multicast or unspecified")
	default:
		n.CIDR = block
		return true
	}
	return false
}

// setGateway reads the gateway; empty is the first host.
func (n *Network) setGateway(f *fault.Fields, text string) {
	first, last := n.hosts()
	addr, ok := parseAddress(text)
	_, used := n.Allocated.around(addr)
	switch {
	case text == "":
		n.Gateway = first
	case !ok || addr.Less(first) || last.Less(addr):
		f.Add("gateway", "must be an address of %s, from %s to %s", n.CIDR, first, last)
	case used:
		f.Add("gateway", "must not be an address in use")
	default:
		n.Gateway = addr
	}
}

// setReserved reads the reserved addresses.
func (n *Network) setReserved(f *fault.Fields, texts []string) {
	if len(texts) > maxReserved {
		f.Add("reserved", "must have at most %d entries, has %d", maxReserved, len(texts))
		return
	}
	var list []Range
	for i, text := range texts {
		r, err := ParseRange(text)
		at := fmt.Sprintf("reserved[%d]", i)
		switch {
		case err != nil:
			f.Add(at, `must be an address or two, such as "10.0.0.5" or "10.0.0.5-10.0.0.9"`)
		case !n.CIDR.Contains(r.From) || !n.CIDR.Contains(r.To):
			f.Add(at, "must be inside %s", n.CIDR)
		default:
			list = append(list, r)
		}
	}
	n.Reserved = rangesOf(list)
}

func (n Network) checkName(f *fault.Fields) { check.Required(f, "name", n.Name, 200) }

func (q NetworkQuery) check() error {
	var f fault.Fields
	optional(&f, "cluster", string(q.Cluster), clusterPrefix)
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, NetworkLifecycle().States...)
	}
	return f.Err("", "", "")
}
