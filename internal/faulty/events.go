package faulty

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"sync/atomic"
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
	for _, method := range []string{"Tenants.SaveUser", "Tenants.DeleteRole", "Customers.Save", "Catalog.Create", "Orders.SaveMany", "Resources.Write"} {
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
			Name: "Customers.Create loses " + of.name, What: of.what,
			plant: func(d *database) { arguments(d, "Customers.Create", of.edit) },
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
		{Name: "Customers.Create stores its event twice", What: "a retry inside the adapter commits the event again, under another id", plant: func(d *database) {
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
				for _, other := range []string{"tenant", "customer", "catalog", "order", "resource"} {
					if fault.KindOf(err) == fault.ErrNotFound {
						e, err = get(ctx, other, id)
					}
				}
				return e, err
			}
		}},
		{Name: "Events.Committed never signals", What: "who waits for events learns of them by polling alone", plant: func(d *database) {
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
		commit, _ := in[len(in)-1].Interface().(event.Commit) // as of all that writes
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

// relayFaults hand out events wrongly.
func relayFaults() []Fault {
	return []Fault{
		{Name: "Events.Read leaves gaps", What: "positions come from a sequence that a refused step uses up", plant: func(d *database) {
			answers(d, "Events.Read", func(e *event.Event) {
				if e.Position > 2 {
					e.Position++
				}
			})
		}},
		{Name: "Events.Read has the newest first", What: "events are not sorted by position", plant: func(d *database) {
			read := d.Events.Read
			d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
				all, err := read(ctx, lane, after, limit)
				return reversed(all), err
			}
		}},
		{Name: "Events.Read begins one too early", What: "after is taken to be the first position, not the last", plant: func(d *database) {
			read := d.Events.Read
			d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
				return read(ctx, lane, max(0, after-1), limit)
			}
		}},
		{Name: "Events.Read has no limit", What: "all events are read at once", plant: func(d *database) {
			read := d.Events.Read
			d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, _ int) ([]event.Event, error) {
				return read(ctx, lane, after, 1<<20)
			}
		}},
		{Name: "Events.Read has all tenants'", What: "a lane's events are not filtered by its tenant", plant: func(d *database) {
			read := d.Events.Read
			d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
				all, err := read(ctx, lane, after, limit)
				for _, other := range d.others(scope.Tenant(ctx, lane.Tenant)) {
					s, _ := scope.From(other)
					lane.Tenant = s.Tenant
					more, _ := read(ctx, lane, after, limit)
					all = append(all, more...)
				}
				return all, err
			}
		}},
		{Name: "Events.Read skips what commits late", What: "positions are read up to the highest, while a lower one is still being written", plant: func(d *database) {
			var writing atomic.Int64
			late := remember[event.ID, bool]()
			create, read, at := d.Customers.Create, d.Events.Read, newMeeting()
			d.Customers.Create = func(ctx context.Context, e customer.Customer, c event.Commit) error {
				if writing.Add(1) > 1 && len(c.Events) > 0 {
					late.set(c.Events[0].ID, true)
				}
				defer writing.Add(-1)
				at.meets("a writer")
				return create(ctx, e, c)
			}
			d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
				all, err := read(ctx, lane, after, limit)
				var seen []event.Event
				for _, e := range all {
					if skipped, _ := late.get(e.ID); !skipped {
						seen = append(seen, e)
					}
				}
				return seen, err
			}
		}},
		{Name: "Events.Read orders by the event's id", What: "the ids' order is taken for that of the versions, also where a clock is behind", plant: func(d *database) {
			read := d.Events.Read
			d.Events.Read = func(ctx context.Context, lane event.Lane, after int64, limit int) ([]event.Event, error) {
				all, err := read(ctx, lane, after, limit)
				sortByID(all)
				return all, err
			}
		}},
	}
}

func sortByID(all []event.Event) {
	positions := make([]int64, len(all))
	for i := range all {
		positions[i] = all[i].Position
	}
	sortBy(all, func(e event.Event) string { return string(e.ID) })
	for i := range all {
		all[i].Position = positions[i]
	}
}
