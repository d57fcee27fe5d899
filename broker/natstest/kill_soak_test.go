//go:build soak

package natstest

import (
	"cmp"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSoakTheBrokerIsKilled is TestTheBrokerIsKilled for as long as DURATION says.
func TestSoakTheBrokerIsKilled(t *testing.T) {
	t.Parallel()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	began := time.Now()
	more := func(int) bool { return time.Since(began) < duration }
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			t.Run("one order", func(t *testing.T) {
				t.Parallel()
				// Longer than a server is away, shorter than the test.
				require.Zero(t, killed(t, db.open(t), 0, 2*time.Minute, wholeLane, more), "the stream drops repeats")
			})
			t.Run("one order for each aggregate", func(t *testing.T) {
				t.Parallel()
				killed(t, db.open(t), 4, 100*time.Millisecond, aggregate, more)
			})
		})
	}
}
