package resource

import (
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/state"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// InstanceID names an instance: "inst_" and 26 characters.
type InstanceID string

const instancePrefix = "inst"

// ParseInstanceID refuses what is not an instance's id with [fault.ErrInvalid].
func ParseInstanceID(text string) (InstanceID, error) {
	return InstanceID(text), id.Parse(instancePrefix, text)
}

// UnmarshalText is [ParseInstanceID] for decoders.
func (i *InstanceID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInstanceID(string(text))
	return err
}

// Instance is the back end's object behind a virtual machine or a container.
// It appears when the resource has been made, and follows it from then on.
type Instance struct {
	ID         InstanceID     `json:"id"`
	TenantID   tenant.ID      `json:"tenant_id"`
	ClusterID  ClusterID      `json:"cluster_id"`
	ResourceID ID             `json:"resource_id"`
	ExternalID string         `json:"external_id"`
	Status     InstanceStatus `json:"status"`
	Version    int64          `json:"version"`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
}

// InstanceStatus is the state of an instance.
type InstanceStatus string

// The statuses of an instance.
const (
	InstanceRunning    InstanceStatus = "running"
	InstanceStopped    InstanceStatus = "stopped"
	InstanceTerminated InstanceStatus = "terminated"
)

// InstanceLifecycle is the table of an instance's statuses.
func InstanceLifecycle() state.Machine[InstanceStatus] {
	return state.Machine[InstanceStatus]{
		Entity: instanceEntity, Initial: InstanceRunning,
		States: []InstanceStatus{InstanceRunning, InstanceStopped, InstanceTerminated},
		Transitions: []state.Transition[InstanceStatus]{
			{Event: eventStart, From: []InstanceStatus{InstanceStopped}, To: InstanceRunning},
			{Event: eventStop, From: []InstanceStatus{InstanceRunning}, To: InstanceStopped},
			{Event: eventTerminate, From: []InstanceStatus{InstanceRunning, InstanceStopped}, To: InstanceTerminated},
		},
	}
}

// InstanceQuery filters a list of instances. The zero value is all of the
// tenant's; an empty field is any.
type InstanceQuery struct {
	page.Request
	Cluster  ClusterID      `json:"cluster,omitempty"`
	Resource ID             `json:"resource,omitempty"`
	Status   InstanceStatus `json:"status,omitempty"`
}

func (q InstanceQuery) check() error {
	var f fault.Fields
	optional(&f, "cluster", string(q.Cluster), clusterPrefix)
	optional(&f, "resource", string(q.Resource), prefix)
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, InstanceLifecycle().States...)
	}
	return f.Err("", "", "")
}
