package resource

import (
	"maps"
	"slices"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
)

// Specs are what a resource is made of: the specs of its product after the
// configuration of the order's item. A zero field says nothing.
type Specs struct {
	VCPUs     money.Quantity `json:"vcpus,omitzero"`
	MemoryGiB money.Quantity `json:"memory_gib,omitzero"`
	DiskGiB   money.Quantity `json:"disk_gib,omitzero"`
	// GPU is the model, GPUCount how many.
	GPU           string `json:"gpu,omitempty"`
	GPUCount      int64  `json:"gpu_count,omitempty"`
	BandwidthMbps int64  `json:"bandwidth_mbps,omitempty"`
	IOPS          int64  `json:"iops,omitempty"`
	// IPs is how many public addresses the back end should give it.
	IPs        int64 `json:"ips,omitempty"`
	TrafficGiB int64 `json:"traffic_gib,omitempty"`
	// Ports are those that it listens on, or that its firewall lets through.
	Ports []int `json:"ports,omitempty"`
	// Attributes are the rest: an image, a version.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// specsOf takes over what was sold.
func specsOf(p catalog.ProductSpecs) Specs {
	return Specs{
		VCPUs: p.VCPUs, MemoryGiB: p.MemoryGiB, DiskGiB: p.DiskGiB, GPU: p.GPU, GPUCount: p.GPUCount,
		BandwidthMbps: p.BandwidthMbps, IOPS: p.IOPS, IPs: p.IPs, TrafficGiB: p.TrafficGiB,
		Ports: slices.Clone(p.Ports), Attributes: maps.Clone(p.Attributes),
	}
}
