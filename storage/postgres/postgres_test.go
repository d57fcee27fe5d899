package postgres_test

import (
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
