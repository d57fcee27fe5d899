package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/resource"
)

// queue is all work of all tenants, what is due longest first.
func (s resources) queue() (all []resource.Resource) {
	for of := range s.rows {
		for _, r := range s.rows[of] {
			if r.DueAt != nil && r.Live() {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b resource.Resource) int {
		return cmp.Or(a.DueAt.Compare(*b.DueAt), cmp.Compare(a.TenantID, b.TenantID), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (s resources) Claim(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
	return across(ctx, s.database, func() (claims []resource.Claim, _ error) {
		for _, work := range s.queue() {
			k := key{string(work.TenantID), string(work.ID)}
			if len(claims) == r.Limit || s.leases[k].until.After(s.now()) || !r.Immediate && work.DueAt.After(r.Now) {
				continue
			}
			s.leases[k] = lease{s.now().Add(r.Lease), s.leases[k].epoch + 1}
			claims = append(claims, resource.Claim{Tenant: work.TenantID, Resource: work.ID, Epoch: s.leases[k].epoch})
		}
		return claims, nil
	})
}

func (s resources) Release(ctx context.Context, c resource.Claim, hidden time.Duration) error {
	_, err := across(ctx, s.database, func() (struct{}, error) {
		k := key{string(c.Tenant), string(c.Resource)}
		if held, there := s.leases[k]; there && held.epoch == c.Epoch {
			s.leases[k] = lease{s.now().Add(hidden), c.Epoch}
		}
		return struct{}{}, nil
	})
	return err
}

func (s resources) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	waits, err := across(ctx, s.database, func() (waits []time.Duration, _ error) {
		for _, work := range s.queue() {
			wait := max(0, s.leases[key{string(work.TenantID), string(work.ID)}].until.Sub(s.now()))
			if !immediate {
				wait = max(wait, work.DueAt.Sub(now))
			}
			waits = append(waits, wait)
		}
		return waits, nil
	})
	if len(waits) == 0 {
		return 0, false, err
	}
	return slices.Min(waits), true, nil
}
