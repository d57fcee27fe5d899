package webhook

import (
	"context"
	"slices"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/tenant"
)

// Update changes an endpoint. What is pending goes to the new URL.
func (s *Service) Update(ctx context.Context, id ID, change Change) (Endpoint, error) {
	return s.save(ctx, "webhook.update", id, change.Version, func(_ *tenant.Access, e *Endpoint) (string, Changes, error) {
		before := *e
		e.apply(change)
		if e.URL == before.URL && e.Description == before.Description && slices.Equal(e.Types, before.Types) {
			return "", Changes{}, nil
		}
		var f fault.Fields
		e.check(&f, s.allowed)
		return EventUpdated, Changes{}, f.Err("", "", "")
	})
}

// Pause keeps an active endpoint from hearing of what happens until it is
// resumed. What is pending for it waits.
func (s *Service) Pause(ctx context.Context, id ID) (Endpoint, error) {
	return s.save(ctx, "webhook.pause", id, 0, func(_ *tenant.Access, e *Endpoint) (name string, c Changes, err error) {
		e.Status, err = Lifecycle().Next(e.Status, eventPause)
		return EventPaused, c, err
	})
}

// Resume makes an endpoint active again that was paused or disabled. Its failures
// are forgotten, and what is pending for it goes on; what has failed can be sent
// again by [Service.ResendFailed].
func (s *Service) Resume(ctx context.Context, id ID) (Endpoint, error) {
	return s.save(ctx, "webhook.resume", id, 0, func(_ *tenant.Access, e *Endpoint) (name string, c Changes, err error) {
		e.Status, err = Lifecycle().Next(e.Status, eventResume)
		e.Reason, e.Failures, e.FailingSince = "", 0, nil
		return EventResumed, Changes{Healed: []ID{id}}, err
	})
}

// Delete ends an endpoint, with its secrets, its deliveries and the log of
// them. Requests that are under way may still arrive.
func (s *Service) Delete(ctx context.Context, id ID) error {
	_, err := s.save(ctx, "webhook.delete", id, 0, func(access *tenant.Access, e *Endpoint) (string, Changes, error) {
		e.DeletedAt = &access.Now
		return EventDeleted, Changes{}, nil
	})
	return err
}

// save changes an endpoint, and what else the change brings with it.
func (s *Service) save(
	ctx context.Context, operation tenant.Permission, id ID, expected int64,
	apply func(*tenant.Access, *Endpoint) (string, Changes, error),
) (e Endpoint, err error) {
	access, err := s.gate.Write(ctx, operation)
	if err != nil {
		return Endpoint{}, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return Endpoint{}, err
	}
	var changes Changes
	return aggregate.Edit[Endpoint]{
		Expected: expected,
		Load:     func(ctx context.Context) (Endpoint, error) { return s.store.Get(ctx, id) },
		Version:  func(e *Endpoint) int64 { return e.Version },
		Apply: func(e *Endpoint) (name string, err error) {
			name, changes, err = apply(&access, e)
			return name, err
		},
		Save: func(ctx context.Context, e *Endpoint, what aggregate.Applied) error {
			e.Version, e.UpdatedAt = e.Version+1, access.Now
			if e.DeletedAt != nil {
				changes.Deleted = []Endpoint{*e}
			} else {
				changes.Endpoints = []Endpoint{*e}
			}
			return write(ctx, s.store, &access, nil, changes, fact(what.Name, *e))
		},
	}.Run(ctx)
}
