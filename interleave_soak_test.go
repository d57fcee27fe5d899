//go:build soak

package platforma_test

import "testing"

// TestSoakInterleaving is TestInterleaving with a million operations of each
// mechanism, on new tenants now and then.
func TestSoakInterleaving(t *testing.T) {
	for range 50 {
		t.Run("", func(t *testing.T) { interleave(t, 20_000) })
	}
}
