package main

import (
	"fmt"
	"net/netip"

	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/tenant"
)

// record is a line of the file: what was done to a machine, and what it is
// since then.
type record struct {
	Token    string          `json:"token"`
	Action   resource.Action `json:"action"`
	Tenant   tenant.ID       `json:"tenant_id"`
	Resource resource.ID     `json:"resource_id"`
	Machine  string          `json:"machine"`
	Status   resource.Status `json:"status"`
	Hostname string          `json:"hostname"`
	PublicIP netip.Addr      `json:"public_ip"`
	MAC      string          `json:"mac"`
}

// rack is the nth machine, for a resource. What is terminated before it was
// made gets one too, as a note that nothing is to be made of it.
func rack(n int, r resource.Resource) record {
	return record{
		Tenant: r.TenantID, Resource: r.ID, Machine: fmt.Sprintf("vm-%04d", n), Hostname: r.Name,
		// An address of those for documentation (RFC 5737).
		PublicIP: netip.AddrFrom4([4]byte{203, 0, 113, byte(n)}),
		MAC:      fmt.Sprintf("52:54:00:00:%02x:%02x", byte(n>>8), byte(n)),
	}
}

func statusAfter(a resource.Action) resource.Status {
	switch a {
	case resource.ActionStop:
		return resource.StatusStopped
	case resource.ActionTerminate:
		return resource.StatusTerminated
	default:
		return resource.StatusRunning
	}
}

// network is how the machine is reached.
func (r record) network() *resource.NetworkInfo {
	return &resource.NetworkInfo{PublicIPs: []netip.Addr{r.PublicIP}, MAC: r.MAC, Hostname: r.Hostname}
}
