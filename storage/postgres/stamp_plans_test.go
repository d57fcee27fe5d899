package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/storage/postgres"
)

// TestStampingLooksAtNoMoreThanItTakes has many events wait for their positions,
// of few subjects or of one each: each step looks at as many as it takes, a few
// times, and not at all that wait. The planner knows nothing of them.
func TestStampingLooksAtNoMoreThanItTakes(t *testing.T) {
	t.Parallel()
	for name, subjects := range map[string]int64{"a hundred subjects": 100, "a subject each": waiting} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stampsOf(t, subjects)
		})
	}
}

const waiting = 20_000

func stampsOf(t *testing.T, subjects int64) {
	t.Helper()
	const limit = 1_000
	database := postgrestest.New(t)
	db := postgrestest.OpenAt(t, database, &postgres.Options{MaxConns: 1})
	superuser := connect(t, database.Superuser)
	_, err := superuser.Exec(t.Context(), `INSERT INTO customer.outbox SELECT $1, 'evt_' || lpad(n::text, 26, '0'), NULL,
			'platforma.customer.updated.v1', 'cust_' || lpad((n % $3)::text, 26, '0'), n, now(), 'host', '', '', '', '{}'
		FROM generate_series(1, $2::bigint) n`, string(asCustomers.Tenant), int64(waiting), subjects)
	require.NoError(t, err)
	plans := postgrestest.NewExplainer(t, db, database).Plans(t, func() {
		n, err := db.Events().Stamp(scope.Operator(t.Context()), event.Stamping{Service: "customer", Limit: limit})
		require.NoError(t, err)
		require.Equal(t, limit, n)
	})
	require.NotEmpty(t, plans)
	for _, plan := range plans {
		for _, r := range plan.Reads {
			require.LessOrEqual(t, r.Rows, int64(2*limit), "of %s, by %q:\n%s", r.Table, r.Index, plan.Statement)
		}
	}
}
