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
	var counters sync.Map
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		var trips postgrestest.Trips
		o := o
		o.Dial = trips.Dial
		db := postgrestest.OpenAt(t, postgrestest.New(t), &o)
		counters.Store(db, &trips)
		return db
	}, &storagetest.Options{Trips: func(d storage.Driver) int64 {
		counter, _ := counters.Load(d)
		return counter.(*postgrestest.Trips).Count()
	}})
}
