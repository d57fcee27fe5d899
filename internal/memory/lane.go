package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

// lease is for how long something is one worker's, and how often it was leased.
type lease struct {
	until time.Time
	epoch int64
}

type lane struct {
	lease
	position, head, seen int64
	due                  time.Time
	claims               int
	progress             event.Progress
}

func (l lane) waits() bool { return l.position < l.head }

func (s events) Register(ctx context.Context, r event.Registration) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		for _, service := range r.Services {
			if s.known[key{service, r.Subscription}] {
				continue
			}
			s.known[key{service, r.Subscription}] = true
			for k, head := range s.heads {
				if k[1] == service {
					l := lane{head: head, due: r.At}
					if r.Latest {
						l.position = head
					}
					s.lanes[key{k[0], service, r.Subscription}] = l
				}
			}
		}
		return struct{}{}, nil
	})
	return err
}

func (s events) Forget(ctx context.Context, subscription string) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		err := missing("subscription")
		for k := range s.known {
			if k[1] == subscription {
				delete(s.known, k)
				err = nil
			}
		}
		for k := range s.lanes {
			if k[2] == subscription {
				delete(s.lanes, k)
			}
		}
		for _, letters := range s.dead.rows {
			for k, l := range letters {
				if l.Subscription == subscription {
					delete(letters, k)
				}
			}
		}
		return struct{}{}, err
	})
	return err
}

// Stamp tells the lanes of what was committed: a write gives positions at once.
func (s events) Stamp(ctx context.Context, of event.Stamping) (int, error) {
	return across(ctx, s.database, func() (int, error) {
		for k, head := range s.heads {
			for known := range s.known {
				at := key{k[0], k[1], known[1]}
				l := s.lanes[at]
				if k[1] != of.Service || known[0] != of.Service || l.head == head {
					continue
				}
				if !l.waits() || head > l.seen && l.due.After(of.At) {
					l.due = of.At
				}
				l.head = head
				s.lanes[at] = l
			}
		}
		return 0, nil
	})
}

func (s events) Claim(ctx context.Context, c event.Claim) ([]event.Lane, error) {
	return across(ctx, s.database, func() (claimed []event.Lane, _ error) {
		now := s.now()
		var waiting []key
		for k, l := range s.lanes {
			free := !l.until.After(now) && (c.Due.IsZero() || !l.due.After(c.Due))
			if k[1] == c.Service && k[2] == c.Subscription && l.waits() && free {
				waiting = append(waiting, k)
			}
		}
		// Since the end of its last lease a lane waits.
		slices.SortFunc(waiting, func(a, b key) int {
			x, y := s.lanes[a], s.lanes[b]
			return cmp.Or(x.due.Compare(y.due), x.until.Compare(y.until), cmp.Compare(x.epoch, y.epoch), cmp.Compare(a[0], b[0]))
		})
		for _, k := range waiting[:min(len(waiting), c.Limit)] {
			l := s.lanes[k]
			l.lease, l.claims = lease{now.Add(c.Lease), l.epoch + 1}, l.claims+1
			s.lanes[k] = l
			claimed = append(claimed, event.Lane{
				Subscription: c.Subscription, Service: c.Service, Tenant: tenant.ID(k[0]), Position: l.position, Head: l.head,
				Progress: copied(l.progress), Claims: l.claims, Epoch: l.epoch,
			})
		}
		return claimed, nil
	})
}

func (s events) Read(ctx context.Context, l event.Lane, after int64, limit int) ([]event.Event, error) {
	return across(ctx, s.database, func() ([]event.Event, error) {
		all := s.outbox[key{string(l.Tenant), l.Service}]
		for len(all) > 0 && all[0].Position <= after {
			all = all[1:]
		}
		return copied(all[:min(limit, len(all))]), nil
	})
}

// hold changes a lane for whom it is leased to.
func (s events) hold(ctx context.Context, of event.Lane, change func(*lane) error) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		k := key{string(of.Tenant), of.Service, of.Subscription}
		l, there := s.lanes[k]
		if !there || l.epoch != of.Epoch {
			return struct{}{}, &fault.Error{Entity: "lane", Kind: fault.ErrConflict}
		}
		err := change(&l)
		if err == nil {
			s.lanes[k] = l
		}
		return struct{}{}, err
	})
	return err
}

func (s events) Move(ctx context.Context, of event.Lane, m event.Movement) error {
	return s.hold(ctx, of, func(l *lane) error {
		l.position, l.progress, l.seen, l.claims, l.due, l.until = m.Position, copied(m.Progress), m.Seen, 0, m.Due, s.now()
		if l.head > m.Seen {
			l.due = m.At
		}
		made := &step{tenant: of.Tenant}
		for _, dead := range m.Dead {
			if err := s.dead.set(made, of.Tenant, dead, isNew, nil); err != nil {
				for _, undo := range slices.Backward(made.undo) {
					undo()
				}
				return err
			}
		}
		return nil
	})
}

func (s events) Extend(ctx context.Context, of event.Lane, by time.Duration) error {
	return s.hold(ctx, of, func(l *lane) error {
		l.until = s.now().Add(by)
		return nil
	})
}

func (s events) Backlog(ctx context.Context, subscription, service string) (event.Backlog, error) {
	return across(ctx, s.database, func() (b event.Backlog, _ error) {
		for k, l := range s.lanes {
			if k[1] == service && k[2] == subscription && l.waits() {
				b.Lanes++
				b.Events += l.head - l.position
				if b.Oldest.IsZero() || l.due.Before(b.Oldest) {
					b.Oldest = l.due
				}
			}
		}
		if s.untold(service) {
			b.Unstamped = 1
		}
		return b, nil
	})
}

// untold says that some lane was not told how far its stream goes.
func (s events) untold(service string) bool {
	for k, head := range s.heads {
		for known := range s.known {
			if k[1] == service && known[0] == service && s.lanes[key{k[0], service, known[1]}].head < head {
				return true
			}
		}
	}
	return false
}

func (s events) Rewind(ctx context.Context, r event.Rewinding) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		for k, l := range s.lanes {
			if k[1] != r.Service || k[2] != r.Subscription || r.Tenant != "" && k[0] != string(r.Tenant) {
				continue
			}
			for _, e := range s.outbox[key{k[0], r.Service}] {
				if e.Position <= l.position && !e.Time.Before(r.Since) {
					s.lanes[k] = lane{lease: lease{s.now(), l.epoch + 1}, position: e.Position - 1, head: l.head, due: r.At}
					break
				}
			}
		}
		return struct{}{}, nil
	})
	return err
}
