package faulty

import (
	"context"
	"time"

	"github.com/platforma/platforma/customer"
	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
)

func (d *database) countAll(live func(context.Context, customer.ID) (int64, error)) func(context.Context, customer.ID) (int64, error) {
	return func(ctx context.Context, id customer.ID) (int64, error) {
		if n, err := live(ctx, id); err != nil {
			return n, err
		}
		all, err := d.Resources.List(ctx, resource.Query{Customer: id}, page.Window{Limit: 1 << 20})
		return int64(len(all)), err
	}
}

// workFaults give work to two workers, or to none.
func workFaults() []Fault {
	return []Fault{
		{Name: "Resources.Claim gives work to two", What: "a claim is not looked at", plant: func(d *database) {
			claim := d.Resources.Claim
			held := remember[string, []resource.Claim]()
			d.Resources.Claim = func(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
				claims, err := claim(ctx, r)
				last, _ := held.get("")
				held.set("", claims)
				if err == nil && len(claims) == 0 {
					return last, nil
				}
				return claims, err
			}
		}},
		{Name: "Resources.Claim leases for ever", What: "the work of a worker that died is never done", plant: func(d *database) {
			arguments(d, "Resources.Claim", func(r *resource.ClaimRequest) { r.Lease = 1000 * time.Hour })
		}},
		{Name: "Resources.Claim takes what is not due", What: "work is done before its time", plant: func(d *database) {
			arguments(d, "Resources.Claim", func(r *resource.ClaimRequest) { r.Immediate = true })
		}},
		{Name: "Resources.Claim ignores that it is wanted at once", What: "work waits for its time all the same", plant: func(d *database) {
			arguments(d, "Resources.Claim", func(r *resource.ClaimRequest) { r.Immediate = false })
		}},
		{Name: "Resources.Claim leaves out what is due now", What: "it compares with < what should be <=", plant: func(d *database) {
			arguments(d, "Resources.Claim", func(r *resource.ClaimRequest) { r.Now = r.Now.Add(-time.Microsecond) })
		}},
		{Name: "Resources.Claim has no limit", What: "one worker takes all work", plant: func(d *database) {
			arguments(d, "Resources.Claim", func(r *resource.ClaimRequest) { r.Limit = 1 << 20 })
		}},
		{Name: "Resources.Claim has the longest due last", What: "old work is never done while there is new", plant: func(d *database) {
			claim, release := d.Resources.Claim, d.Resources.Release
			d.Resources.Claim = func(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
				limit := r.Limit
				r.Limit = 1 << 20
				claims, err := claim(ctx, r)
				claims = reversed(claims)
				for _, c := range claims[min(limit, len(claims)):] {
					_ = release(ctx, c, 0)
				}
				return claims[:min(limit, len(claims))], err
			}
		}},
		{Name: "Resources.Claim counts no epochs", What: "two claims of a resource cannot be told apart", plant: func(d *database) {
			answers(d, "Resources.Claim", func(c *resource.Claim) { c.Epoch = 1 })
		}},
		{Name: "Resources.Claim takes one tenant's", What: "other tenants' work is left out", plant: func(d *database) {
			answers(d, "Resources.Claim", func(all *[]resource.Claim) {
				var own []resource.Claim
				for _, c := range *all {
					if c.Tenant == (*all)[0].Tenant {
						own = append(own, c)
					}
				}
				*all = own
			})
		}},
		{Name: "Resources.Release does nothing", What: "what is given back waits for the end of its claim", plant: func(d *database) {
			release := d.Resources.Release
			d.Resources.Release = func(ctx context.Context, c resource.Claim, hidden time.Duration) error {
				c.Epoch = -1
				return release(ctx, c, hidden)
			}
		}},
		{Name: "Resources.Release ignores the epoch", What: "who has lost the work gives it back all the same", plant: func(d *database) {
			epochs := remember[resource.ID, int64]()
			answers(d, "Resources.Claim", func(c *resource.Claim) { epochs.set(c.Resource, c.Epoch) })
			release := d.Resources.Release
			d.Resources.Release = func(ctx context.Context, c resource.Claim, hidden time.Duration) error {
				c.Epoch, _ = epochs.get(c.Resource)
				return release(ctx, c, hidden)
			}
		}},
		{Name: "Resources.Release crosses tenants", What: "a claim is found by its resource alone", plant: func(d *database) {
			owners := remember[resource.ID, resource.Claim]()
			answers(d, "Resources.Claim", func(c *resource.Claim) { owners.set(c.Resource, *c) })
			release := d.Resources.Release
			d.Resources.Release = func(ctx context.Context, c resource.Claim, hidden time.Duration) error {
				if own, ok := owners.get(c.Resource); ok {
					c.Tenant = own.Tenant
				}
				return release(ctx, c, hidden)
			}
		}},
		{Name: "Resources.Release hides nothing", What: "what failed is tried again at once", plant: func(d *database) {
			release := d.Resources.Release
			d.Resources.Release = func(ctx context.Context, c resource.Claim, _ time.Duration) error { return release(ctx, c, 0) }
		}},
		{Name: "Resources.Next is always now", What: "workers poll without a pause", plant: func(d *database) {
			next := d.Resources.Next
			d.Resources.Next = func(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
				_, ok, err := next(ctx, now, immediate)
				return 0, ok, err
			}
		}},
		{Name: "Resources.Next sees work where there is none", What: "workers wait for nothing", plant: func(d *database) {
			next := d.Resources.Next
			d.Resources.Next = func(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
				wait, _, err := next(ctx, now, immediate)
				return wait, true, err
			}
		}},
		{Name: "Resources.Next ignores that it is wanted at once", What: "how long it is until work is due, not until it can be had", plant: func(d *database) {
			next := d.Resources.Next
			d.Resources.Next = func(ctx context.Context, now time.Time, _ bool) (time.Duration, bool, error) {
				return next(ctx, now, false)
			}
		}},
		{Name: "Resources.Write ends the claim of what it changes", What: "the work of a resource that was changed is given to another", plant: func(d *database) {
			write, release := d.Resources.Write, d.Resources.Release
			held := remember[resource.ID, resource.Claim]()
			answers(d, "Resources.Claim", func(c *resource.Claim) { held.set(c.Resource, *c) })
			d.Resources.Write = releasing(write, release, held)
		}},
	}
}

// releasing gives back the claims of the resources that are written.
func releasing(
	write func(context.Context, resource.Changes, event.Commit) error,
	release func(context.Context, resource.Claim, time.Duration) error, held *remembered[resource.ID, resource.Claim],
) func(context.Context, resource.Changes, event.Commit) error {
	return func(ctx context.Context, changes resource.Changes, c event.Commit) error {
		err := write(ctx, changes, c)
		for _, r := range changes.Resources {
			if claim, ok := held.get(r.ID); ok && err == nil {
				_ = release(scope.Operator(ctx), claim, 0)
			}
		}
		return err
	}
}
