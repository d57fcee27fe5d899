package model

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/postgrestest"
)

// shrunk are the few commands, behind those that every sequence begins with,
// that each planted fault was cut down to.
var shrunk = map[string][]command{
	"a version is not checked":           {{Op: "customer.race"}},
	"another tenant's customer is found": {{Op: "customer.create", In: 1}, {Op: "customer.get", On: foreign}},
	"an email is not free again":         {{Op: "customer.delete"}, {Op: "customer.create"}},
	"a page begins one too late":         {{Op: "customer.create", N: 2}, {Op: "customer.create", N: 3}},
	"an email is found in its own case only": {
		{Op: "customer.create", In: 1, N: 1}, {Op: "customer.by_email", In: 1},
	},
	"words are forgotten when an entity changes": {{Op: "customer.payment"}},
	"a receipt is lost":                          {{Op: "product.create", Key: 1}, {Op: "product.create", Key: 1}},
	"an import is stored in part":                {},
	"an event is lost":                           {{Op: "order.place", N: 1}},
	"items keep their statuses":                  {{Op: "order.place", N: 1}},
	"open orders are not found":                  {{Op: "order.place", N: 1}, {Op: "product.archive"}},
	"a suspension is seen late":                  {{Op: "tenant.suspend"}, {Op: "customer.create", N: 2}},
	"a refusal is swallowed": {
		{Op: "role.create"}, {Op: "user.grant"}, {Op: "role.delete"},
	},
	"capacity is not given back": {{Op: "order.place", N: 1}, {Op: "settle"}, {Op: "resource.terminate"}},
	"an action's try is not stored": {
		{Op: "back_end", What: int(busy)}, {Op: "order.place", N: 1}, {Op: "crash", N: 8},
	},
	"an address is handed out twice": {{Op: "order.place", N: 1}},
}

// TestShrunk runs what the planted faults were cut down to: the databases pass,
// the faulty driver does not.
func TestShrunk(t *testing.T) {
	t.Parallel()
	require.Equal(t, slices.Sorted(maps.Keys(planted)), slices.Sorted(maps.Keys(shrunk)))
	run := func(t *testing.T, b *bench) {
		t.Helper()
		b.seen = map[outcome]int{}
		for name, commands := range shrunk {
			assert.NoError(t, b.run(t, commands), name)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, &bench{open: alone})
	})
	t.Run("both", func(t *testing.T) {
		t.Parallel()
		if os.Getenv(postgrestest.Variable) == "" {
			t.Skipf("PostgreSQL is left out: set %s", postgrestest.Variable)
		}
		run(t, &bench{open: lasting})
	})
	for name, commands := range shrunk {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{open: alone, faulty: planted[name], seen: map[outcome]int{}}
			assert.Error(t, b.run(t, commands), "the fault is not seen")
		})
	}
}

// A fault is found by sequences that know nothing of it, and cut down.
func TestFaultIsFoundAndCutDown(t *testing.T) {
	t.Parallel()
	b := &bench{open: alone, faulty: planted["items keep their statuses"], seen: map[outcome]int{}}
	fails := func(commands []command) bool { return b.run(t, commands) != nil }
	for seed := 1; seed <= 50; seed++ {
		if commands := sequences().Example(seed); fails(commands) {
			left := cut(commands, fails)
			t.Logf("seed %d, %d commands:%s", seed, len(commands), listed(left))
			require.LessOrEqual(t, len(left), 2)
			return
		}
	}
	t.Fatal("the fault is not found")
}
