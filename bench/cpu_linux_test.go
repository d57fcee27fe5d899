package bench_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/world"
)

// processor returns how long processors have worked so far for this process
// and for the database's connections: on a machine that is busy with other
// things too, the steadier measure. It is 0 where the server is elsewhere.
func processor(b *testing.B, w *world.World) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	sum := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	backends, err := w.Backends(b.Context())
	require.NoError(b, err)
	for _, pid := range backends {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			return 0
		}
		worked, _, _ := bytes.Cut(text, []byte(" "))
		n, err := strconv.ParseInt(string(worked), 10, 64)
		require.NoError(b, err)
		sum += time.Duration(n)
	}
	return sum
}
