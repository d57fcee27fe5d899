package faulty

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

// history is the method that tells what happened.
type history = func(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error)

// historyFaults tell wrongly what happened, or who asked for it.
func historyFaults() []Fault {
	// changed is a history whose question or answer is another.
	changed := func(edit func(good history) history) func(d *database) {
		return func(d *database) { d.Events.History = edit(d.Events.History) }
	}
	return []Fault{
		{Name: "Events.History forgets what was before", What: "revisions have no version before",
			plant: func(d *database) { answers(d, "Events.History", func(r *event.Revision) { r.Before = nil }) }},
		{Name: "Events.History has the event before, whosoever", What: "what was before is the last event's of any entity",
			plant: changed(func(good history) history {
				return func(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error) {
					all, err := good(ctx, service, q, w)
					for i := 1; i < len(all) && !w.Newest; i++ {
						all[i].Before = all[i-1].Data
					}
					return all, err
				}
			})},
		{Name: "Events.History has all entities", What: "the subject is not looked at",
			plant: changed(func(good history) history {
				return func(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error) {
					q.Subject = ""
					return good(ctx, service, q, w)
				}
			})},
		{Name: "Events.History has all times", What: "the bounds are not looked at",
			plant: func(d *database) {
				arguments(d, "Events.History", func(q *event.HistoryQuery) { q.From, q.To = "", "" })
			}},
		{Name: "Events.History has the oldest first", What: "the order of a page is not looked at",
			plant: func(d *database) { arguments(d, "Events.History", func(w *page.Window) { w.Newest = false }) }},
		{Name: "Events.History begins at the first page", What: "the key to begin after is not looked at",
			plant: changed(func(good history) history {
				calls := 0
				return func(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error) {
					// Who reads on for ever would never end.
					if calls++; calls < 50 {
						w.After = ""
					}
					return good(ctx, service, q, w)
				}
			})},
		{Name: "Events.History is sorted by ids", What: "an entity's history is in the order of ids, not of versions",
			plant: changed(func(good history) history {
				return func(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error) {
					all, err := good(ctx, service, q, w)
					if q.Subject != "" && len(all) > 1 && all[0].ID > all[1].ID != w.Newest {
						all = reversed(all)
					}
					return all, err
				}
			})},
		{Name: "Events.History leaks", What: "where the tenant has nothing, another tenant's is read",
			plant: func(d *database) { d.leak("Events.History") }},
		{Name: "Events.History tells of what waits", What: "events without a position are told of too", plant: func(d *database) {
			answers(d, "Events.History", func(r *event.Revision) { r.Position = 0 })
		}},
		{Name: "Resources.Write forgets who asked", What: "the request that a resource came of is not stored", plant: func(d *database) {
			arguments(d, "Resources.Write", func(o *resource.Origin) { o.Correlation = "" })
		}},
		{Name: "Resources.Write forgets what asked", What: "the event that a resource came of is not stored", plant: func(d *database) {
			arguments(d, "Resources.Write", func(o *resource.Origin) { o.Event = "" })
		}},
	}
}
