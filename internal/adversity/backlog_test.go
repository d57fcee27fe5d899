package adversity_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/internal/counttest"
	"github.com/platforma/platforma/internal/postgrestest"
	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
	"github.com/platforma/platforma/tenant"
)

// backlog is a database with many events of one tenant that nobody has delivered.
type backlog struct {
	db storage.Driver
	// fill adds events of so many octets each, as if the tenant's customers had
	// changed; their ids rise.
	fill func(of tenant.ID, events, octets int)
}

func sqliteBacklog(t *testing.T) backlog {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cloud.db")
	db, err := sqlite.Open(context.Background(), path, nil)
	require.NoError(t, err)
	return backlog{db, func(of tenant.ID, events, octets int) {
		direct, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
		require.NoError(t, err)
		_, err = direct.ExecContext(t.Context(), `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $2)
			INSERT INTO customer_outbox SELECT $1, printf('evt_%026d', n), n, 'platforma.customer.updated.v1',
				printf('cust_%026d', n % 100), (n - 1) / 100 + 1, 1700000000000000 + n, 'host', '', '', '', $3 FROM n`,
			string(of), events, padding(octets))
		require.NoError(t, err)
		_, err = direct.ExecContext(t.Context(), `INSERT INTO customer_streams (tenant_id, position) VALUES ($1, $2)`, string(of), events)
		require.NoError(t, err)
		require.NoError(t, direct.Close())
	}}
}

func postgresBacklog(t *testing.T) backlog {
	t.Helper()
	database := postgrestest.New(t)
	return backlog{postgrestest.OpenAt(t, database, nil), func(of tenant.ID, events, octets int) {
		direct := connect(t, database.Superuser)
		_, err := direct.Exec(t.Context(), `INSERT INTO customer.outbox SELECT $1, 'evt_' || lpad(n::text, 26, '0'), NULL,
				'platforma.customer.updated.v1', 'cust_' || lpad((n % 100)::text, 26, '0'), (n - 1) / 100 + 1, now(), 'host', '', '', '', $3
			FROM generate_series(1, $2::bigint) n`, string(of), int64(events), padding(octets))
		require.NoError(t, err)
		_, err = direct.Exec(t.Context(), "ANALYZE customer.outbox")
		require.NoError(t, err)
	}}
}

func padding(octets int) string { return `{"name":"` + strings.Repeat("a", octets) + `"}` }

// drained is what came of a backlog.
type drained struct {
	mu   sync.Mutex
	busy tenant.ID
	// events is how many there are of the busy tenant, and done how many came.
	events, done int
	disorder     int
	versions     map[string]int64
	// others are how many of the backlog's events came before each of the others'.
	others []int
	// heap is what the process held after each tenth of the backlog.
	heap []uint64
}

func (d *drained) handle(_ context.Context, e event.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.Tenant != d.busy {
		d.others = append(d.others, d.done)
		return nil
	}
	if d.versions[e.Subject]++; d.versions[e.Subject] != e.Version {
		d.disorder++
	}
	if d.done++; d.done%(d.events/10) == 0 {
		d.heap = append(d.heap, held())
	}
	return nil
}

// all says that everything came, of so many others as well.
func (d *drained) all(others int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done == d.events && len(d.others) == others
}

// held is how much memory the process holds.
func held() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestABacklogDrainsAtConstantMemory has a tenant with many events, and others with
// one each, of later, which do not wait for its.
func TestABacklogDrainsAtConstantMemory(t *testing.T) { //nolint:paralleltest // what others hold would count
	for name, open := range backlogs() { //nolint:paralleltest // as above
		t.Run(name, func(t *testing.T) { drain(t, open(t), 10_000, 2_000) })
	}
}

func backlogs() map[string]func(t *testing.T) backlog {
	return map[string]func(t *testing.T) backlog{"sqlite": sqliteBacklog, "postgres": postgresBacklog}
}

// mostHeld is how much of a backlog the relay may hold: some windows of a hundred
// events, whatever their number.
const mostHeld = 8 << 20

func drain(t *testing.T, b backlog, events, octets int) {
	t.Helper()
	const others = 5
	p := newPlatform(t, b.db, options())
	d := drained{busy: newTenants(t, p, 1)[0], events: events, versions: map[string]int64{}}
	b.fill(d.busy, events, octets)
	for i := range others {
		of, err := p.Tenants.Create(tenant.AsOperator(t.Context()), tenant.Draft{Name: fmt.Sprintf("other %d", i)})
		require.NoError(t, err)
		newCustomers(t, p, of.ID, 1)
	}
	require.NoError(t, p.Events.Subscribe(event.Subscription{Name: "mirror", Services: []string{"customer"}, Handle: d.handle}))
	before := held()
	begun := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Errorf("running: %v", err)
		}
	})
	require.Eventually(t, func() bool { return d.all(others) }, 4*time.Hour, 10*time.Millisecond)
	took := time.Since(begun)
	cancel()
	run.Wait()
	var most float64
	for _, heap := range d.heap {
		most = max(most, float64(heap)-float64(before))
	}
	counttest.Logf(t, "%d events of %d MiB in %s, %.0f a second; at most %.1f MiB held at %d points; others' events came after %d of them",
		events, events*octets>>20, took.Round(time.Millisecond), float64(events)/took.Seconds(), most/(1<<20), len(d.heap), d.others)
	require.Less(t, most, float64(mostHeld))
	require.Zero(t, d.disorder)
	require.Less(t, slices.Max(d.others), 1_000, "they wait for a few windows, and not for the backlog")
}
