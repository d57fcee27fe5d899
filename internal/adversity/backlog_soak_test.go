//go:build soak

package adversity_test

import "testing"

// TestSoakBacklog is TestABacklogDrainsAtConstantMemory with a million events. It
// takes as long as it takes.
func TestSoakBacklog(t *testing.T) { //nolint:paralleltest // what others hold would count
	for name, open := range backlogs() { //nolint:paralleltest // as above
		t.Run(name, func(t *testing.T) { drain(t, open(t), 1_000_000, 400) })
	}
}
