package sqlstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/platforma/platforma/resource"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// workRow is a live resource in the queue of the workers. It is a table of its
// own because they look for work across tenants, and because a claim is no
// change of the resource.
type workRow struct {
	bun.BaseModel `bun:"table:work,alias:w"`

	TenantID    scope.TenantID `bun:"tenant_id,pk"`
	ResourceID  resource.ID    `bun:"resource_id,pk"`
	DueAt       *int64         `bun:"due_at"`       // microseconds, the host's time
	LeasedUntil int64          `bun:"leased_until"` // microseconds, the database's
	Epoch       int64          `bun:"epoch"`
}

func (s *resources) compileClaims() queue {
	due := "SELECT tenant_id, resource_id FROM " + s.work.base + " WHERE due_at <= $1 AND leased_until <= " + s.micros() +
		" ORDER BY due_at, tenant_id, resource_id LIMIT $3"
	if !s.sqlite() {
		due += " FOR UPDATE SKIP LOCKED"
	}
	return newQueue(s.Database, s.work.base, "resource_id", due)
}

func (s *resources) Claim(ctx context.Context, r resource.ClaimRequest) (claims []resource.Claim, err error) {
	err = s.claims.lease(ctx, dueBy(r.Now, r.Immediate), r.Lease, r.Limit, func(of, thing string, epoch int64) {
		claims = append(claims, resource.Claim{Tenant: tenant.ID(of), Resource: resource.ID(thing), Epoch: epoch})
	})
	return claims, err
}

func (s *resources) Release(ctx context.Context, c resource.Claim, hidden time.Duration) error {
	return s.claims.giveBack(ctx, c.Tenant, string(c.Resource), c.Epoch, hidden)
}

func (s *resources) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
	return s.claims.wait(ctx, dueBy(now, immediate))
}

// microsOf is a time in microseconds since 1970, or NULL.
func microsOf(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := t.UnixMicro()
	return &n
}
