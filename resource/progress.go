package resource

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
)

// Progress counts what has become of an order: the units of its latest
// attempt, and what is alive of all. It is the present truth, to be handed to
// [order.Service.Report] after each event of a resource that changes a status,
// and after [Service.Follow] of a failed or cancelled order, which may have no
// resource at all. It costs one trip.
func (s *Service) Progress(ctx context.Context, id order.ID) (p order.Progress, err error) {
	access, err := s.gate.Read(ctx, "resource.list")
	if err != nil {
		return p, err
	}
	defer access.End(&err, "order", string(id))
	if _, err := order.ParseID(string(id)); err != nil {
		return p, err
	}
	tallies, err := s.store.Tally(ctx, id)
	if err != nil {
		return p, err
	}
	return progressOf(id, tallies), nil
}

func progressOf(id order.ID, tallies []Tally) order.Progress {
	p := order.Progress{Order: id}
	for _, t := range tallies {
		p.Attempt = max(p.Attempt, t.Attempt)
		if t.Status != StatusTerminated {
			p.Live += t.Count
		}
	}
	items := map[order.ItemID]order.ItemProgress{}
	for _, t := range tallies {
		if t.Attempt == p.Attempt {
			items[t.Item] = counted(items[t.Item], t)
		}
	}
	for _, item := range items {
		p.Items = append(p.Items, item)
	}
	slices.SortFunc(p.Items, func(a, b order.ItemProgress) int { return cmp.Compare(a.Item, b.Item) })
	return p
}

func counted(i order.ItemProgress, t Tally) order.ItemProgress {
	i.Item = t.Item
	switch t.Status {
	case StatusProvisioning:
		i.Provisioning += t.Count
	case StatusRunning:
		i.Running += t.Count
	case StatusStopped:
		i.Stopped += t.Count
	case StatusError:
		i.Failed += t.Count
		i.Reason = t.Reason
	case StatusTerminated:
		i.Terminated += t.Count
	}
	return i
}

// LiveOf is [fault.ErrState] with the count while resources of a customer are
// not terminated. It is a [customer.Guard]; it costs one trip.
func (s *Service) LiveOf(ctx context.Context, id customer.ID) error {
	if _, err := customer.ParseID(string(id)); err != nil {
		return err
	}
	return s.live(ctx, id, "customer", string(id))
}

// LiveAll is [fault.ErrState] with the count while any resource of the tenant
// is not terminated. It costs one trip.
func (s *Service) LiveAll(ctx context.Context) error { return s.live(ctx, "", "tenant", "") }

func (s *Service) live(ctx context.Context, of customer.ID, owner, id string) (err error) {
	access, err := s.gate.Read(ctx, "resource.list")
	if err != nil {
		return err
	}
	defer access.End(&err, owner, id)
	count, err := s.store.CountLive(ctx, of)
	if err != nil {
		return err
	}
	if count > 0 {
		return &fault.Error{Kind: fault.ErrState, Err: fmt.Errorf("%d resources of the %s are not terminated", count, owner)}
	}
	return nil
}
