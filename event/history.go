package event

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/platforma/platforma/internal/id"
	"github.com/platforma/platforma/page"
)

// History is what is known of changes: events that have their positions, each
// beside what its subject was before. Like List it is in the scope's tenant.
type History interface {
	// History reads revisions of a service. Those of one subject are in the order
	// of their positions, which is that of its versions, and of each other's in
	// one; all others are in the order of their ids. [Revision.Key] is a revision's
	// place in the order.
	History(ctx context.Context, service string, q HistoryQuery, w page.Window) ([]Revision, error)
}

// HistoryQuery narrows a history. The zero value is all of the tenant's.
type HistoryQuery struct {
	// Subject is the id of the one aggregate that is asked about; empty is all.
	Subject string
	// From and To bound the ids, From included; empty is no bound.
	From, To ID
}

// Revision is an event and what its subject was before the change.
type Revision struct {
	Event
	// Before is the data of the subject's version before this one, to the byte.
	// It is nil where there is no event of that version (any more).
	Before json.RawMessage
}

// Key is the revision's place in the history of a query.
func (r Revision) Key(q HistoryQuery) string {
	if q.Subject != "" {
		return sequence(r.Position)
	}
	return string(r.ID)
}

// PositionOf is the position that a [Revision.Key] of one subject's history
// tells; of any other text it is 0.
func PositionOf(key string) int64 {
	position, err := strconv.ParseInt(key, 10, 64)
	if err != nil || position < 1 || key != sequence(position) {
		return 0
	}
	return position
}

// FirstID is before the id of every event that was made in that millisecond or
// later, and after all earlier ones.
func FirstID(at time.Time) ID { return ID(id.First(Prefix, at)) }
