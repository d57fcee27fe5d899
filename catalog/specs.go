package catalog

import (
	"fmt"
	"maps"
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/money"
)

// ProductSpecs are what a product is, technically. Which fields may be set
// hangs on the category: compute has all of them; storage has disk, IOPS,
// bandwidth and traffic; network has bandwidth, addresses, traffic and ports;
// service has none but attributes of the host's own.
type ProductSpecs struct {
	// ResourceType is what an ordered item becomes; empty: nothing is
	// provisioned. Compute becomes a virtual_machine or a container, storage a
	// storage, network a network or a load_balancer, service nothing.
	ResourceType ResourceType `json:"resource_type,omitempty"`
	// VCPUs, MemoryGiB and DiskGiB may be fractions. No number in specs is
	// negative or above 1,000,000,000.
	VCPUs     money.Quantity `json:"vcpus,omitzero"`
	MemoryGiB money.Quantity `json:"memory_gib,omitzero"`
	DiskGiB   money.Quantity `json:"disk_gib,omitzero"`
	// GPU is the model of the graphics processors, GPUCount their number;
	// there is none without the other.
	GPU           string `json:"gpu,omitempty"`
	GPUCount      int64  `json:"gpu_count,omitempty"`
	BandwidthMbps int64  `json:"bandwidth_mbps,omitempty"`
	IOPS          int64  `json:"iops,omitempty"`
	// IPs is how many public addresses are included, TrafficGiB how much
	// traffic.
	IPs        int64 `json:"ips,omitempty"`
	TrafficGiB int64 `json:"traffic_gib,omitempty"`
	// Ports are distinct numbers from 1 to 65535, at most 100.
	Ports []int `json:"ports,omitempty"`
	// Attributes are the host's own: at most 64, of at most 64 characters, with
	// values of at most 512.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Configurable is what an item may choose, by the attribute's name: one of
	// the numbers above, or a machine name of the host's own. At most 64.
	Configurable map[string]Option `json:"configurable,omitempty"`
}

// The names of the attributes that are numbers: those that a price can count
// and an item can choose.
const (
	vcpus         = "vcpus"
	memoryGiB     = "memory_gib"
	diskGiB       = "disk_gib"
	gpuCount      = "gpu_count"
	bandwidthMbps = "bandwidth_mbps"
	iops          = "iops"
	ips           = "ips"
	trafficGiB    = "traffic_gib"
)

func attributes() []string {
	return []string{vcpus, memoryGiB, diskGiB, gpuCount, bandwidthMbps, iops, ips, trafficGiB}
}

// The limits of specs.
const (
	maxAmount  = 1_000_000_000
	maxGPU     = 64
	maxPorts   = 100
	maxPort    = 65535
	maxOptions = 64
)

// exact returns the field of an attribute that may be a fraction, or nil.
func (s *ProductSpecs) exact(attribute string) *money.Quantity {
	switch attribute {
	case vcpus:
		return &s.VCPUs
	case memoryGiB:
		return &s.MemoryGiB
	case diskGiB:
		return &s.DiskGiB
	default:
		return nil
	}
}

// whole returns the field of an attribute that is a whole number, or nil.
func (s *ProductSpecs) whole(attribute string) *int64 {
	switch attribute {
	case gpuCount:
		return &s.GPUCount
	case bandwidthMbps:
		return &s.BandwidthMbps
	case iops:
		return &s.IOPS
	case ips:
		return &s.IPs
	case trafficGiB:
		return &s.TrafficGiB
	default:
		return nil
	}
}

// isNumber says whether an attribute is one of the specs' own numbers.
func (s *ProductSpecs) isNumber(attribute string) bool {
	return s.exact(attribute) != nil || s.whole(attribute) != nil
}

// amount returns how much of an attribute there is, one of the host's own
// included; ok is false where that is no number, or one out of range.
func (s *ProductSpecs) amount(attribute string) (amount money.Quantity, ok bool) {
	if exact := s.exact(attribute); exact != nil {
		return *exact, true
	}
	if whole := s.whole(attribute); whole != nil {
		amount, err := money.QuantityOf(*whole)
		return amount, err == nil
	}
	text, found := s.Attributes[attribute]
	if !found {
		return money.Quantity{}, true
	}
	amount, err := money.NewQuantity(text)
	return amount, err == nil
}

// check names every field that breaks a rule of the category.
func (s ProductSpecs) check(f *fault.Fields, c Category) {
	switch become := c.resourceTypes(); {
	case s.ResourceType == "":
	case len(become) == 0:
		f.Add("resource_type", "must be empty for a product of category %s", c)
	default:
		check.OneOf(f, "resource_type", s.ResourceType, become...)
	}
	for _, name := range attributes() {
		s.checkAmount(f, name, c)
	}
	s.checkGPU(f, c)
	s.checkPorts(f, c)
	check.Metadata(f, "attributes", s.Attributes)
	s.checkOptions(f, c)
}

func (s ProductSpecs) checkAmount(f *fault.Fields, name string, c Category) {
	amount, ok := s.amount(name)
	switch {
	case !ok:
		f.Add(name, "must be between 0 and %d", maxAmount)
	case amount.IsZero():
	case !c.allows(name):
		f.Add(name, "must be empty for a product of category %s", c)
	case amount.Cmp(most()) > 0:
		f.Add(name, "must be between 0 and %d", maxAmount)
	}
}

func most() money.Quantity {
	q, _ := money.QuantityOf(maxAmount)
	return q
}

func (s ProductSpecs) checkGPU(f *fault.Fields, c Category) {
	_, chosen := s.Configurable[gpuCount]
	switch {
	case s.GPU != "" && !c.allows("gpu"):
		f.Add("gpu", "must be empty for a product of category %s", c)
	case s.GPU == "" && s.GPUCount > 0 && c.allows(gpuCount):
		f.Add("gpu", "must name the model of the %d GPUs", s.GPUCount)
	case s.GPU != "" && s.GPUCount == 0 && !chosen:
		f.Add(gpuCount, "must be the number of the GPUs named")
	}
	check.Text(f, "gpu", s.GPU, maxGPU)
}

func (s ProductSpecs) checkPorts(f *fault.Fields, c Category) {
	switch {
	case len(s.Ports) > 0 && !c.allows("ports"):
		f.Add("ports", "must be empty for a product of category %s", c)
		return
	case len(s.Ports) > maxPorts:
		f.Add("ports", "must have at most %d entries, has %d", maxPorts, len(s.Ports))
		return
	}
	for i, port := range s.Ports {
		at := fmt.Sprintf("ports[%d]", i)
		if port < 1 || port > maxPort {
			f.Add(at, "must be between 1 and %d", maxPort)
		}
		if slices.Contains(s.Ports[:i], port) {
			f.Add(at, "must not be named twice")
		}
	}
}

// clone returns a copy that shares nothing, and has nothing empty.
func (s ProductSpecs) clone() ProductSpecs {
	s.Ports = cloneSlice(s.Ports)
	s.Attributes = cloneMap(s.Attributes)
	s.Configurable = cloneMap(s.Configurable)
	for name, option := range s.Configurable {
		option.Values = cloneSlice(option.Values)
		s.Configurable[name] = option
	}
	return s
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	if len(m) == 0 {
		return nil
	}
	return maps.Clone(m)
}
