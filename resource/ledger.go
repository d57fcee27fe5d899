package resource

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/platforma/platforma/fault"
)

// ledger is what there is to place resources on, as one write changes it. The
// versions of all that it changes make sure that nobody else has taken the
// same in between.
type ledger struct {
	clusters []*Cluster
	networks []*Network
	usage    Usage
	// changed are the ids of the clusters and networks that a write must store;
	// counted says the same of the usage.
	changed map[string]bool
	counted bool
}

func newLedger(s Supply) *ledger {
	l := &ledger{usage: s.Usage, changed: map[string]bool{}}
	for _, c := range s.Clusters {
		l.clusters = append(l.clusters, &c)
	}
	for _, n := range s.Networks {
		l.networks = append(l.networks, &n)
	}
	return l
}

// place finds a cluster and an address for a resource and takes what it needs:
// on the active cluster of its region that has most left, so that resources
// spread. Where there is no room it is [fault.ErrExhausted] with the numbers,
// and nothing is taken.
func (l *ledger) place(r *Resource) error {
	candidates, err := l.candidates(r.Region)
	if err != nil {
		return err
	}
	needs := r.needs()
	var full *Cluster
	for _, c := range candidates {
		if !c.free().covers(needs) {
			continue
		}
		if r.addressed() && !l.address(r, c) {
			full = cmp.Or(full, c)
			continue
		}
		return l.take(r, c, needs)
	}
	if full != nil {
		return exhausted("needs an address in %s, all %s of cluster %s are in use",
			r.Region, l.allocated(full.ID).size(), full.Name)
	}
	needed, left := candidates[0].free().short(needs)
	return exhausted("needs %s in %s, the best cluster has %s left", needed, r.Region, left)
}

// candidates are the active clusters of a region, that with most left first.
func (l *ledger) candidates(region string) ([]*Cluster, error) {
	var active []*Cluster
	known := 0
	for _, c := range l.clusters {
		if c.Region == region {
			known++
			if c.Status == ClusterActive {
				active = append(active, c)
			}
		}
	}
	switch {
	case known == 0:
		return nil, exhausted("needs a cluster in %s, there is none", region)
	case len(active) == 0:
		return nil, exhausted("needs a cluster in %s, none of %d is active", region, known)
	}
	slices.SortFunc(active, func(a, b *Cluster) int {
		return cmp.Or(b.free().compare(a.free()), cmp.Compare(a.ID, b.ID))
	})
	return active, nil
}

// address takes the lowest free address of a cluster's active networks. A
// cluster without one has its addresses elsewhere.
func (l *ledger) address(r *Resource, c *Cluster) bool {
	pools := 0
	for _, n := range l.networks {
		if n.ClusterID != c.ID || n.Status != NetworkActive {
			continue
		}
		pools++
		if addr, ok := n.allocate(); ok {
			l.changed[string(n.ID)] = true
			r.Network.NetworkID = n.ID
			r.Network.PrivateIPs = append(r.Network.PrivateIPs, addr)
			return true
		}
	}
	return pools == 0
}

func (l *ledger) take(r *Resource, c *Cluster, needs Capacity) error {
	used, err := c.Used.plus(needs)
	if err != nil {
		return err
	}
	c.Used, r.ClusterID = used, c.ID
	l.changed[string(c.ID)] = true
	l.usage.Live++
	l.counted = true
	return nil
}

// release gives back what a placed resource holds.
func (l *ledger) release(r Resource) {
	if r.ClusterID == "" {
		return
	}
	for _, c := range l.clusters {
		if c.ID == r.ClusterID {
			c.Used = c.Used.minus(r.needs())
			l.changed[string(c.ID)] = true
		}
	}
	addr, held := r.Network.address()
	for _, n := range l.networks {
		if held && n.ID == r.Network.NetworkID {
			n.release(addr)
			l.changed[string(n.ID)] = true
		}
	}
	l.usage.Live = max(0, l.usage.Live-1)
	l.counted = true
}

// into adds all that changed to a write.
func (l *ledger) into(b *batch) {
	for _, c := range l.clusters {
		if l.changed[string(c.ID)] {
			b.saveCluster(c)
		}
	}
	for _, n := range l.networks {
		if l.changed[string(n.ID)] {
			b.saveNetwork(n)
		}
	}
	if l.counted {
		b.saveUsage(&l.usage)
	}
}

// allocated are the addresses in use of a cluster's active networks.
func (l *ledger) allocated(id ClusterID) Ranges {
	var all Ranges
	for _, n := range l.networks {
		if n.ClusterID == id && n.Status == NetworkActive {
			all = append(all, n.Allocated...)
		}
	}
	return all
}

func exhausted(format string, args ...any) error {
	return &fault.Error{Kind: fault.ErrExhausted, Err: fmt.Errorf(format, args...)}
}
