package postgres_test

import (
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/storagetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{})
}

func TestContractBehindPooler(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{Pooler: true})
}

func contract(t *testing.T, o postgres.Options) {
	t.Helper()
	var counters, explainers sync.Map
	explained(t, &explainers)
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		var trips postgrestest.Trips
		o := o
		o.Dial = trips.Dial
		database := postgrestest.New(t)
		db := postgrestest.OpenAt(t, database, &o)
		counters.Store(db, &trips)
		explainers.Store(db, postgrestest.NewExplainer(t, db, database))
		return db
	}, &storagetest.Options{Trips: func(d storage.Driver) int64 {
		counter, _ := counters.Load(d)
		return counter.(*postgrestest.Trips).Count()
	}, Plans: func(t *testing.T, d storage.Driver, operation func()) []storagetest.Plan {
		explainer, _ := explainers.Load(d)
		return explainer.(*postgrestest.Explainer).Plans(t, operation)
	}})
}

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
	"tenants.store.ledger.forget":         "tenants are not found by words",
	"tenants.store.ledger.terms.insert":   "tenants are not found by words",
	"resources.store.ledger.forget":       "resources are not found by words",
	"resources.store.ledger.terms.insert": "resources are not found by words",
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
