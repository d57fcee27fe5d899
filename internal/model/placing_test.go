package model

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
)

// room is a capacity in whole numbers: vCPUs, memory, disk, instances. All that
// the sequences make is whole.
type room [4]int64

func number(q money.Quantity) int64 {
	n, err := strconv.ParseInt(q.String(), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func quantity(n int64) money.Quantity {
	q, err := money.QuantityOf(n)
	if err != nil {
		panic(err)
	}
	return q
}

func roomOf(c resource.Capacity) room {
	return room{number(c.VCPUs), number(c.MemoryGiB), number(c.DiskGiB), c.Instances}
}

func (r room) capacity() resource.Capacity {
	return resource.Capacity{VCPUs: quantity(r[0]), MemoryGiB: quantity(r[1]), DiskGiB: quantity(r[2]), Instances: r[3]}
}

func (r room) minus(s room) room {
	for i := range r {
		r[i] = max(0, r[i]-s[i])
	}
	return r
}

func (r room) plus(s room) room {
	for i := range r {
		r[i] += s[i]
	}
	return r
}

func (r room) covers(s room) bool {
	for i := range r {
		if r[i] < s[i] {
			return false
		}
	}
	return true
}

func needs(res resource.Resource) room {
	n := room{number(res.Specs.VCPUs), number(res.Specs.MemoryGiB), number(res.Specs.DiskGiB), 0}
	if machine(res) {
		n[3] = 1
	}
	return n
}

func free(c resource.Cluster) room { return roomOf(c.Capacity).minus(roomOf(c.Used)) }

// accept makes the resources of a started order's attempt, all of them placed or
// none.
func (r *rules) accept(in *realm, o order.Order) bool {
	present := in.orders[string(o.ID)]
	if present.Status != order.StatusProcessing || present.Attempt != o.Attempt {
		return true
	}
	units := r.units(o)
	if len(units) == 0 {
		return true
	}
	for _, res := range in.resources {
		if res.OrderID == o.ID && res.Attempt >= o.Attempt {
			return true
		}
	}
	for _, res := range in.resources {
		if res.OrderID == o.ID && res.Status != resource.StatusTerminated {
			return false
		}
	}
	if !r.write(in) {
		return true
	}
	for i := range units {
		r.identify(&units[i])
	}
	by := in.system()
	desk := newDesk(in)
	placed := slices.Clone(units)
	refused, why := desk.placeAll(placed)
	if why == "" {
		units = placed
	}
	for _, res := range units {
		events := []string{"requested"}
		if why != "" {
			res = *res.refused(refused, why)
			events = append(events, "failed")
		}
		in.resources[string(res.ID)] = &res.Resource
		for _, event := range events {
			in.happened(r, by, "resource", event, string(res.ID), 1, res.Resource)
		}
	}
	if why == "" {
		in.clusters, in.networks = desk.clusters, desk.networks
		in.live += int64(len(units))
		r.saved(in, by, desk.changedClusters, desk.changedNetworks)
	}
	return true
}

// unit is a resource that is to be placed.
type unit struct{ resource.Resource }

// units are the resources that an order asks for.
func (r *rules) units(o order.Order) []unit {
	var units []unit
	for _, item := range o.Items {
		if item.ResourceType == "" {
			continue
		}
		sold := decodedSold(item)
		for n := range int(item.Quantity) {
			units = append(units, unit{resource.Resource{
				TenantID: o.TenantID, CustomerID: o.CustomerID, OrderID: o.ID, OrderItemID: item.ID, Unit: n + 1,
				Attempt: o.Attempt, Type: item.ResourceType, Region: item.Region, Template: sold.ProvisioningTemplateID,
				Name:   fmt.Sprintf("%s-%s-%d", item.SKU, item.ID[len(item.ID)-6:], n+1),
				Status: resource.StatusProvisioning, Desired: resource.DesiredRunning, Phase: resource.PhaseRequested,
				Specs: resource.Specs{VCPUs: sold.Specs.VCPUs, MemoryGiB: sold.Specs.MemoryGiB, DiskGiB: sold.Specs.DiskGiB},
				DueAt: r.at(0), Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
			}})
		}
	}
	return units
}

// identify learns the id of a new resource from the answer.
func (r *rules) identify(u *unit) {
	for _, f := range r.found.Resources {
		if f.OrderItemID == u.OrderItemID && f.Unit == u.Unit && f.Attempt == u.Attempt {
			u.ID = resource.ID(r.learn("res", string(f.ID)))
			return
		}
	}
	u.ID = resource.ID(fmt.Sprintf("res_%026d", len(r.ids)))
	r.ids[string(u.ID)] = true
	r.complain("there is no resource of " + text(u.Resource))
}

// refused is the unit where there was no room for the whole order.
func (u unit) refused(item order.ItemID, why string) *unit {
	u.Status, u.Phase, u.DueAt, u.Reason = resource.StatusError, resource.PhaseFailed, nil, why
	if item != "" && u.OrderItemID != item {
		u.Reason = "not placed, because another item of the order could not be: " + why
	}
	return &u
}

// desk is where an order is placed, on copies of what there is.
type desk struct {
	in                               *realm
	clusters                         map[string]*resource.Cluster
	networks                         map[string]*resource.Network
	changedClusters, changedNetworks map[string]bool
}

func newDesk(in *realm) *desk {
	d := &desk{in: in, clusters: map[string]*resource.Cluster{}, networks: map[string]*resource.Network{},
		changedClusters: map[string]bool{}, changedNetworks: map[string]bool{}}
	for id, c := range in.clusters {
		d.clusters[id] = new(*c)
	}
	for id, n := range in.networks {
		d.networks[id] = new(*n)
	}
	return d
}

// placeAll places all units, or says which item could not be, and why.
func (d *desk) placeAll(units []unit) (refused order.ItemID, why string) {
	if most := d.in.tenant.Settings.Limits.Resources; most > 0 && d.in.live+int64(len(units)) > most {
		return "", fmt.Sprintf("needs %d resources, the tenant has %d of at most %d", len(units), d.in.live, most)
	}
	for i := range units {
		if units[i].Template != template {
			return units[i].OrderItemID, fmt.Sprintf("no provisioner is known for the template %q", units[i].Template)
		}
		if why := d.place(&units[i].Resource); why != "" {
			return units[i].OrderItemID, why
		}
	}
	return "", ""
}

// place finds room for one: on the active cluster of its region with most left.
func (d *desk) place(res *resource.Resource) string {
	var inRegion, active []*resource.Cluster
	for _, c := range sorted(d.clusters) {
		if c.Region == res.Region {
			inRegion = append(inRegion, c)
			if c.Status == resource.ClusterActive {
				active = append(active, c)
			}
		}
	}
	switch {
	case len(inRegion) == 0:
		return fmt.Sprintf("needs a cluster in %s, there is none", res.Region)
	case len(active) == 0:
		return fmt.Sprintf("needs a cluster in %s, none of %d is active", res.Region, len(inRegion))
	}
	slices.SortStableFunc(active, func(a, b *resource.Cluster) int {
		x, y := free(*b), free(*a)
		return slices.Compare(x[:], y[:])
	})
	want := needs(*res)
	var full *resource.Cluster
	for _, c := range active {
		if !free(*c).covers(want) {
			continue
		}
		if (machine(*res) || res.Type == catalog.TypeLoadBalancer) && !d.address(res, c) {
			full = cmp.Or(full, c)
			continue
		}
		c.Used = roomOf(c.Used).plus(want).capacity()
		res.ClusterID = c.ID
		d.changedClusters[string(c.ID)] = true
		return ""
	}
	if full != nil {
		return fmt.Sprintf("needs an address in %s, all %d of cluster %s are in use", res.Region, d.handedOut(full.ID), full.Name)
	}
	return shortage(res.Region, want, free(*active[0]))
}

func shortage(region string, want, left room) string {
	var need, rest []string
	for i, unit := range []string{"vcpus", "GiB of memory", "GiB of disk", "instances"} {
		if left[i] < want[i] {
			need = append(need, fmt.Sprintf("%d %s", want[i], unit))
			rest = append(rest, strconv.FormatInt(left[i], 10))
		}
	}
	return fmt.Sprintf("needs %s in %s, the best cluster has %s left", strings.Join(need, " and "), region, strings.Join(rest, " and "))
}

// pools are the active networks of a cluster.
func (d *desk) pools(of resource.ClusterID) []*resource.Network {
	var pools []*resource.Network
	for _, n := range sorted(d.networks) {
		if n.ClusterID == of && n.Status == resource.NetworkActive {
			pools = append(pools, n)
		}
	}
	return pools
}

func (d *desk) handedOut(of resource.ClusterID) (count int) {
	for _, n := range d.pools(of) {
		count += len(addresses(n.Allocated))
	}
	return count
}

// address takes the lowest free address of a cluster's active networks; one
// without networks has its addresses elsewhere.
func (d *desk) address(res *resource.Resource, c *resource.Cluster) bool {
	pools := d.pools(c.ID)
	for _, n := range pools {
		taken := append(addresses(n.Allocated), addresses(n.Reserved)...)
		first, last := hosts(n.CIDR)
		for a := first; !last.Less(a); a = a.Next() {
			if a == n.Gateway || slices.Contains(taken, a) {
				continue
			}
			n.Allocated = ranges(append(addresses(n.Allocated), a))
			res.Network.NetworkID, res.Network.PrivateIPs = n.ID, []netip.Addr{a}
			d.changedNetworks[string(n.ID)] = true
			return true
		}
	}
	return len(pools) == 0
}

// hosts are the first and the last address of a block of IPv4 that hosts have.
func hosts(block netip.Prefix) (first, last netip.Addr) {
	first = block.Addr().Next()
	last = first
	for block.Contains(last.Next().Next()) {
		last = last.Next()
	}
	return first, last
}

// addresses are all of a set.
func addresses(set resource.Ranges) (all []netip.Addr) {
	for _, r := range set {
		for a := r.From; !r.To.Less(a); a = a.Next() {
			all = append(all, a)
		}
	}
	return all
}

// ranges is the set of some addresses.
func ranges(all []netip.Addr) (set resource.Ranges) {
	slices.SortFunc(all, netip.Addr.Compare)
	for _, a := range slices.Compact(all) {
		if n := len(set); n > 0 && set[n-1].To.Next() == a {
			set[n-1].To = a
			continue
		}
		set = append(set, resource.Range{From: a, To: a})
	}
	return set
}

// giveBack returns what a terminated resource held.
func (r *rules) giveBack(in *realm, res resource.Resource, networks map[string]bool) {
	c := in.clusters[string(res.ClusterID)]
	c.Used = roomOf(c.Used).minus(needs(res)).capacity()
	in.live = max(0, in.live-1)
	if n := in.networks[string(res.Network.NetworkID)]; n != nil {
		n.Allocated = ranges(without(addresses(n.Allocated), res.Network.PrivateIPs[0]))
		networks[string(n.ID)] = true
	}
}

// saved stores the next versions of clusters and networks.
func (r *rules) saved(in *realm, by who, clusters, networks map[string]bool) {
	for _, id := range slices.Sorted(maps.Keys(clusters)) {
		c := *in.clusters[id]
		c.Version++
		c.UpdatedAt = r.now
		in.clusters[id] = &c
		in.happened(r, by, "resource", "cluster.updated", id, c.Version, c)
	}
	for _, id := range slices.Sorted(maps.Keys(networks)) {
		n := *in.networks[id]
		n.Version++
		n.UpdatedAt = r.now
		in.networks[id] = &n
		in.happened(r, by, "resource", "network.updated", id, n.Version, n)
	}
}
