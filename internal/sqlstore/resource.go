package sqlstore

import (
	"context"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

// resources is the store of the resource service.
type resources struct {
	store
	table     *table[resourceRow]
	clusters  *table[clusterRow]
	networks  *table[networkRow]
	instances *table[instanceRow]
	usage     *table[usageRow]
	work      *table[workRow]

	reads  resourceReads
	saves  resourceSaves
	claims queue
}

// resourceReads are the statements that read one thing, or all of a few.
type resourceReads struct {
	get, ofOrder, tally, live, liveOf        *Statement
	cluster, network, instance               *Statement
	supplyClusters, supplyNetworks, supplied *Statement
}

// Resources returns the store of the resource service.
func Resources(d *Database) resource.Store {
	s := &resources{store: newStore(d, "resource")}
	id := func(entity string) unique {
		return unique{columns: "tenant_id, id", name: "pkey", fault: taken(entity, "id")}
	}
	s.table = newTable[resourceRow](d, "resource", id("resource"),
		unique{columns: "tenant_id, order_id, order_item_id, unit, attempt", name: "unit_key", fault: taken("resource", "unit")},
		unique{
			columns: "tenant_id, order_id, order_item_id, unit", name: "live_unit_key", where: "status <> 'terminated'",
			fault: taken("resource", "unit"),
		})
	s.clusters = newTable[clusterRow](d, "resource", id("cluster"),
		unique{columns: "tenant_id, name", name: "name_key", fault: taken("cluster", "name")})
	s.networks = newTable[networkRow](d, "resource", id("network"),
		unique{columns: "tenant_id, cluster_id, name", name: "name_key", fault: taken("network", "name")})
	s.instances = newTable[instanceRow](d, "resource", id("instance"),
		unique{columns: "tenant_id, resource_id", name: "resource_key", fault: taken("instance", "resource_id")})
	// Who stores the first usage of a tenant second, has read too early.
	s.usage = newTable[usageRow](d, "resource",
		unique{columns: "tenant_id", name: "pkey", fault: &fault.Error{Kind: fault.ErrConflict}})
	s.work = newTable[workRow](d, "resource")
	s.saves, s.reads, s.claims = s.compileSaves(), s.compileReads(), s.compileClaims()
	return s
}

func (s *resources) compileReads() resourceReads {
	byID := func(q interface{ String() string }) *Statement { return &Statement{SQL: q.String()} }
	count := s.bun.NewSelect().ColumnExpr("count(*)").TableExpr(s.table.name).
		Where("tenant_id = $1").Where("status <> 'terminated'")
	inRegions := s.bun.NewSelect().ColumnExpr("id").TableExpr(s.clusters.name).
		Where("tenant_id = $1").Where(s.in("region")).String()
	return resourceReads{
		get:     byID(s.table.query().Where("tenant_id = $1").Where("id = $2")),
		ofOrder: byID(s.table.query().Where("tenant_id = $1").Where("order_id = $2").OrderExpr("id")),
		tally: byID(s.bun.NewSelect().ColumnExpr("order_item_id, attempt, status, count(*), coalesce(min(nullif(reason, '')), '')").
			TableExpr(s.table.name).Where("tenant_id = $1").Where("order_id = $2").
			GroupExpr("order_item_id, attempt, status").OrderExpr("order_item_id, attempt, status")),
		live:           byID(count),
		liveOf:         byID(count.Clone().Where("customer_id = $2")),
		cluster:        byID(s.clusters.query().Where("tenant_id = $1").Where("id = $2")),
		network:        byID(s.networks.query().Where("tenant_id = $1").Where("id = $2")),
		instance:       byID(s.instances.query().Where("tenant_id = $1").Where("resource_id = $2")),
		supplyClusters: byID(s.clusters.query().Where("tenant_id = $1").Where(s.in("region")).OrderExpr("id")),
		supplyNetworks: byID(s.networks.query().Where("tenant_id = $1").Where("cluster_id IN (" + inRegions + ")").OrderExpr("id")),
		supplied:       byID(s.usage.query().Where("tenant_id = $1")),
	}
}

func (s *resources) Get(ctx context.Context, id resource.ID) (resource.Resource, error) {
	return oneOf(ctx, s, s.table, s.reads.get, string(id), "resource", resourceRow.entity)
}

func (s *resources) Cluster(ctx context.Context, id resource.ClusterID) (resource.Cluster, error) {
	return oneOf(ctx, s, s.clusters, s.reads.cluster, string(id), "cluster", clusterRow.entity)
}

func (s *resources) Network(ctx context.Context, id resource.NetworkID) (resource.Network, error) {
	return oneOf(ctx, s, s.networks, s.reads.network, string(id), "network", networkRow.entity)
}

func (s *resources) InstanceOf(ctx context.Context, id resource.ID) (resource.Instance, error) {
	return oneOf(ctx, s, s.instances, s.reads.instance, string(id), "instance", instanceRow.entity)
}

// oneOf reads the entity that a statement finds by a key.
func oneOf[R, E any](
	ctx context.Context, s *resources, t *table[R], by *Statement, key, entity string, of func(R) E,
) (E, error) {
	var rows []R
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: by, Args: []any{tenant, key}, Row: t.collect(&rows)}}
	})
	row, err := only(rows, err, entity)
	return of(row), err
}

func (s *resources) List(ctx context.Context, q resource.Query, w page.Window) ([]resource.Resource, error) {
	return pageOf(ctx, s, s.table, w, resourceRow.entity, func(f *finder) {
		f.equal("order_id", string(q.Order))
		f.equal("cluster_id", string(q.Cluster))
		f.equal("customer_id", string(q.Customer))
		f.equal("type", string(q.Type))
		f.equal("status", string(q.Status))
		f.equal("region", q.Region)
	})
}

func (s *resources) Clusters(ctx context.Context, q resource.ClusterQuery, w page.Window) ([]resource.Cluster, error) {
	return pageOf(ctx, s, s.clusters, w, clusterRow.entity, func(f *finder) {
		f.equal("region", q.Region)
		f.equal("status", string(q.Status))
	})
}

func (s *resources) Networks(ctx context.Context, q resource.NetworkQuery, w page.Window) ([]resource.Network, error) {
	return pageOf(ctx, s, s.networks, w, networkRow.entity, func(f *finder) {
		f.equal("cluster_id", string(q.Cluster))
		f.equal("status", string(q.Status))
	})
}

func (s *resources) Instances(ctx context.Context, q resource.InstanceQuery, w page.Window) ([]resource.Instance, error) {
	return pageOf(ctx, s, s.instances, w, instanceRow.entity, func(f *finder) {
		f.equal("cluster_id", string(q.Cluster))
		f.equal("resource_id", string(q.Resource))
		f.equal("status", string(q.Status))
	})
}

// pageOf reads a window of the rows that pass the filters.
func pageOf[R, E any](
	ctx context.Context, s *resources, t *table[R], w page.Window, of func(R) E, filter func(*finder),
) ([]E, error) {
	var rows []R
	err := s.reading(ctx, func(tenant string) []Step {
		f := find(tenant)
		filter(f)
		return []Step{list(t, f, w, &rows)}
	})
	return entities(rows, err, of)
}

func (s *resources) OfOrder(ctx context.Context, id order.ID) ([]resource.Resource, error) {
	var rows []resourceRow
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: s.reads.ofOrder, Args: []any{tenant, string(id)}, Row: s.table.collect(&rows)}}
	})
	return entities(rows, err, resourceRow.entity)
}

func (s *resources) Tally(ctx context.Context, id order.ID) ([]resource.Tally, error) {
	var tallies []resource.Tally
	err := s.reading(ctx, func(tenant string) []Step {
		return []Step{{Statement: s.reads.tally, Args: []any{tenant, string(id)}, Row: func(v Values) error {
			tallies = append(tallies, resource.Tally{
				Item: order.ItemID(v.Text(0)), Attempt: int(v.Integer(1)), Status: resource.Status(v.Text(2)),
				Count: int(v.Integer(3)), Reason: v.Text(4),
			})
			return nil
		}}}
	})
	return tallies, err
}

func (s *resources) CountLive(ctx context.Context, id customer.ID) (int64, error) {
	var count int64
	err := s.reading(ctx, func(tenant string) []Step {
		step := Step{Statement: s.reads.live, Args: []any{tenant}, Row: integer(&count)}
		if id != "" {
			step.Statement, step.Args = s.reads.liveOf, []any{tenant, string(id)}
		}
		return []Step{step}
	})
	return count, err
}

func (s *resources) Supply(ctx context.Context, regions []string) (resource.Supply, error) {
	var clusters []clusterRow
	var networks []networkRow
	var usage []usageRow
	err := s.reading(ctx, func(tenant string) []Step {
		args := []any{tenant, s.listed(regions)}
		return []Step{
			{Statement: s.reads.supplyClusters, Args: args, Row: s.clusters.collect(&clusters)},
			{Statement: s.reads.supplyNetworks, Args: args, Row: s.networks.collect(&networks)},
			{Statement: s.reads.supplied, Args: args[:1], Row: s.usage.collect(&usage)},
		}
	})
	if err != nil {
		return resource.Supply{}, err
	}
	var supply resource.Supply
	for _, c := range clusters {
		supply.Clusters = append(supply.Clusters, c.entity())
	}
	for _, n := range networks {
		supply.Networks = append(supply.Networks, n.entity())
	}
	for _, u := range usage {
		supply.Usage = u.entity()
	}
	return supply, nil
}
