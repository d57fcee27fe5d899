package sqlstore

import (
	"context"
	"time"

	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

func (s *webhooks) compileClaims() queue {
	now, work := s.micros(), s.work.base
	due := "SELECT w.tenant_id, w.endpoint_id FROM " + work + " AS w WHERE w.due_at <= $1 AND w.leased_until <= " + now +
		" ORDER BY (SELECT count(*) FROM " + work + " AS held WHERE held.tenant_id = w.tenant_id AND held.leased_until > " + now +
		"), w.leased_until, w.due_at, w.tenant_id, w.endpoint_id LIMIT $3"
	if !s.sqlite() {
		due += " FOR UPDATE OF w SKIP LOCKED"
	}
	return newQueue(s.Database, work, "endpoint_id", due)
}

func (s *webhooks) Claim(ctx context.Context, r webhook.ClaimRequest) (claims []webhook.Claim, err error) {
	err = s.claims.lease(ctx, dueBy(r.Now, r.Immediate), r.Lease, r.Limit, func(of, thing string, epoch int64) {
		claims = append(claims, webhook.Claim{Tenant: tenant.ID(of), Endpoint: webhook.ID(thing), Epoch: epoch})
	})
	return claims, err
}

func (s *webhooks) Release(ctx context.Context, c webhook.Claim, hidden time.Duration) error {
	return s.claims.giveBack(ctx, c.Tenant, string(c.Endpoint), c.Epoch, hidden)
}

func (s *webhooks) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	return s.claims.wait(ctx, dueBy(now, immediate))
}
