//go:build soak

package natstest

import (
	"cmp"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSoakTheBrokerIsKilled is TestTheBrokerIsKilled for as long as DURATION says,
// each round on a new database, a new server and a new stream.
func TestSoakTheBrokerIsKilled(t *testing.T) {
	t.Parallel()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			more := func(kills int) bool { return kills < 20 && time.Since(began) < duration }
			for round := 1; more(0) && !t.Failed(); round++ {
				t.Run(fmt.Sprintf("%d/one order", round), func(t *testing.T) { //nolint:paralleltest // rounds
					require.Zero(t, killed(t, db.open(t), 0, 2*time.Minute, wholeLane, more), "the stream drops repeats")
				})
				t.Run(fmt.Sprintf("%d/one order for each aggregate", round), func(t *testing.T) { //nolint:paralleltest // rounds
					killed(t, db.open(t), 4, 100*time.Millisecond, aggregate, more)
				})
			}
		})
	}
}
