package sqlstore

import (
	"context"
	"math"
	"time"

	"github.com/platforma/platforma/scope"
)

// queue is a table of work that is leased across tenants: each row is a tenant's
// and one thing's, is due at a time of the host's, and is leased in the
// database's.
type queue struct {
	*Database

	claim, release, next *Statement
}

// newQueue compiles the statements of a queue. Due selects the tenants and the
// things that are to be leased: due at $1 and at most $3, whose turn is next.
func newQueue(d *Database, work, thing, due string) queue {
	now := d.micros()
	return queue{
		Database: d,
		claim: &Statement{SQL: "WITH due (of_tenant, of_thing) AS (" + due + ") UPDATE " + work +
			" SET leased_until = " + now + " + $2, epoch = epoch + 1 FROM due" +
			" WHERE tenant_id = of_tenant AND " + thing + " = of_thing RETURNING tenant_id, " + thing + ", epoch"},
		release: &Statement{SQL: "UPDATE " + work + " SET leased_until = " + now +
			" + $4 WHERE tenant_id = $1 AND " + thing + " = $2 AND epoch = $3"},
		next: &Statement{SQL: "SELECT min(CASE WHEN due > leased THEN due ELSE leased END) FROM (" +
			"SELECT due_at - $1 AS due, leased_until - " + now + " AS leased FROM " + work +
			" WHERE due_at IS NOT NULL) AS waits"},
	}
}

// ever is a time after all that is due.
const ever = math.MaxInt64

// dueBy is until when what is due is wanted; immediately, all that ever is.
func dueBy(now time.Time, immediately bool) int64 {
	if immediately {
		return ever
	}
	return now.UnixMicro()
}

// lease leases what is due and calls a function for each.
func (q *queue) lease(ctx context.Context, due int64, lease time.Duration, limit int, each func(tenant, thing string, epoch int64)) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	return q.Write(ctx, as, Step{
		Statement: q.claim, Args: []any{due, lease.Microseconds(), int64(limit)},
		Row: func(v Values) error {
			each(v.Text(0), v.Text(1), v.Integer(2))
			return nil
		},
	})
}

// giveBack ends a lease, and hides what was leased for a while.
func (q *queue) giveBack(ctx context.Context, tenant scope.TenantID, thing string, epoch int64, hidden time.Duration) error {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return err
	}
	return q.Write(ctx, as, Step{
		Statement: q.release, Args: []any{string(tenant), thing, epoch, hidden.Microseconds()},
	})
}

// wait is how long it is until something can be leased, if there is anything.
func (q *queue) wait(ctx context.Context, due int64) (time.Duration, bool, error) {
	as, err := across(ctx, RoleRelay)
	if err != nil {
		return 0, false, err
	}
	var wait int64
	var found bool
	err = q.Read(ctx, as, Step{Statement: q.next, Args: []any{due}, Row: func(v Values) error {
		wait, found = v.Integer(0), !v.Null(0)
		return nil
	}})
	if err != nil || !found {
		return 0, false, err
	}
	return max(0, time.Duration(wait)*time.Microsecond), true, nil
}
