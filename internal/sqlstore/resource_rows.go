package sqlstore

import (
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

type resourceRow struct {
	bun.BaseModel `bun:"table:resources,alias:r"`

	TenantID     scope.TenantID       `bun:"tenant_id,pk"`
	ID           resource.ID          `bun:"id,pk"`
	Version      int64                `bun:"version"`
	CustomerID   customer.ID          `bun:"customer_id"        store:"once"`
	OrderID      order.ID             `bun:"order_id"`
	OrderItemID  order.ItemID         `bun:"order_item_id"`
	Unit         int                  `bun:"unit"`
	Attempt      int                  `bun:"attempt"`
	ClusterID    resource.ClusterID   `bun:"cluster_id"`
	Type         catalog.ResourceType `bun:"type"               store:"once"`
	Name         string               `bun:"name"`
	Region       string               `bun:"region"             store:"once"`
	Template     string               `bun:"template"`
	Status       resource.Status      `bun:"status"`
	Desired      resource.Desired     `bun:"desired"`
	Phase        resource.Phase       `bun:"phase"`
	Action       resource.Action      `bun:"action"`
	Reason       string               `bun:"reason"`
	Specs        resource.Specs       `bun:"specs,type:jsonb"`
	Network      resource.NetworkInfo `bun:"network,type:jsonb"`
	ExternalID   string               `bun:"external_id"`
	Tries        int                  `bun:"tries"`
	Token        string               `bun:"token"`
	DueAt        *time.Time           `bun:"due_at"`
	CreatedAt    time.Time            `bun:"created_at"         store:"once"`
	UpdatedAt    time.Time            `bun:"updated_at"`
	TerminatedAt *time.Time           `bun:"terminated_at"`
	Correlation  string               `bun:"correlation_id"`
	Causation    string               `bun:"causation_id"`
}

func rowOfResource(as Principal, r resource.Resource) *resourceRow {
	return &resourceRow{
		TenantID: as.Tenant, ID: r.ID, Version: r.Version, CustomerID: r.CustomerID, OrderID: r.OrderID,
		OrderItemID: r.OrderItemID, Unit: r.Unit, Attempt: r.Attempt, ClusterID: r.ClusterID, Type: r.Type, Name: r.Name,
		Region: r.Region, Template: r.Template, Status: r.Status, Desired: r.Desired, Phase: r.Phase, Action: r.Action,
		Reason: r.Reason, Specs: r.Specs, Network: r.Network, ExternalID: r.ExternalID, Tries: r.Tries, Token: r.Token,
		DueAt: r.DueAt, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, TerminatedAt: r.TerminatedAt,
		Correlation: r.Origin.Correlation, Causation: r.Origin.Event,
	}
}

func (r resourceRow) entity() resource.Resource {
	return resource.Resource{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, CustomerID: r.CustomerID, OrderID: r.OrderID,
		OrderItemID: r.OrderItemID, Unit: r.Unit, Attempt: r.Attempt, ClusterID: r.ClusterID, Type: r.Type, Name: r.Name,
		Region: r.Region, Template: r.Template, Status: r.Status, Desired: r.Desired, Phase: r.Phase, Action: r.Action,
		Reason: r.Reason, Specs: r.Specs, Network: r.Network, ExternalID: r.ExternalID, Tries: r.Tries, Token: r.Token,
		DueAt: r.DueAt, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, TerminatedAt: r.TerminatedAt,
		Origin: resource.Origin{Correlation: r.Correlation, Event: r.Causation},
	}
}

type clusterRow struct {
	bun.BaseModel `bun:"table:clusters,alias:c"`

	TenantID  scope.TenantID         `bun:"tenant_id,pk"`
	ID        resource.ClusterID     `bun:"id,pk"`
	Version   int64                  `bun:"version"`
	Name      string                 `bun:"name"`
	Region    string                 `bun:"region"`
	Labels    map[string]string      `bun:"labels,type:jsonb"`
	Capacity  resource.Capacity      `bun:"capacity,type:jsonb"`
	Used      resource.Capacity      `bun:"used,type:jsonb"`
	Status    resource.ClusterStatus `bun:"status"`
	CreatedAt time.Time              `bun:"created_at"`
	UpdatedAt time.Time              `bun:"updated_at"`
}

func rowOfCluster(as Principal, c resource.Cluster) *clusterRow {
	return &clusterRow{
		TenantID: as.Tenant, ID: c.ID, Version: c.Version, Name: c.Name, Region: c.Region, Labels: c.Labels,
		Capacity: c.Capacity, Used: c.Used, Status: c.Status, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
}

func (r clusterRow) entity() resource.Cluster {
	return resource.Cluster{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, Name: r.Name, Region: r.Region, Labels: r.Labels,
		Capacity: r.Capacity, Used: r.Used, Status: r.Status, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type networkRow struct {
	bun.BaseModel `bun:"table:networks,alias:n"`

	TenantID  scope.TenantID         `bun:"tenant_id,pk"`
	ID        resource.NetworkID     `bun:"id,pk"`
	Version   int64                  `bun:"version"`
	ClusterID resource.ClusterID     `bun:"cluster_id"`
	Name      string                 `bun:"name"`
	CIDR      netip.Prefix           `bun:"cidr,type:text"`
	Gateway   netip.Addr             `bun:"gateway,type:text"`
	Reserved  resource.Ranges        `bun:"reserved,type:jsonb"`
	Allocated resource.Ranges        `bun:"allocated,type:jsonb"`
	Status    resource.NetworkStatus `bun:"status"`
	CreatedAt time.Time              `bun:"created_at"`
	UpdatedAt time.Time              `bun:"updated_at"`
}

func rowOfNetwork(as Principal, n resource.Network) *networkRow {
	return &networkRow{
		TenantID: as.Tenant, ID: n.ID, Version: n.Version, ClusterID: n.ClusterID, Name: n.Name, CIDR: n.CIDR,
		Gateway: n.Gateway, Reserved: n.Reserved, Allocated: n.Allocated, Status: n.Status,
		CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt,
	}
}

func (r networkRow) entity() resource.Network {
	return resource.Network{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, ClusterID: r.ClusterID, Name: r.Name, CIDR: r.CIDR,
		Gateway: r.Gateway, Reserved: r.Reserved, Allocated: r.Allocated, Status: r.Status,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type instanceRow struct {
	bun.BaseModel `bun:"table:instances,alias:i"`

	TenantID   scope.TenantID          `bun:"tenant_id,pk"`
	ID         resource.InstanceID     `bun:"id,pk"`
	Version    int64                   `bun:"version"`
	ClusterID  resource.ClusterID      `bun:"cluster_id"`
	ResourceID resource.ID             `bun:"resource_id"`
	ExternalID string                  `bun:"external_id"`
	Status     resource.InstanceStatus `bun:"status"`
	CreatedAt  time.Time               `bun:"created_at"`
	UpdatedAt  time.Time               `bun:"updated_at"`
}

func rowOfInstance(as Principal, i resource.Instance) *instanceRow {
	return &instanceRow{
		TenantID: as.Tenant, ID: i.ID, Version: i.Version, ClusterID: i.ClusterID, ResourceID: i.ResourceID,
		ExternalID: i.ExternalID, Status: i.Status, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
	}
}

func (r instanceRow) entity() resource.Instance {
	return resource.Instance{
		TenantID: r.TenantID, ID: r.ID, Version: r.Version, ClusterID: r.ClusterID, ResourceID: r.ResourceID,
		ExternalID: r.ExternalID, Status: r.Status, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type usageRow struct {
	bun.BaseModel `bun:"table:usage,alias:u"`

	TenantID  scope.TenantID `bun:"tenant_id,pk"`
	Version   int64          `bun:"version"`
	Live      int64          `bun:"live"`
	UpdatedAt time.Time      `bun:"updated_at"`
}

func rowOfUsage(as Principal, u resource.Usage) *usageRow {
	return &usageRow{TenantID: as.Tenant, Version: u.Version, Live: u.Live, UpdatedAt: u.UpdatedAt}
}

func (r usageRow) entity() resource.Usage {
	return resource.Usage{TenantID: r.TenantID, Version: r.Version, Live: r.Live, UpdatedAt: r.UpdatedAt}
}
