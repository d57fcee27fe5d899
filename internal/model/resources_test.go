package model

import (
	"context"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

func resourceOps() []op {
	return []op{
		{name: "resource.start", weight: 5, most: command{In: 1, By: 1, On: 1}, plan: startResource},
		{name: "resource.stop", weight: 8, most: command{In: 1, By: 1, On: 1}, plan: stopResource},
		{name: "resource.terminate", weight: 5, most: command{In: 1, By: 1, On: 1}, plan: terminateResource},
		{name: "resource.get", weight: 1, most: command{In: 1, By: 1, On: 1}, plan: getResource},
		listOp("resource.list", 6, listResources),
		listOp("instance.list", 2, listInstances),
	}
}

func resourcesOf(in *realm) map[string]*resource.Resource { return in.resources }

// aim changes what a resource should be: heading are the statuses, there or on
// the way, from which it can.
func aim(
	w *world, c command, operation string, to resource.Desired, heading []resource.Status,
	call func(context.Context, *platforma.Platform, resource.ID) (resource.Resource, error),
) plan {
	r, by := w.rules, w.by(c)
	id := choose(w, c, c.On, "res", resourcesOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (resource.Resource, error) {
		return call(ctx, p, resource.ID(id))
	}, func(resource.Resource) (none resource.Resource, _ *refusal) {
		in, no := r.admit(by, operation, true)
		switch {
		case no != nil:
			return none, no
		case !idPattern.MatchString(id):
			return none, refuse(fault.ErrInvalid, "id")
		case in.resources[id] == nil:
			return none, refuse(fault.ErrNotFound)
		}
		res := *in.resources[id]
		if to != resource.DesiredTerminated && !machine(res) {
			return none, refuse(fault.ErrState)
		}
		if res.Desired == to && res.Phase != resource.PhaseFailed {
			return res, nil
		}
		status := res.Status
		if status == resource.StatusRunning || status == resource.StatusStopped {
			status = resource.Status(res.Desired)
		}
		if !contains(heading, status) {
			return none, refuse(fault.ErrState)
		}
		r.kept(in, by, change{&res, r.turn(&res, to)})
		return res, nil
	})
}

func contains[T comparable](all []T, one T) bool { return len(without(all, one)) < len(all) }

func startResource(w *world, c command) plan {
	return aim(w, c, "resource.start", resource.DesiredRunning, []resource.Status{resource.StatusStopped},
		func(ctx context.Context, p *platforma.Platform, id resource.ID) (resource.Resource, error) {
			return p.Resources.Start(ctx, id)
		})
}

func stopResource(w *world, c command) plan {
	return aim(w, c, "resource.stop", resource.DesiredStopped, []resource.Status{resource.StatusRunning},
		func(ctx context.Context, p *platforma.Platform, id resource.ID) (resource.Resource, error) {
			return p.Resources.Stop(ctx, id)
		})
}

func terminateResource(w *world, c command) plan {
	return aim(w, c, "resource.terminate", resource.DesiredTerminated,
		[]resource.Status{resource.StatusProvisioning, resource.StatusRunning, resource.StatusStopped, resource.StatusError},
		func(ctx context.Context, p *platforma.Platform, id resource.ID) (resource.Resource, error) {
			return p.Resources.Terminate(ctx, id)
		})
}

func getResource(w *world, c command) plan {
	by, id := w.by(c), choose(w, c, c.On, "res", resourcesOf)
	return planned(by, func(ctx context.Context, p *platforma.Platform) (resource.Resource, error) {
		return p.Resources.Get(ctx, resource.ID(id))
	}, func(resource.Resource) (resource.Resource, *refusal) {
		return get(w.rules, by, "resource.get", "res", id, resourcesOf)
	})
}

func listResources(w *world, c command) plan {
	q := resource.Query{}
	var bad *refusal
	matches := func(resource.Resource) bool { return true }
	switch c.What {
	case 1:
		q.Status = resource.StatusRunning
		matches = func(r resource.Resource) bool { return r.Status == resource.StatusRunning }
	case 2:
		q.Type, q.Region = catalog.TypeVirtualMachine, "nyc1"
		matches = func(r resource.Resource) bool { return r.Type == catalog.TypeVirtualMachine && r.Region == "nyc1" }
	case 3:
		q.Status = resource.StatusTerminated
		matches = func(r resource.Resource) bool { return r.Status == resource.StatusTerminated }
	case 4:
		q.Cluster = resource.ClusterID(choose(w, c, 0, "clus", clustersOf))
		matches = func(r resource.Resource) bool { return r.ClusterID == q.Cluster }
	case 5:
		q.Order, q.Status = "ord_no", "asleep"
		bad = refuse(fault.ErrInvalid, "order", "status")
	case 6:
		q.Status = resource.StatusError
		matches = func(r resource.Resource) bool { return r.Status == resource.StatusError }
	}
	return listing[resource.Resource]{
		kind: "resource", operation: "resource.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Resource], error) {
			q.Request = r
			return p.Resources.List(ctx, q)
		},
		all: func(in *realm) []resource.Resource { return matching(in.resources, matches) },
		key: func(r resource.Resource) string { return string(r.ID) },
	}.plan(w, c)
}

func listInstances(w *world, c command) plan {
	q := resource.InstanceQuery{Status: []resource.InstanceStatus{"", resource.InstanceRunning, "asleep"}[c.What]}
	var bad *refusal
	if c.What == 2 {
		bad = refuse(fault.ErrInvalid, "status")
	}
	return listing[resource.Instance]{
		kind: "instance", operation: "resource.instance.list", filter: q, bad: bad,
		call: func(ctx context.Context, p *platforma.Platform, r page.Request) (page.Page[resource.Instance], error) {
			q.Request = r
			return p.Resources.Instances(ctx, q)
		},
		all: func(in *realm) []resource.Instance {
			return matching(in.instances, func(i resource.Instance) bool { return q.Status == "" || i.Status == q.Status })
		},
		key: func(i resource.Instance) string { return string(i.ID) },
	}.plan(w, c)
}
