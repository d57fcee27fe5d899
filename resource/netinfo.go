package resource

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
)

// NetworkInfo is how a resource is reached. A zero field says nothing.
type NetworkInfo struct {
	// NetworkID is the network that the first of the private addresses is
	// from; empty: no address was handed out.
	NetworkID NetworkID `json:"network_id,omitempty"`
	// PrivateIPs begin with the address handed out.
	PrivateIPs []netip.Addr `json:"private_ips,omitempty"`
	PublicIPs  []netip.Addr `json:"public_ips,omitempty"`
	MAC        string       `json:"mac,omitempty"`
	Hostname   string       `json:"hostname,omitempty"`
	Ports      []int        `json:"ports,omitempty"`
}

const (
	// maxAddresses and maxPorts are how many of each a resource may have.
	maxAddresses = 64
	maxPorts     = 1000
)

func (n NetworkInfo) clone() NetworkInfo {
	n.PrivateIPs, n.PublicIPs, n.Ports = slices.Clone(n.PrivateIPs), slices.Clone(n.PublicIPs), slices.Clone(n.Ports)
	return n
}

// address is the one that was handed out.
func (n NetworkInfo) address() (netip.Addr, bool) {
	if n.NetworkID == "" || len(n.PrivateIPs) == 0 {
		return netip.Addr{}, false
	}
	return n.PrivateIPs[0], true
}

// merge adds what a back end says. What was handed out stays first, whatever
// the back end says, for it is given back by it; all else that the back end
// names replaces what was there.
func (n NetworkInfo) merge(said NetworkInfo) NetworkInfo {
	merged := n.clone()
	if len(said.PrivateIPs) > 0 {
		merged.PrivateIPs = nil
		if own, ok := n.address(); ok {
			merged.PrivateIPs = []netip.Addr{own}
		}
		for _, addr := range said.PrivateIPs {
			if !slices.Contains(merged.PrivateIPs, addr) {
				merged.PrivateIPs = append(merged.PrivateIPs, addr)
			}
		}
	}
	if len(said.PublicIPs) > 0 {
		merged.PublicIPs = slices.Clone(said.PublicIPs)
	}
	if said.MAC != "" {
		merged.MAC = said.MAC
	}
	if said.Hostname != "" {
		merged.Hostname = said.Hostname
	}
	if len(said.Ports) > 0 {
		merged.Ports = slices.Clone(said.Ports)
	}
	return merged
}

// check names every field of a back end's word that cannot be.
func (n NetworkInfo) check(f *fault.Fields) {
	checkAddresses(f, "private_ips", n.PrivateIPs)
	checkAddresses(f, "public_ips", n.PublicIPs)
	if _, err := net.ParseMAC(n.MAC); err != nil && n.MAC != "" {
		f.Add("mac", "must be a hardware address such as 52:54:00:12:34:56")
	}
	check.Text(f, "hostname", n.Hostname, 253)
	if len(n.Ports) > maxPorts {
		f.Add("ports", "must have at most %d entries, has %d", maxPorts, len(n.Ports))
	}
	for i, port := range n.Ports {
		if port < 1 || port > 65535 {
			f.Add(fmt.Sprintf("ports[%d]", i), "must be between 1 and 65535, is %d", port)
		}
	}
}

func checkAddresses(f *fault.Fields, path string, addresses []netip.Addr) {
	if len(addresses) > maxAddresses {
		f.Add(path, "must have at most %d entries, has %d", maxAddresses, len(addresses))
	}
	for i, addr := range addresses {
		if !plain(addr) {
			f.Add(fmt.Sprintf("%s[%d]", path, i), "must be an address such as 192.0.2.7 or 2001:db8::7")
		}
	}
}
