package resource

import "net/netip"

// hosts are the first and the last address that a host may have: not the
// network's own (IPv4) or the routers' anycast (IPv6), and not the broadcast
// address, which IPv6 has not.
func (n Network) hosts() (first, last netip.Addr) {
	first = n.CIDR.Masked().Addr().Next()
	octets := n.CIDR.Addr().AsSlice()
	for bit := n.CIDR.Bits(); bit < len(octets)*8; bit++ {
		octets[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ = netip.AddrFromSlice(octets)
	if last.Is4() {
		last = last.Prev()
	}
	return first, last
}

// allocate takes the lowest address that nobody has; false says that all are
// in use, or that the network is closed.
func (n *Network) allocate() (netip.Addr, bool) {
	addr, last := n.hosts()
	if n.Status != NetworkActive {
		return netip.Addr{}, false
	}
	for addr.IsValid() && !last.Less(addr) {
		end, taken := n.taken(addr)
		if !taken {
			n.Allocated = n.Allocated.with(addr)
			return addr, true
		}
		addr = end.Next()
	}
	return netip.Addr{}, false
}

// taken says whether an address cannot be handed out, and up to where its
// successors cannot for the same reason.
func (n Network) taken(addr netip.Addr) (end netip.Addr, taken bool) {
	if addr == n.Gateway {
		return addr, true
	}
	for _, set := range []Ranges{n.Allocated, n.Reserved} {
		if r, in := set.around(addr); in {
			return r.To, true
		}
	}
	return netip.Addr{}, false
}

// release takes an address back.
func (n *Network) release(addr netip.Addr) { n.Allocated = n.Allocated.without(addr) }
