package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// runCached has everybody take turns on one session, in which each statement is
// prepared once and planned once, for all of them.
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
