package faulty

import (
	"context"
	"sync/atomic"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/scope"
)

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
		{Name: "Events.Read begins one too early", What: "after is taken to be the first position, not the last",
			plant: func(d *database) {
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
		{Name: "Events.Read skips what commits late", What: "it reads up to the highest position while a lower one is being written",
			plant: func(d *database) {
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
		{Name: "Events.Read orders by the event's id", What: "ids are taken to be in the order of versions, also where a clock is behind",
			plant: func(d *database) {
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
