// Package resource holds the infrastructure that orders become: resources and
// the instances behind them, the clusters that they are placed on, and the
// networks that they have their addresses from.
//
// A resource is made by a [Provisioner], which the host implements. What it
// should be ([Desired]) is stored first; a [Worker] then makes it so, one
// action at a time, and never loses or doubles one over a crash.
package resource

import (
	"maps"
	"slices"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/check"
	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// ID names a resource: "res_" and 26 characters.
type ID string

const prefix = "res"

// ParseID refuses what is not a resource's id with [fault.ErrInvalid].
func ParseID(text string) (ID, error) { return ID(text), id.Parse(prefix, text) }

// UnmarshalText is [ParseID] for decoders.
func (i *ID) UnmarshalText(text []byte) (err error) {
	*i, err = ParseID(string(text))
	return err
}

// Resource is one unit of an order's item, as a thing in a back end: a virtual
// machine, a volume, a load balancer.
type Resource struct {
	ID          ID           `json:"id"`
	TenantID    tenant.ID    `json:"tenant_id"`
	CustomerID  customer.ID  `json:"customer_id"`
	OrderID     order.ID     `json:"order_id"`
	OrderItemID order.ItemID `json:"order_item_id"`
	// Unit is which of the item's units it is: 1 to the item's quantity.
	Unit int `json:"unit"`
	// Attempt is the order's attempt that it was made in, from 1.
	Attempt int `json:"attempt"`
	// ClusterID is where it is placed, and "" where there was no room for it.
	// Only a placed resource holds capacity, an address and a place in the
	// tenant's [Usage]; it gives them back when it is terminated.
	ClusterID ClusterID            `json:"cluster_id"`
	Type      catalog.ResourceType `json:"type"`
	// Name is the SKU, the end of the item's id, and the unit.
	Name   string `json:"name"`
	Region string `json:"region"`
	// Template is the product's provisioning_template_id: it names the
	// provisioner.
	Template string `json:"template"`
	// Status is what it is, as far as the back end has confirmed.
	Status Status `json:"status"`
	// Desired is what it should be.
	Desired Desired `json:"desired"`
	// Phase is how far the work on the difference has come.
	Phase Phase `json:"phase"`
	// Action is the action under way, from its first try until it is done or
	// given up; empty between actions.
	Action Action `json:"action,omitempty"`
	// Reason is why it failed or has to be tried again, for people.
	Reason string `json:"reason,omitempty"`
	// Specs are the product's, after the configuration of the order's item.
	Specs   Specs       `json:"specs"`
	Network NetworkInfo `json:"network"`
	// ExternalID is the back end's own name of it.
	ExternalID string `json:"external_id"`
	// Tries is how often the action under way has been tried.
	Tries int `json:"tries"`
	// Token is that of the last action: the same over all tries of one action,
	// another for every other. Empty: a back end has never been called.
	Token string `json:"token,omitempty"`
	// DueAt is when the worker should look at it; null is never.
	DueAt     *time.Time `json:"due_at"`
	Version   int64      `json:"version"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	// TerminatedAt is when it was terminated; null until then.
	TerminatedAt *time.Time `json:"terminated_at"`
	// Origin is who asked for what it should be. It is stored, and no part of its
	// JSON: events say it in their own attributes.
	Origin Origin `json:"-"`
}

// Query filters a list of resources. The zero value is all of the tenant's,
// terminated ones included; an empty field is any.
type Query struct {
	page.Request
	Order    order.ID             `json:"order,omitempty"`
	Cluster  ClusterID            `json:"cluster,omitempty"`
	Customer customer.ID          `json:"customer,omitempty"`
	Type     catalog.ResourceType `json:"type,omitempty"`
	Status   Status               `json:"status,omitempty"`
	Region   string               `json:"region,omitempty"`
}

// Live says whether it is not terminated.
func (r Resource) Live() bool { return r.Status != StatusTerminated }

// runs says whether it is a machine: something that is started and stopped and
// has an instance.
func (r Resource) runs() bool {
	return r.Type == catalog.TypeVirtualMachine || r.Type == catalog.TypeContainer
}

// addressed says whether it needs an address.
func (r Resource) addressed() bool { return r.runs() || r.Type == catalog.TypeLoadBalancer }

// needs is the capacity that it takes of a cluster.
func (r Resource) needs() Capacity {
	c := Capacity{VCPUs: r.Specs.VCPUs, MemoryGiB: r.Specs.MemoryGiB, DiskGiB: r.Specs.DiskGiB}
	if r.runs() {
		c.Instances = 1
	}
	return c
}

// clone shares nothing with the resource.
func (r Resource) clone() Resource {
	r.Specs.Ports = slices.Clone(r.Specs.Ports)
	r.Specs.Attributes = maps.Clone(r.Specs.Attributes)
	r.Network = r.Network.clone()
	r.DueAt, r.TerminatedAt = copied(r.DueAt), copied(r.TerminatedAt)
	return r
}

func copied[T any](value *T) *T {
	if value == nil {
		return nil
	}
	c := *value
	return &c
}

func (q Query) check() error {
	var f fault.Fields
	optional(&f, "order", string(q.Order), "ord")
	optional(&f, "cluster", string(q.Cluster), clusterPrefix)
	optional(&f, "customer", string(q.Customer), "cust")
	if q.Type != "" {
		check.OneOf(&f, "type", q.Type, catalog.ResourceTypes()...)
	}
	if q.Status != "" {
		check.OneOf(&f, "status", q.Status, Lifecycle().States...)
	}
	if q.Region != "" {
		check.Word(&f, "region", q.Region, maxRegion)
	}
	return f.Err("", "", "")
}

// optional checks an id that may be left out.
func optional(f *fault.Fields, path, value, prefix string) {
	if value != "" {
		id.Check(f, path, prefix, value)
	}
}

// maxRegion is how long the name of a region may be.
const maxRegion = 64
