package resource

import (
	"maps"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/internal/state"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// ClusterID names a cluster: "clus_" and 26 characters.
type ClusterID string

const clusterPrefix = "clus"

// ParseClusterID refuses what is not a cluster's id with [fault.ErrInvalid].
func ParseClusterID(text string) (ClusterID, error) {
	return ClusterID(text), id.Parse(clusterPrefix, text)
}

// UnmarshalText is [ParseClusterID] for decoders. Empty is empty: a resource
// that found no room is in no cluster.
func (i *ClusterID) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*i = ""
		return nil
	}
	*i, err = ParseClusterID(string(text))
	return err
}

// Cluster is where resources are placed: hosts of one region, seen as one
// capacity.
type Cluster struct {
	ID       ClusterID `json:"id"`
	TenantID tenant.ID `json:"tenant_id"`
	// Name is unique in the tenant.
	Name     string            `json:"name"`
	Region   string            `json:"region"`
	Labels   map[string]string `json:"labels,omitempty"`
	Capacity Capacity          `json:"capacity"`
	// Used is what the resources placed on it take.
	Used      Capacity      `json:"used"`
	Status    ClusterStatus `json:"status"`
	Version   int64         `json:"version"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

// ClusterStatus is the state of a cluster.
type ClusterStatus string

// The statuses of a cluster.
const (
	// ClusterActive clusters take new resources.
	ClusterActive ClusterStatus = "active"
	// ClusterDraining clusters keep what is on them and take nothing new.
	ClusterDraining ClusterStatus = "draining"
	// ClusterOffline clusters take nothing new and are not reachable; what is
	// on them can still be terminated, as far as its provisioner can.
	ClusterOffline ClusterStatus = "offline"
)

// ClusterLifecycle is the table of a cluster's statuses.
func ClusterLifecycle() state.Machine[ClusterStatus] {
	return state.Machine[ClusterStatus]{
		Entity: clusterEntity, Initial: ClusterActive,
		States: []ClusterStatus{ClusterActive, ClusterDraining, ClusterOffline},
		Transitions: []state.Transition[ClusterStatus]{
			{Event: "drain", From: []ClusterStatus{ClusterActive}, To: ClusterDraining},
			{Event: "take_offline", From: []ClusterStatus{ClusterActive, ClusterDraining}, To: ClusterOffline},
			{Event: "activate", From: []ClusterStatus{ClusterDraining, ClusterOffline}, To: ClusterActive},
		},
	}
}

// ClusterDraft is a cluster to be created.
type ClusterDraft struct {
	// Name is required and unique in the tenant, at most 200 characters.
	Name string `json:"name"`
	// Region is required: lower-case letters and digits in parts joined by
	// ".", "_" or "-", at most 64.
	Region string `json:"region"`
	// Labels are the host's own keys: at most 64, of at most 64 characters,
	// with values of at most 512.
	Labels map[string]string `json:"labels,omitempty"`
	// Capacity is how much fits; what is left out is zero, and nothing that
	// needs it fits.
	Capacity Capacity `json:"capacity"`
	// Key is the optional idempotency key.
	Key string `json:"-"`
}

// ClusterChange is what to change of a cluster; a nil field stays as it is.
type ClusterChange struct {
	Name *string
	// Labels replaces all of them; an empty map removes all.
	Labels map[string]string
	// Capacity must not go below what is used.
	Capacity *Capacity
	// Version is the version that the caller saw; 0 is any.
	Version int64
}

// ClusterQuery filters a list of clusters. The zero value is all of the
// tenant's; an empty field is any.
type ClusterQuery struct {
	page.Request
	Region string        `json:"region,omitempty"`
	Status ClusterStatus `json:"status,omitempty"`
}

// check names every field that breaks a rule.
func (c Cluster) check(f *fault.Fields) {
	check.Required(f, "name", c.Name, 200)
	check.Word(f, "region", c.Region, maxRegion)
	check.Metadata(f, "labels", c.Labels)
	c.Capacity.check(f.In("capacity"))
	if c.Capacity.Instances >= 0 && !c.Capacity.covers(c.Used) {
		needed, left := c.Capacity.short(c.Used)
		f.Add("capacity", "must not be below what is used: %s are used, it is %s", needed, left)
	}
}

// apply makes a change.
func (c *Cluster) apply(change ClusterChange) {
	if change.Name != nil {
		c.Name = *change.Name
	}
	if change.Labels != nil {
		c.Labels = maps.Clone(change.Labels)
	}
	if len(c.Labels) == 0 {
		c.Labels = nil
	}
	if change.Capacity != nil {
		c.Capacity = *change.Capacity
	}
}

// free is what is left of the capacity.
func (c Cluster) free() Capacity { return c.Capacity.minus(c.Used) }

func (q ClusterQuery) check() error {
	var f fault.Fields
	if q.Region != "" {
		check.Word(&f, "region", q.Region, maxRegion)
	}
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, ClusterLifecycle().States...)
	}
	return f.Err("", "", "")
}
