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
	contract(t, postgres.Options{}, &admission{}, func(t *testing.T) storagetest.Migrations { return install(t) })
}

func TestContractBehindPooler(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{Pooler: true}, &admission{}, nil)
}

// TestContractWithLogins is the part of the contract that says what each service
// does, with a login for each: on a database as it is migrated, and a shorter part
// on one that is sealed.
func TestContractWithLogins(t *testing.T) {
	t.Parallel()
	var ready admission
	for name, o := range map[string]postgres.Options{"as migrated": {}, "sealed": {Sealed: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Logins, o.MaxConns = loginsForTests(), 2
			contract(t, o, &ready, nil)
		})
	}
}

// TestContractOnASealedDatabase is that part where nobody but the one login, and
// none of the services, may set the scope.
func TestContractOnASealedDatabase(t *testing.T) {
	t.Parallel()
	contract(t, postgres.Options{Sealed: true}, &admission{}, nil)
}

// admission makes databases ready for options that they are not migrated for, one
// at a time: two would change the same rows of the server's roles.
type admission struct {
	mu   sync.Mutex
	done map[postgrestest.Database]bool
}

func (a *admission) admit(t *testing.T, d postgrestest.Database, o postgres.Options) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.done[d] || o.Logins == nil && !o.Sealed {
		return
	}
	m, by := &postgres.MigrateOptions{Prefix: postgrestest.Prefix, Logins: o.Logins}, d.Owner
	if o.Sealed {
		m.Seal, by = &postgres.Seal{}, d.Superuser
	}
	require.NoError(t, postgres.Migrate(t.Context(), by, m))
	if a.done == nil {
		a.done = map[postgrestest.Database]bool{}
	}
	a.done[d] = true
}

func contract(t *testing.T, o postgres.Options, ready *admission, migrations func(*testing.T) storagetest.Migrations) {
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
	parts := o.Logins != nil || o.Sealed
	if o.Pooler || parts {
		plans = nil // the statements are the same, and so are their plans
	} else {
		explained(t, &explainers)
	}
	var exclude map[string]string
	switch {
	case o.Logins != nil && o.Sealed:
		exclude = except("order", "event", "reopen")
	case parts:
		exclude = except("tenant", "user", "customer", "catalog", "order", "resource", "event", "reopen")
	}
	open := func(t *testing.T, at postgrestest.Database) storage.Driver {
		ready.admit(t, at, o)
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
