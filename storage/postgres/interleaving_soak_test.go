//go:build soak

package postgres_test

import "testing"

// TestSoakInterleaving is [TestInterleaving] for long.
func TestSoakInterleaving(t *testing.T) {
	t.Parallel()
	interleaveOnOne(t, 1_000_000)
}
