package resource

import (
	"context"
	"errors"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

// change is a resource that has changed, and the name of what happened.
type change struct {
	resource *Resource
	event    string
}

// keep stores changed resources, in their next versions, and all that follows
// from their changes in the one write: a terminated one gives back what it
// holds, and the instance behind a machine appears, switches and ends with it.
func keep(ctx context.Context, store Store, access *tenant.Access, changes ...change) error {
	b := &batch{access: access}
	var regions []string
	for _, c := range changes {
		b.save(c.resource, c.event)
		if c.event == EventTerminated && c.resource.ClusterID != "" && !slices.Contains(regions, c.resource.Region) {
			regions = append(regions, c.resource.Region)
		}
		if err := mirror(ctx, store, b, c); err != nil {
			return err
		}
	}
	if len(regions) > 0 {
		supply, err := store.Supply(ctx, regions)
		if err != nil {
			return err
		}
		l := newLedger(supply)
		for _, c := range changes {
			if c.event == EventTerminated {
				l.release(*c.resource)
			}
		}
		l.into(b)
	}
	return b.store(ctx, store, nil)
}

// mirror leads the instance of a machine along. One that was never made has
// none.
func mirror(ctx context.Context, store Store, b *batch, c change) error {
	if !c.resource.runs() || c.resource.Token == "" {
		return nil
	}
	switch c.event {
	case EventProvisioned:
		b.createInstance(instanceOf(b, c.resource))
		return nil
	case EventStarted, EventStopped, EventTerminated:
	default:
		return nil
	}
	i, err := store.InstanceOf(ctx, c.resource.ID)
	if errors.Is(err, fault.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	happened := map[string]string{
		EventStarted: eventStart, EventStopped: eventStop, EventTerminated: eventTerminate,
	}[c.event]
	if i.Status, err = InstanceLifecycle().Next(i.Status, happened); err != nil {
		return err
	}
	b.saveInstance(&i)
	return nil
}

// instanceOf is the instance behind a machine that was just made.
func instanceOf(b *batch, r *Resource) Instance {
	i := Instance{
		ID: InstanceID(b.access.NewID(instancePrefix)), TenantID: r.TenantID, ClusterID: r.ClusterID, ResourceID: r.ID,
		ExternalID: r.ExternalID, Status: InstanceRunning, Version: 1, CreatedAt: b.access.Now, UpdatedAt: b.access.Now,
	}
	if r.Status == StatusStopped {
		i.Status = InstanceStopped
	}
	return i
}

// taken turns the refusal of what another has made in the meantime into a
// conflict: the next reading finds it.
func taken(err error) error {
	var refusal event.RepeatError
	if errors.Is(err, fault.ErrExists) && !errors.As(err, &refusal) {
		return fault.New(fault.ErrConflict, "another has made the same at the same time")
	}
	return err
}
