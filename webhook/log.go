package webhook

import (
	"context"
	"iter"
	"time"

	"github.com/platforma/platforma/internal/aggregate"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/tenant"
)

// Delivery reads a delivery.
func (s *Service) Delivery(ctx context.Context, id DeliveryID) (d Delivery, err error) {
	access, err := s.gate.Read(ctx, "webhook.delivery.get")
	if err != nil {
		return Delivery{}, err
	}
	defer access.End(&err, deliveryEntity, string(id))
	if _, err := ParseDeliveryID(string(id)); err != nil {
		return Delivery{}, err
	}
	d, err = s.store.Delivery(ctx, id)
	return d.told(), err
}

// Deliveries reads a page of deliveries.
func (s *Service) Deliveries(ctx context.Context, q DeliveryQuery) (p page.Page[Delivery], err error) {
	access, err := s.gate.Read(ctx, "webhook.delivery.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, deliveryEntity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return s.deliveries(ctx, &access, q)
}

func (s *Service) deliveries(ctx context.Context, access *tenant.Access, q DeliveryQuery) (page.Page[Delivery], error) {
	p, err := page.List(ctx, q.Request, page.Of(deliveryEntity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Delivery, error) { return s.store.Deliveries(ctx, q, w) },
		func(d Delivery) string { return string(d.ID) })
	for i := range p.Items {
		p.Items[i] = p.Items[i].told()
	}
	return p, err
}

// AllDeliveries iterates over all deliveries of a query.
func (s *Service) AllDeliveries(ctx context.Context, q DeliveryQuery) iter.Seq2[Delivery, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Delivery], error) {
		q.Request = r
		return s.Deliveries(ctx, q)
	})
}

// Attempts reads a page of the log of tries.
func (s *Service) Attempts(ctx context.Context, q AttemptQuery) (p page.Page[Attempt], err error) {
	access, err := s.gate.Read(ctx, "webhook.delivery.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, attemptEntity, "")
	if err := q.check(); err != nil {
		return p, err
	}
	return page.List(ctx, q.Request, page.Of(attemptEntity, access.Scope.Tenant, q),
		func(ctx context.Context, w page.Window) ([]Attempt, error) { return s.store.Attempts(ctx, q, w) },
		func(a Attempt) string { return string(a.ID) })
}

// AllAttempts iterates over all attempts of a query.
func (s *Service) AllAttempts(ctx context.Context, q AttemptQuery) iter.Seq2[Attempt, error] {
	return page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Attempt], error) {
		q.Request = r
		return s.Attempts(ctx, q)
	})
}

// Resend has a delivery tried anew, from the beginning of the schedule, whatever
// became of it. The receiver sees the same webhook-id.
func (s *Service) Resend(ctx context.Context, id DeliveryID) (d Delivery, err error) {
	access, err := s.gate.Write(ctx, "webhook.delivery.resend")
	if err != nil {
		return Delivery{}, err
	}
	defer access.End(&err, deliveryEntity, string(id))
	if _, err := ParseDeliveryID(string(id)); err != nil {
		return Delivery{}, err
	}
	err = aggregate.Repeat(func() error {
		if d, err = s.store.Delivery(ctx, id); err != nil {
			return err
		}
		return s.resend(ctx, &access, &d)
	})
	if err != nil {
		return Delivery{}, err
	}
	return d.told(), nil
}

func (s *Service) resend(ctx context.Context, access *tenant.Access, d *Delivery) error {
	if err := d.resend(access.Now); err != nil {
		return err
	}
	d.Version, d.UpdatedAt = d.Version+1, access.Now
	return write(ctx, s.store, access, nil, Changes{Deliveries: []Delivery{*d}})
}

// ResendFailed resends all deliveries of an endpoint that have failed, of those
// that were made since a time, and returns how many. Each is a write of its own;
// where one cannot be made, those before it stay.
func (s *Service) ResendFailed(ctx context.Context, id ID, from time.Time) (count int, err error) {
	access, err := s.gate.Write(ctx, "webhook.delivery.resend")
	if err != nil {
		return 0, err
	}
	defer access.End(&err, entity, string(id))
	if _, err := ParseID(string(id)); err != nil {
		return 0, err
	}
	if _, err := s.store.Get(ctx, id); err != nil {
		return 0, err
	}
	q := DeliveryQuery{Endpoint: id, Status: DeliveryFailed, Request: page.Request{Newest: true}}
	failed := page.All(ctx, q.Request, func(ctx context.Context, r page.Request) (page.Page[Delivery], error) {
		q.Request = r
		return s.deliveries(ctx, &access, q)
	})
	for d, err := range failed {
		if err != nil || d.CreatedAt.Before(from) {
			return count, err
		}
		err = aggregate.Repeat(func() error {
			if d, err = s.store.Delivery(ctx, d.ID); err != nil || d.Status != DeliveryFailed {
				return err
			}
			return s.resend(ctx, &access, &d)
		})
		if err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}
