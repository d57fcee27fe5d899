package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// TestMatrixOnCachedPlans has everybody take turns on one session, in which each
// statement is prepared once and planned once, for all of them.
func TestMatrixOnCachedPlans(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	m.runCached(t, connect(t, m.database.App).PgConn(), m.tables...).check(t)
}

// TestMatrixNoticesAPlanOfOneTenant has plans keep the tenant that they were
// made in.
func TestMatrixNoticesAPlanOfOneTenant(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	_, err := connect(t, m.database.Superuser).Exec(t.Context(), "ALTER FUNCTION platforma.tenant() IMMUTABLE")
	require.NoError(t, err)
	one := slices.DeleteFunc(slices.Clone(m.tables), func(r *relation) bool { return r.SQL != "customer.customers" })
	sum := m.runCached(t, connect(t, m.database.App).PgConn(), one...)
	require.Positive(t, sum.leaks, "%s", sum)
}

func (m *matrix) runCached(t *testing.T, conn *pgconn.PgConn, tables ...*relation) *tally {
	t.Helper()
	must := func(sql string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql).ReadAll()
		require.NoError(t, err)
	}
	must("SET plan_cache_mode = force_generic_plan")
	sum := &tally{answers: map[string]int{}}
	for _, r := range tables {
		for _, k := range kinds {
			if !k.planned() {
				continue
			}
			must("PREPARE one AS " + k.text(r, r.at, r.fresh) + "; PREPARE missing AS " + k.text(r, r.fresh, r.at))
			for _, a := range actors(m.a, m.b, m.schemas) {
				if !a.owner && a.visits(r) {
					client{a, conn}.send(t.Context(), r, k, sum, "EXECUTE one", "EXECUTE missing")
				}
			}
			must("DEALLOCATE ALL")
		}
	}
	return sum
}

// planned says whether it is a statement that can be prepared.
func (k kind) planned() bool {
	verb, _, _ := strings.Cut(k.sql, " ")
	return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"}, verb)
}
