package resource

import "github.com/platforma/platforma/tenant"

const (
	service        = "resource"
	entity         = "resource"
	clusterEntity  = "cluster"
	networkEntity  = "network"
	instanceEntity = "instance"
)

// The names of the service's events.
const (
	// EventRequested: a resource is wanted.
	EventRequested = "requested"
	// EventProvisioned: it was made.
	EventProvisioned = "provisioned"
	EventStarted     = "started"
	EventStopped     = "stopped"
	// EventFailed: an action was given up; Reason says why.
	EventFailed     = "failed"
	EventTerminated = "terminated"
	// EventUpdated: it is about to change, or has to be tried again.
	EventUpdated = "updated"

	EventClusterCreated  = "cluster.created"
	EventClusterUpdated  = "cluster.updated"
	EventNetworkCreated  = "network.created"
	EventNetworkUpdated  = "network.updated"
	EventInstanceCreated = "instance.created"
	EventInstanceUpdated = "instance.updated"
)

// Permissions are the operations of the service.
func Permissions() []tenant.Permission {
	return []tenant.Permission{
		"resource.get", "resource.list", "resource.start", "resource.stop", "resource.terminate",
		"resource.cluster.create", "resource.cluster.get", "resource.cluster.list", "resource.cluster.update",
		"resource.network.create", "resource.network.get", "resource.network.list", "resource.network.update",
		"resource.instance.list", "resource.follow", "resource.provision",
	}
}
