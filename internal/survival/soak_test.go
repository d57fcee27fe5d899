//go:build soak

package survival

import (
	"cmp"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSoakSurvival kills a hundred times on each database, or KILLS times, as far
// as DURATION reaches; what dies when is drawn from SEED.
func TestSoakSurvival(t *testing.T) {
	t.Parallel()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("SEED"), strconv.Itoa(rand.IntN(1e9))), 10, 64)
	require.NoError(t, err)
	kills, err := strconv.Atoi(cmp.Or(os.Getenv("KILLS"), "100"))
	require.NoError(t, err)
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		soak(t, onPostgres(t, newServer(t), "soak"), seed, kills, duration, []victim{aWriter, aRelay, server, everything})
	})
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		soak(t, onSQLite(t), seed, kills, duration, []victim{aWriter, aWriter, aRelay, aRelay, everything})
	})
}

func soak(t *testing.T, c *campaign, seed uint64, kills int, duration time.Duration, victims []victim) {
	t.Helper()
	began := time.Now()
	t.Logf("%s: %d kills from seed %d, within %s", c.driver, kills, seed, duration)
	c.open(t, seed, lease)
	c.staff(t, think)
	for n := range kills {
		if time.Since(began) > duration*3/4 { // the rest is for the settling
			t.Logf("%s: %d of %d kills in %s", c.driver, n, kills, time.Since(began).Round(time.Second))
			break
		}
		c.kill(t, pick(c.random, victims))
	}
	c.await(t, busy/2)
	judged(t, c)
	t.Logf("%s: %s", c.driver, time.Since(began).Round(time.Second))
}
