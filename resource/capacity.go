package resource

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

// Capacity is how much there is of what resources take. Zero is none of it.
type Capacity struct {
	VCPUs     money.Quantity `json:"vcpus"`
	MemoryGiB money.Quantity `json:"memory_gib"`
	DiskGiB   money.Quantity `json:"disk_gib"`
	// Instances counts the virtual machines and containers.
	Instances int64 `json:"instances"`
}

func (c Capacity) check(f *fault.Fields) {
	if c.Instances < 0 {
		f.Add("instances", "must not be negative, is %d", c.Instances)
	}
}

// covers says whether there is at least as much as that of everything.
func (c Capacity) covers(d Capacity) bool {
	return c.VCPUs.Cmp(d.VCPUs) >= 0 && c.MemoryGiB.Cmp(d.MemoryGiB) >= 0 && c.DiskGiB.Cmp(d.DiskGiB) >= 0 &&
		c.Instances >= d.Instances
}

// plus is the sum.
func (c Capacity) plus(d Capacity) (sum Capacity, err error) {
	if sum.VCPUs, err = c.VCPUs.Add(d.VCPUs); err != nil {
		return Capacity{}, err
	}
	if sum.MemoryGiB, err = c.MemoryGiB.Add(d.MemoryGiB); err != nil {
		return Capacity{}, err
	}
	if sum.DiskGiB, err = c.DiskGiB.Add(d.DiskGiB); err != nil {
		return Capacity{}, err
	}
	sum.Instances = c.Instances + d.Instances
	return sum, nil
}

// minus is what is left; where d is more, nothing is.
func (c Capacity) minus(d Capacity) Capacity {
	return Capacity{
		VCPUs: left(c.VCPUs, d.VCPUs), MemoryGiB: left(c.MemoryGiB, d.MemoryGiB), DiskGiB: left(c.DiskGiB, d.DiskGiB),
		Instances: max(0, c.Instances-d.Instances),
	}
}

// left is the difference, and zero where that would be negative: what was
// taken away by a smaller capacity cannot be less than nothing.
func left(of, taken money.Quantity) money.Quantity {
	rest, err := of.Sub(taken)
	if err != nil {
		return money.Quantity{}
	}
	return rest
}

// compare orders by vCPUs, then memory, disk and instances.
func (c Capacity) compare(d Capacity) int {
	return cmp.Or(c.VCPUs.Cmp(d.VCPUs), c.MemoryGiB.Cmp(d.MemoryGiB), c.DiskGiB.Cmp(d.DiskGiB),
		cmp.Compare(c.Instances, d.Instances))
}

// short says in numbers what of the needs is more than there is: what is
// needed, and what is left of it.
func (c Capacity) short(needs Capacity) (needed, left string) {
	var need, rest []string
	add := func(n, r money.Quantity, unit string) {
		if r.Cmp(n) < 0 {
			need, rest = append(need, n.String()+" "+unit), append(rest, r.String())
		}
	}
	add(needs.VCPUs, c.VCPUs, "vcpus")
	add(needs.MemoryGiB, c.MemoryGiB, "GiB of memory")
	add(needs.DiskGiB, c.DiskGiB, "GiB of disk")
	if c.Instances < needs.Instances {
		need, rest = append(need, fmt.Sprintf("%d instances", needs.Instances)), append(rest, strconv.FormatInt(c.Instances, 10))
	}
	return strings.Join(need, " and "), strings.Join(rest, " and ")
}
