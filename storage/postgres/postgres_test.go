package postgres_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/postgres"
	"github.com/platforma/platforma/storage/storagetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{}, func(t *testing.T) storagetest.Migrations { return install(t) })
}

func TestContractBehindPooler(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{Pooler: true}, nil)
}

// TestContractWithLogins is the part of the contract that says what each service
// does, with a login for each.
func TestContractWithLogins(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{Logins: loginsForTests(), MaxConns: 2}, nil)
}

func contract(t *testing.T, o postgres.Options, migrations func(*testing.T) storagetest.Migrations) {
	t.Helper()
	type opened struct {
		at    postgrestest.Database
		trips *postgrestest.Trips
	}
	var all, explainers sync.Map // of storage.Driver to opened, and to its explainer
	databases := postgrestest.NewLender(t)
	plans := func(t *testing.T, d storage.Driver, operation func()) []storagetest.Plan {
		explainer, _ := explainers.Load(d)
		return explainer.(*postgrestest.Explainer).Plans(t, operation)
	}
	if o.Pooler || o.Logins != nil {
		plans = nil // the statements are the same, and so are their plans
	} else {
		explained(t, &explainers)
	}
	var exclude map[string]string
	if o.Logins != nil {
		exclude = exceptOfServices()
	}
	var admitted sync.Map // of databases that know the logins
	var admit sync.Mutex  // two at once would change the same rows of the server's roles
	open := func(t *testing.T, at postgrestest.Database) storage.Driver {
		if _, known := admitted.LoadOrStore(at, true); !known && o.Logins != nil {
			admit.Lock()
			defer admit.Unlock()
			m := postgrestest.MigrateOptions()
			m.Logins = o.Logins
			require.NoError(t, postgres.Migrate(t.Context(), at.Owner, m))
		}
		var trips postgrestest.Trips
		o := o
		o.Dial = trips.Dial
		db := postgrestest.OpenAt(t, at, &o)
		all.Store(db, opened{at, &trips})
		explainers.Store(db, postgrestest.NewExplainer(t, db, at))
		return db
	}
	of := func(d storage.Driver) opened {
		one, _ := all.Load(d)
		return one.(opened)
	}
	storagetest.Run(t, func(t *testing.T) storage.Driver {
		if strings.Contains(t.Name(), "/plans/") {
			return open(t, postgrestest.New(t)) // what was in a table before would change its plans
		}
		return open(t, databases.Lend(t))
	}, &storagetest.Options{
		Exclude: exclude,
		Trips:   func(d storage.Driver) int64 { return of(d).trips.Count() },
		Reopen: func(t *testing.T, d storage.Driver) storage.Driver {
			require.NoError(t, d.Close())
			return open(t, of(d).at)
		},
		Migrations: migrations,
		Plans:      plans,
	})
}
