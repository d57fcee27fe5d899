package sqlstore

import (
	"context"
	"time"

	"github.com/platforma/platforma/tenant"
	"github.com/platforma/platforma/webhook"
)

// webhookClaims are the statements of the queue.
type webhookClaims struct{ claim, release, next *Statement }

func (s *webhooks) compileClaims() webhookClaims {
	now, work := s.micros(), s.work.base
	due := "SELECT w.tenant_id, w.endpoint_id FROM " + work + " AS w WHERE w.due_at <= $1 AND w.leased_until <= " + now +
		" ORDER BY (SELECT count(*) FROM " + work + " AS held WHERE held.tenant_id = w.tenant_id AND held.leased_until > " + now +
		"), w.leased_until, w.due_at, w.tenant_id, w.endpoint_id LIMIT $3"
	if !s.sqlite() {
		due += " FOR UPDATE OF w SKIP LOCKED"
	}
	return webhookClaims{
		claim: &Statement{SQL: "WITH due (of_tenant, of_endpoint) AS (" + due + ") UPDATE " + work +
			" SET leased_until = " + now + " + $2, epoch = epoch + 1 FROM due" +
			" WHERE tenant_id = of_tenant AND endpoint_id = of_endpoint RETURNING tenant_id, endpoint_id, epoch"},
		release: &Statement{SQL: "UPDATE " + work + " SET leased_until = " + now +
			" + $4 WHERE tenant_id = $1 AND endpoint_id = $2 AND epoch = $3"},
		next: &Statement{SQL: "SELECT min(CASE WHEN due > leased THEN due ELSE leased END) FROM (" +
			"SELECT due_at - $1 AS due, leased_until - " + now + " AS leased FROM " + work +
			" WHERE due_at IS NOT NULL) AS waits"},
	}
}

func (s *webhooks) Claim(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return nil, err
	}
	now := r.Now.UnixMicro()
	if r.Immediate {
		now = ever
	}
	var claims []webhook.Claim
	err = s.Database.Write(ctx, as, Step{
		Statement: s.claims.claim, Args: []any{now, r.Lease.Microseconds(), int64(r.Limit)},
		Row: func(v Values) error {
			claims = append(claims, webhook.Claim{
				Tenant: tenant.ID(v.Text(0)), Endpoint: webhook.ID(v.Text(1)), Epoch: v.Integer(2),
			})
			return nil
		},
	})
	return claims, err
}

func (s *webhooks) Release(ctx context.Context, c webhook.Claim, hidden time.Duration) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	return s.Database.Write(ctx, as, Step{
		Statement: s.claims.release, Args: []any{string(c.Tenant), string(c.Endpoint), c.Epoch, hidden.Microseconds()},
	})
}

func (s *webhooks) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return 0, false, err
	}
	from := now.UnixMicro()
	if immediate {
		from = ever
	}
	var wait int64
	var found bool
	err = s.Read(ctx, as, Step{Statement: s.claims.next, Args: []any{from}, Row: func(v Values) error {
		wait, found = v.Integer(0), !v.Null(0)
		return nil
	}})
	if err != nil || !found {
		return 0, false, err
	}
	return max(0, time.Duration(wait)*time.Microsecond), true, nil
}
