package audit

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Service reads the audit. It is safe for concurrent use.
type Service struct {
	store    event.History
	gate     *tenant.Gate
	services []string
}

// NewService returns the service on the histories of some services' events.
func NewService(store event.History, gate *tenant.Gate, services []string) *Service {
	return &Service{store: store, gate: gate, services: slices.Clone(services)}
}

// List reads a page of the tenant's entries, oldest first or newest. An id that
// is of no entity, or times that bound nothing, are [fault.ErrInvalid]; an entity
// that is not there has no entries. It costs one trip for an entity, and without
// one a trip for each service.
func (s *Service) List(ctx context.Context, q Query) (p page.Page[Entry], err error) {
	access, err := s.gate.Read(ctx, "audit.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, "audit entry", "")
	asked, err := q.asked(s.services)
	if err != nil {
		return p, err
	}
	h := q.history()
	found, err := page.List(ctx, q.Request, page.Of("audit", access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]event.Revision, error) { return s.merged(ctx, asked, h, w) },
		func(r event.Revision) string { return r.Key(h) })
	if err != nil {
		return p, err
	}
	p.Next = found.Next
	for _, r := range found.Items {
		p.Items = append(p.Items, entryOf(r))
	}
	return p, nil
}

// merged reads a window of several services' histories.
func (s *Service) merged(ctx context.Context, asked []string, h event.HistoryQuery, w page.Window) ([]event.Revision, error) {
	var all []event.Revision
	for _, service := range asked {
		some, err := s.store.History(ctx, service, h, w)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b event.Revision) int {
		if w.Newest {
			a, b = b, a
		}
		return cmp.Compare(a.Key(h), b.Key(h))
	})
	return all[:min(len(all), w.Limit)], nil
}

// All iterates over all entries of a query.
func (s *Service) All(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Entry], error) {
		q.Request = r
		return s.List(ctx, q)
	})
}
