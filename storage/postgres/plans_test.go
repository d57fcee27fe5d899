package postgres_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/storagetest"
)

// explained fails the test, once its clauses have run, on a statement of the
// adapter that no clause of plans has sent.
func explained(t *testing.T, explainers *sync.Map) {
	t.Helper()
	t.Cleanup(func() {
		sent, ran := map[string]bool{}, 0
		explainers.Range(func(_, e any) bool {
			if len(e.(*postgrestest.Explainer).Sent) > 0 {
				ran++
			}
			maps.Copy(sent, e.(*postgrestest.Explainer).Sent)
			return true
		})
		clauses := 0
		for _, c := range storagetest.Clauses() {
			if strings.HasPrefix(c.Name, "plans/") {
				clauses++
			}
		}
		if ran < clauses {
			return // some were left out on the command line
		}
		missing := map[string]string{}
		explainers.Range(func(_, e any) bool {
			if len(e.(*postgrestest.Explainer).Sent) == 0 {
				return true // of another clause
			}
			for place, text := range e.(*postgrestest.Explainer).Statements() {
				if !sent[text] && !never(place) {
					missing[place] = text
				}
			}
			return true
		})
		for place, text := range missing {
			t.Errorf("no clause of plans sends %s: %s", place, text)
		}
	})
}

// neverSent are the ends of the places of statements that the adapter holds and
// never sends, each with the reason.
var neverSent = map[string]string{
	"tenants.store.ledger.retain":         "tenants are not found by words",
	"tenants.store.ledger.forget":         "tenants are not found by words",
	"tenants.store.ledger.terms.insert":   "tenants are not found by words",
	"resources.store.ledger.retain":       "resources are not found by words",
	"resources.store.ledger.forget":       "resources are not found by words",
	"resources.store.ledger.terms.insert": "resources are not found by words",
	"tenants.store.ledger.learn":          "tenants are not found by words",
	"resources.store.ledger.learn":        "resources are not found by words",
	"webhooks.store.ledger.retain":        "endpoints are not found by words",
	"webhooks.store.ledger.forget":        "endpoints are not found by words",
	"webhooks.store.ledger.terms.insert":  "endpoints are not found by words",
	"webhooks.store.ledger.learn":         "endpoints are not found by words",
	"events.lanes.insert":                 "a claim inserts lanes itself",
}

func never(place string) bool {
	for end := range neverSent {
		if strings.HasSuffix(place, end) {
			return true
		}
	}
	return false
}

// without is the environment variable with the statement that spoils a schema.
const without = "PLATFORMA_TEST_PLANS_WITHOUT"

// TestSpoiledPlans is run by [TestPlansFail] alone.
func TestSpoiledPlans(t *testing.T) {
	t.Parallel()
	spoil := os.Getenv(without)
	if spoil == "" {
		t.Skip("it is run by another test")
	}
	var explainers sync.Map
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		database := postgrestest.New(t)
		conn, err := pgx.Connect(t.Context(), database.Superuser)
		require.NoError(t, err)
		defer conn.Close(context.WithoutCancel(t.Context()))
		_, err = conn.Exec(t.Context(), spoil)
		require.NoError(t, err)
		db := postgrestest.OpenAt(t, database, nil)
		explainers.Store(db, postgrestest.NewExplainer(t, db, database))
		return db
	}, &storagetest.Options{Plans: func(t *testing.T, d storage.Driver, operation func()) []storagetest.Plan {
		explainer, _ := explainers.Load(d)
		return explainer.(*postgrestest.Explainer).Plans(t, operation)
	}})
}

// TestPlansFail spoils the schema in one way at a time, and expects that the
// clause of plans tells which access is bad and why.
func TestPlansFail(t *testing.T) {
	t.Parallel()
	postgrestest.New(t) // leaves it out where there is no server
	for spoil, says := range map[string][]string{
		"DROP INDEX tenant.users_status": {"users of", `the access to tenant.users by`, "looks at 300 rows, more than"},
		"DROP INDEX tenant.users_status, tenant.users_email_key; ALTER TABLE tenant.users DROP CONSTRAINT users_pkey CASCADE": {
			"a user", `the access to tenant.users by ""`, "is not bounded to the tenant's range of an index",
		},
		"DROP INDEX tenant.tenants_status": {"tenants of", "the access to tenant.tenants by", "looks at 41"},
	} {
		t.Run(spoil, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestSpoiledPlans$/^plans$/^tenant$")
			child.Env = append(os.Environ(), without+"="+spoil)
			output, err := child.CombinedOutput()
			require.Error(t, err, "the clause passes")
			for _, part := range says {
				require.Contains(t, string(output), part)
			}
		})
	}
}
