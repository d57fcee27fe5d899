package scope_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

func TestADeliveryIsTakenOnce(t *testing.T) {
	t.Parallel()
	d := &scope.Delivery{Subscription: "s", Event: "evt_1"}
	taken, err := d.Take()
	require.NoError(t, err)
	require.Same(t, d, taken)
	taken, err = d.Take()
	require.ErrorIs(t, err, fault.ErrState)
	require.Nil(t, taken)

	d.Release()
	_, err = d.Take()
	require.NoError(t, err, "a write that did not happen gives it back")
	_, err = d.Take()
	require.ErrorIs(t, err, fault.ErrState)
}

func TestNoDeliveryIsNoError(t *testing.T) {
	t.Parallel()
	var none *scope.Delivery
	for range 2 {
		taken, err := none.Take()
		require.NoError(t, err)
		require.Nil(t, taken)
	}
	none.Release()
}

func TestOneOfManyTakesTheDelivery(t *testing.T) {
	t.Parallel()
	d := &scope.Delivery{}
	var holders, takes atomic.Int64
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 200 {
				if _, err := d.Take(); err != nil {
					continue
				}
				takes.Add(1)
				assert.Equal(t, int64(1), holders.Add(1), "two hold it at once")
				holders.Add(-1)
				d.Release()
			}
		})
	}
	group.Wait()
	require.Positive(t, takes.Load())
	_, err := d.Take()
	require.NoError(t, err, "the last one gave it back")
}
