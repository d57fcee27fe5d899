package faulty

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
)

// eventFaults tell what did not happen, or do not tell what did.
func eventFaults() []Fault {
	var all []Fault
	for _, method := range []string{
		"Tenants.SaveUser", "Tenants.DeleteRole", "Customers.Save", "Catalog.Create", "Orders.SaveMany", "Resources.Write",
	} {
		all = append(all, Fault{
			Name: method + " loses its event", What: "the change is stored without its event",
			plant: func(d *database) { arguments(d, method, func(c *event.Commit) { c.Events = nil }) },
		})
	}
	for _, method := range []string{"Catalog.CreateMany", "Resources.Write"} {
		all = append(all, Fault{
			Name: method + " stores one event", What: "of several events the first is stored",
			plant: func(d *database) {
				arguments(d, method, func(c *event.Commit) { c.Events = c.Events[:min(1, len(c.Events))] })
			},
		})
	}
	for _, method := range []string{"Customers.Create", "Orders.Save", "Catalog.Save"} {
		all = append(all, Fault{
			Name: method + " tells of what was refused", What: "the event is stored first, and stays when the change is refused",
			plant: func(d *database) { d.haunt(method) },
		})
	}
	edits := []struct {
		name, what string
		edit       func(*event.Event)
	}{
		{"the event's actor", "who did it is not stored", func(e *event.Event) { e.Actor = "" }},
		{"the event's reason", "why it was done is not stored", func(e *event.Event) { e.Reason = "" }},
		{"the event's correlation", "what request it came of is not stored", func(e *event.Event) { e.Correlation = "" }},
		{"the event's cause", "what event caused it is not stored", func(e *event.Event) { e.Causation = "" }},
		{"the event's time", "it is stored to the second", func(e *event.Event) { e.Time = e.Time.Truncate(time.Second) }},
		{"the event's bytes", "the data is read and written again", func(e *event.Event) {
			var compact bytes.Buffer
			if json.Compact(&compact, e.Data) == nil {
				e.Data = compact.Bytes()
			}
		}},
	}
	for _, of := range edits {
		all = append(all, Fault{
			Name: "Events.Get loses " + of.name, What: of.what,
			plant: func(d *database) { answers(d, "Events.Get", of.edit) },
		})
	}
	return append(all, []Fault{
		{Name: "Customers.Save stores the event alone", What: "the event is stored without its change", plant: func(d *database) {
			save := d.Customers.Save
			d.Customers.Save = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				if old, err := d.Customers.Get(ctx, e.ID); err == nil && old.Version == e.Version-1 && e.DeletedAt == nil {
					old.Version = e.Version
					e = old
				}
				return save(ctx, e, c)
			}
		}},
		{Name: "Customers.Create stores its event twice", What: "a retry inside the adapter commits the event again, under another id",
			plant: func(d *database) {
				arguments(d, "Customers.Create", func(c *event.Commit) {
					if len(c.Events) > 0 {
						again := c.Events[0]
						again.ID = again.ID[:len(again.ID)-3] + "zzz"
						c.Events = append(c.Events, again)
					}
				})
			}},
		{Name: "Resources.Write turns its events round", What: "several events are stored in another order", plant: func(d *database) {
			arguments(d, "Resources.Write", func(c *event.Commit) { c.Events = reversed(c.Events) })
		}},
		{Name: "Events.List has all services", What: "events are not filtered by their service", plant: func(d *database) {
			list := d.Events.List
			d.Events.List = func(ctx context.Context, service string, w page.Window) ([]event.Event, error) {
				all, err := list(ctx, service, w)
				if len(all) == 0 && service != "tenant" {
					return list(ctx, "tenant", w)
				}
				return all, err
			}
		}},
		{Name: "Events.Get has all services", What: "an event is found by its id alone", plant: func(d *database) {
			get := d.Events.Get
			d.Events.Get = func(ctx context.Context, service string, id event.ID) (event.Event, error) {
				e, err := get(ctx, service, id)
				for _, other := range []string{"tenant", "customer", "catalog", "order", "resource", "webhook"} {
					if fault.KindOf(err) == fault.ErrNotFound {
						e, err = get(ctx, other, id)
					}
				}
				return e, err
			}
		}},
		{Name: "Events.Committed never signals", What: "who waits for events learns of them by polling alone",
			plant: func(d *database) {
				never := make(chan struct{})
				d.Events.Committed = func() <-chan struct{} { return never }
			}},
	}...)
}

// haunt lets the events of refused steps of a method be read.
func (d *database) haunt(method string) {
	type place struct {
		tenant  scope.TenantID
		service string
	}
	ghosts := remember[place, []event.Event]()
	d.around(method, func(good call, in []reflect.Value) []reflect.Value {
		out := good(in)
		s, err := scope.FromTenant(contextOf(in))
		commit, _ := reflect.TypeAssert[event.Commit](in[len(in)-1]) // as of all that writes
		if errorOf(out) != nil && err == nil && contextOf(in).Err() == nil && len(commit.Events) > 0 {
			p := place{s.Tenant, commit.Events[0].Service}
			old, _ := ghosts.get(p)
			ghosts.set(p, append(old, commit.Events...))
		}
		return out
	})
	of := func(ctx context.Context, service string) []event.Event {
		s, _ := scope.From(ctx)
		all, _ := ghosts.get(place{s.Tenant, service})
		return all
	}
	list, read, get := d.Events.List, d.Events.Read, d.Events.Get
	d.Events.List = func(ctx context.Context, service string, w page.Window) ([]event.Event, error) {
		all, err := list(ctx, service, w)
		if err == nil {
			all = append(all, of(ctx, service)...)
		}
		return all, err
	}
	d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
		all, err := read(ctx, lane, after, limit)
		if err == nil {
			all = append(all, of(scope.Tenant(ctx, lane.Tenant), lane.Service)...)
		}
		return all, err
	}
	d.Events.Get = func(ctx context.Context, service string, id event.ID) (event.Event, error) {
		e, err := get(ctx, service, id)
		for _, ghost := range of(ctx, service) {
			if fault.KindOf(err) == fault.ErrNotFound && ghost.ID == id {
				return ghost, nil
			}
		}
		return e, err
	}
}
