package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
)

// before selects what the subject of a row of the outbox was in the version
// before: the last that was stored of it under a lower version, unless that is
// lower still, because what was between them is gone.
const before = "coalesce((SELECT CASE WHEN p.version = o.version - 1 THEN p.data END FROM %s AS p " +
	"WHERE p.tenant_id = o.tenant_id AND p.subject = o.subject AND p.position < o.position AND p.version < o.version " +
	"ORDER BY p.position DESC LIMIT 1), '') AS before"

// History reads what has a position: of one subject by that, through the index
// of subjects, and of all by their ids.
func (s *events) History(ctx context.Context, service string, q event.HistoryQuery, w page.Window) ([]event.Revision, error) {
	as, err := s.in(ctx, service)
	if err != nil {
		return nil, err
	}
	outbox := s.sources[service].outbox
	f, end := historyOf(string(as.Tenant), q, w, s.sqlite())
	statement := s.statement(f.name(outbox.name+" history", end.name()), func() *Statement {
		return &Statement{SQL: end.of(f.apply(outbox.query().ColumnExpr(fmt.Sprintf(before, outbox.name))))}
	})
	var revisions []event.Revision
	err = s.Database.Read(ctx, as, Step{Statement: statement, Args: f.args, Row: func(v Values) error {
		row, err := outbox.read(v, 0)
		r := event.Revision{Event: eventOf(service)(row)}
		if text := v.Text(len(outbox.columns)); text != "" {
			r.Before = json.RawMessage(text)
		}
		revisions = append(revisions, r)
		return err
	}})
	return revisions, err
}

// historyOf is the filter of a history, and how it ends.
func historyOf(tenant string, q event.HistoryQuery, w page.Window, sqlite bool) (*finder, ending) {
	f := find(tenant)
	f.clauses = append(f.clauses, "position IS NOT NULL")
	column, after := "id", any(w.After)
	if q.Subject != "" {
		f.where("subject = ", q.Subject)
		column, after = "position", event.PositionOf(w.After)
	}
	if q.From != "" {
		f.where("id >= ", string(q.From))
	}
	if q.To != "" {
		f.where("id < ", string(q.To))
	}
	end := ending{sqlite: sqlite, order: column + " ASC", about: 1 << bits.Len(uint(max(w.Limit, 1)-1))}
	comparison := " > "
	if w.Newest {
		comparison, end.order = " < ", column+" DESC"
	}
	if w.After != "" {
		f.where(column+comparison, after)
	}
	end.limit = f.arg(w.Limit)
	return f, end
}
