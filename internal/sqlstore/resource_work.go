package sqlstore

import (
	"context"
	"math"
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

// resourceClaims are the statements of the queue.
type resourceClaims struct{ claim, release, next *Statement }

func (s *resources) compileClaims() resourceClaims {
	now := s.micros()
	due := "SELECT tenant_id, resource_id FROM " + s.work.base +
		" WHERE due_at <= $1 AND leased_until <= " + now + " ORDER BY due_at, tenant_id, resource_id LIMIT $3"
	if !s.sqlite() {
		due += " FOR UPDATE SKIP LOCKED"
	}
	return resourceClaims{
		claim: &Statement{SQL: "WITH due (of_tenant, of_resource) AS (" + due + ") UPDATE " + s.work.base +
			" SET leased_until = " + now + " + $2, epoch = epoch + 1 FROM due" +
			" WHERE tenant_id = of_tenant AND resource_id = of_resource RETURNING tenant_id, resource_id, epoch"},
		release: &Statement{SQL: "UPDATE " + s.work.base + " SET leased_until = " + now +
			" + $4 WHERE tenant_id = $1 AND resource_id = $2 AND epoch = $3"},
		next: &Statement{SQL: "SELECT min(CASE WHEN due > leased THEN due ELSE leased END) FROM (" +
			"SELECT due_at - $1 AS due, leased_until - " + now + " AS leased FROM " + s.work.base +
			" WHERE due_at IS NOT NULL) AS waits"},
	}
}

// ever is a time after all that is due.
const ever = math.MaxInt64

func (s *resources) Claim(ctx context.Context, r resource.ClaimRequest) ([]resource.Claim, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return nil, err
	}
	now := r.Now.UnixMicro()
	if r.Immediate {
		now = ever
	}
	var claims []resource.Claim
	err = s.Database.Write(ctx, as, Step{
		Statement: s.claims.claim, Args: []any{now, r.Lease.Microseconds(), int64(r.Limit)},
		Row: func(v Values) error {
			claims = append(claims, resource.Claim{
				Tenant: tenant.ID(v.Text(0)), Resource: resource.ID(v.Text(1)), Epoch: v.Integer(2),
			})
			return nil
		},
	})
	return claims, err
}

func (s *resources) Release(ctx context.Context, c resource.Claim, hidden time.Duration) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	return s.Database.Write(ctx, as, Step{
		Statement: s.claims.release, Args: []any{string(c.Tenant), string(c.Resource), c.Epoch, hidden.Microseconds()},
	})
}

func (s *resources) Next(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
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

// microsOf is a time in microseconds since 1970, or NULL.
func microsOf(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := t.UnixMicro()
	return &n
}
