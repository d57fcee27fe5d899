package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/processor"
	"github.com/platforma/platforma/bench/world"
)

// used returns how long processors have worked so far for this process and for
// the database's connections.
func used(b *testing.B, w *world.World) time.Duration {
	b.Helper()
	backends, err := w.Backends(b.Context())
	require.NoError(b, err)
	sum, err := processor.Used(backends...)
	require.NoError(b, err)
	return sum
}
