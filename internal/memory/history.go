package memory

import (
	"context"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// History looks at all events of the tenant and service.
func (s events) History(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error) {
	return within(ctx, s.database, func(of tenant.ID) ([]event.Revision, error) {
		rows, last := map[string]event.Revision{}, map[string][]event.Event{}
		for _, e := range s.outbox[key{string(of), service}] {
			r := event.Revision{Event: e}
			for _, earlier := range last[e.Subject] {
				if earlier.Version == e.Version-1 {
					r.Before = earlier.Data
				}
			}
			last[e.Subject] = append(last[e.Subject], e)
			rows[r.Key(q)] = r
		}
		return window(w, rows, func(r event.Revision) bool {
			return (q.Subject == "" || r.Subject == q.Subject) && r.ID >= q.From && (q.To == "" || r.ID < q.To)
		}), nil
	})
}
