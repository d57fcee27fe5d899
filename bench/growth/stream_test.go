package growth_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/order"
	"github.com/platforma/platforma/page"
)

// streamBound is how much more memory may be alive while orders are streamed,
// in bytes: a few pages of the largest size, however many orders there are.
const streamBound = 16 << 20

// stream reads a tenant's orders, one after another, and looks at the memory.
func (d *database) stream(t *testing.T, limit int) {
	t.Helper()
	want := min(limit, d.size.Orders/2)
	before, highest, read := alive(), uint64(0), 0
	for o, err := range d.platform.Orders.All(d.in(t), order.Query{Request: page.Request{Limit: page.MaxLimit}}) {
		require.NoError(t, err)
		require.Len(t, o.Items, *items)
		if read++; read%(want/10) == 0 {
			highest = max(highest, alive())
		}
		if read == want {
			break
		}
	}
	require.Equal(t, want, read)
	require.Less(t, highest, before+streamBound, "the memory grows with what is streamed")
	t.Logf("%d orders: %d kB more than before", read, (max(highest, before)-before)>>10)
}

// alive is how many bytes are in use once the rest was taken away.
func alive() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
