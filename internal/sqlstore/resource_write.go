package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/resource"
)

// resourceSaves are the statements that replace what is stored.
type resourceSaves struct {
	resource, cluster, network, instance, usage *Statement
	due, ended                                  *Statement
}

func (s *resources) compileSaves() resourceSaves {
	work := "UPDATE " + s.work.base + " SET due_at = $3 WHERE tenant_id = $1 AND resource_id = $2 AND due_at IS DISTINCT FROM $3"
	if !s.sqlite() {
		work = "UPDATE " + s.work.base +
			" SET due_at = $3::bigint WHERE tenant_id = $1 AND resource_id = $2 AND due_at IS DISTINCT FROM $3::bigint"
	}
	return resourceSaves{
		resource: s.table.update("tenant_id", "id"), cluster: s.clusters.update("tenant_id", "id"),
		network: s.networks.update("tenant_id", "id"), instance: s.instances.update("tenant_id", "id"),
		usage: s.usage.update("tenant_id"), due: &Statement{SQL: work},
		ended: &Statement{SQL: fmt.Sprintf("DELETE FROM %s WHERE tenant_id = $1 AND resource_id = $2", s.work.base)},
	}
}

// Write takes what many write first, the tenant's usage and its clusters, and
// each in the same order, so that two writes wait for each other but never in
// a circle.
func (s *resources) Write(ctx context.Context, c resource.Changes, commit event.Commit) error {
	return s.writing(ctx, commit, func(as Principal) ([]Step, error) {
		steps, err := s.saveUsage(as, c.Usage)
		if err != nil {
			return nil, err
		}
		for _, more := range []func() ([]Step, error){
			func() ([]Step, error) {
				return put(as, s.clusters, s.saves.cluster, c.NewClusters, c.Clusters, rowOfCluster)
			},
			func() ([]Step, error) {
				return put(as, s.networks, s.saves.network, c.NewNetworks, c.Networks, rowOfNetwork)
			},
			func() ([]Step, error) {
				return put(as, s.table, s.saves.resource, c.NewResources, c.Resources, rowOfResource)
			},
			func() ([]Step, error) { return s.queue(as, c) },
			func() ([]Step, error) {
				return put(as, s.instances, s.saves.instance, c.NewInstances, c.Instances, rowOfInstance)
			},
		} {
			added, err := more()
			if err != nil {
				return nil, err
			}
			steps = append(steps, added...)
		}
		return steps, nil
	})
}

func (s *resources) saveUsage(as Principal, u *resource.Usage) ([]Step, error) {
	if u == nil {
		return nil, nil
	}
	row := rowOfUsage(as, *u)
	if u.Version == 1 {
		return s.usage.addAll([]*usageRow{row})
	}
	step, err := s.usage.replace(s.saves.usage, row)
	return []Step{step}, err
}

// put returns the steps that replace the changed entities of a table and
// insert the new ones.
func put[R, E any](
	as Principal, t *table[R], save *Statement, created, changed []E, rowOf func(Principal, E) *R,
) ([]Step, error) {
	var steps []Step
	for _, e := range changed {
		step, err := t.replace(save, rowOf(as, e))
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	rows := make([]*R, len(created))
	for i, e := range created {
		rows[i] = rowOf(as, e)
	}
	added, err := t.addAll(rows)
	return slices.Concat(steps, added), err
}

// queue returns the steps that keep the queue of work in step with the
// resources.
func (s *resources) queue(as Principal, c resource.Changes) ([]Step, error) {
	rows := make([]*workRow, 0, len(c.NewResources))
	for _, r := range c.NewResources {
		if r.Live() {
			rows = append(rows, &workRow{TenantID: as.Tenant, ResourceID: r.ID, DueAt: microsOf(r.DueAt)})
		}
	}
	steps, err := s.work.addAll(rows)
	for _, r := range c.Resources {
		args := []any{string(as.Tenant), string(r.ID)}
		if !r.Live() {
			steps = append(steps, Step{Statement: s.saves.ended, Args: args})
			continue
		}
		steps = append(steps, Step{Statement: s.saves.due, Args: append(args, microsOf(r.DueAt))})
	}
	return steps, err
}
