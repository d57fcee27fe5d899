package resource

import (
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/tenant"
)

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

// Events are the service's events.
func Events() []event.Definition {
	return []event.Definition{
		{
			Service: service, Name: EventRequested, Data: Resource{},
			When: "A resource is wanted. One that has no room is `failed` in the same step.",
		},
		{Service: service, Name: EventProvisioned, Data: Resource{}, When: "It was made."},
		{Service: service, Name: EventStarted, Data: Resource{}, When: "It runs again."},
		{Service: service, Name: EventStopped, Data: Resource{}, When: "It is switched off."},
		{Service: service, Name: EventFailed, Data: Resource{}, When: "An action was given up; `reason` says why."},
		{Service: service, Name: EventTerminated, Data: Resource{}, When: "It is gone."},
		{
			Service: service, Name: EventUpdated, Data: Resource{},
			When: "What it should be was changed, or a try of an action began or is to be repeated.",
		},

		{Service: service, Name: EventClusterCreated, Data: Cluster{}, When: "A cluster was created."},
		{Service: service, Name: EventClusterUpdated, Data: Cluster{}, When: "It, what it carries, or its networks were changed."},
		{Service: service, Name: EventNetworkCreated, Data: Network{}, When: "A network was created."},
		{Service: service, Name: EventNetworkUpdated, Data: Network{}, When: "It, or the addresses in use of it, were changed."},
		{Service: service, Name: EventInstanceCreated, Data: Instance{}, When: "A machine was made: its instance appears."},
		{Service: service, Name: EventInstanceUpdated, Data: Instance{}, When: "It was started, stopped or terminated."},
	}
}
