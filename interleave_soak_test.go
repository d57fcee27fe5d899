//go:build soak

package platforma_test

import "testing"

// TestSoakInterleaving is TestInterleaving with a million operations of each
// mechanism, on new tenants now and then.
func TestSoakInterleaving(t *testing.T) {
	t.Parallel()
	for range 50 {
		interleave(t, 20_000)
	}
}
