package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
)

func cutoffClauses() []clause {
	return []clause{
		{
			"order/a step cut off is whole or nothing",
			"a context can end at any moment of a step; the step is then done or not, with all that belongs to it, and no error means done",
			orderCutOff,
		},
		{
			"resource/a step cut off is whole or nothing",
			"a context can end at any moment of a step; the step is then done or not, with all that belongs to it, and no error means done",
			resourceCutOff,
		},
	}
}

// cutOff runs steps whose contexts end after ever longer times, until some have
// come to their end. A step returns how many of its parts there are and were to
// be.
func cutOff(t *testing.T, s *session, step func(w *world) (do call, parts func() (found, wanted int))) {
	t.Helper()
	w := s.newWorld(t)
	const most = 10 * time.Second
	for limit, done := 20*time.Microsecond, 0; done < 3 && limit < most; {
		do, parts := step(w)
		ctx, cancel := context.WithTimeout(in(w.tenant), limit)
		err := second(do(ctx))
		cancel()
		if err != nil && (fault.KindOf(err) != fault.ErrUnavailable || !errors.Is(err, context.DeadlineExceeded)) {
			t.Fatalf("cut off after %v: error is %v, want %q caused by %q", limit, err, fault.ErrUnavailable, context.DeadlineExceeded)
		}
		found, wanted := parts()
		if found != 0 && found != wanted {
			found, wanted = parts() // the database came to the step's end while it was looked at
		}
		switch {
		case found != 0 && found != wanted:
			t.Fatalf("cut off after %v, of the %d parts of a step %d are stored (error %v)", limit, wanted, found, err)
		case err == nil && found == 0:
			t.Fatalf("a step succeeded within %v, and nothing of it is stored", limit)
		}
		if err == nil {
			done++
		}
		// In small steps where a database in the process is at work, and then fast.
		if limit += limit / 8; limit > 2*time.Millisecond {
			limit *= 2
		}
	}
	// Those who were cut off have left nothing locked.
	do, _ := step(w)
	ctx, cancel := context.WithTimeout(in(w.tenant), time.Minute)
	defer cancel()
	get(do(ctx))(t)
}

func orderCutOff(t *testing.T, s *session) {
	cutOff(t, s, func(w *world) (call, func() (int, int)) {
		o := s.draftOrder(w.tenant, w.customer.ID, 20)
		term := page.Term{Key: "cut", Value: string(o.ID)}
		c := s.commitOrder(o, "placed", term)
		c.Events = append(c.Events, s.commitOrder(o, "approved").Events...)
		c.Receipt = &event.Receipt{Operation: "order.place", Key: string(o.ID), Hash: "h", Entity: string(o.ID)}
		return func(ctx context.Context) (any, error) { return nil, s.Orders().Create(ctx, o, c) }, func() (int, int) {
			ctx, found := in(w.tenant), 0
			if got, err := s.Orders().Get(ctx, o.ID); err == nil {
				found += 1 + len(got.Items)
			}
			found += int(get(s.Orders().Count(ctx, order.Query{}, []page.Match{{Term: term}}))(t))
			for _, e := range c.Events {
				found += there(second(s.Events().Get(ctx, "order", e.ID)))
			}
			return found + there(second(s.Orders().Receipt(ctx, "order.place", string(o.ID)))), 1 + 20 + 1 + 2 + 1
		}
	})
}

// there is 1 for what was found.
func there(err error) int {
	if err != nil {
		return 0
	}
	return 1
}

func resourceCutOff(t *testing.T, s *session) {
	cutOff(t, s, func(w *world) (call, func() (int, int)) {
		k := s.draftStock(w.tenant)
		k.cluster.Name = s.word()
		changes := k.created()
		changes.Usage = nil
		c := s.commit(w.tenant, "resource", "requested", string(k.resource.ID), 1)
		work := 0
		return func(ctx context.Context) (any, error) { return nil, s.Resources().Write(ctx, changes, c) }, func() (int, int) {
			ctx := in(w.tenant)
			found := there(second(s.Resources().Cluster(ctx, k.cluster.ID))) + there(second(s.Resources().Network(ctx, k.network.ID))) +
				there(second(s.Resources().Get(ctx, k.resource.ID))) + there(second(s.Resources().InstanceOf(ctx, k.resource.ID))) +
				there(second(s.Events().Get(ctx, "resource", c.Events[0].ID)))
			request := resource.ClaimRequest{Now: s.now, Lease: time.Hour, Limit: 99}
			for _, claimed := range get(s.Resources().Claim(operator(), request))(t) {
				if claimed.Resource == k.resource.ID {
					work = 1
				}
			}
			return found + work, 6
		}
	})
}
