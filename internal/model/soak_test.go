//go:build soak

package model

import (
	"cmp"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lanes is how many sequences run at once, each on databases of its own.
const lanes = 8

// TestSoakModel runs sequences on both databases for as long as DURATION says.
// The sequence of a seed is always the same; the seeds go up from SEED, or from
// a random one.
func TestSoakModel(t *testing.T) {
	t.Parallel()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	first, err := strconv.ParseInt(cmp.Or(os.Getenv("SEED"), strconv.Itoa(rand.IntN(1e9))), 10, 32)
	require.NoError(t, err)
	began := time.Now()
	t.Logf("sequences from seed %d on, for %s", first, duration)

	var (
		group sync.WaitGroup
		next  atomic.Int64
		done  atomic.Int64
		mu    sync.Mutex
		seen  = map[outcome]int{}
	)
	next.Store(first)
	for lane := range lanes {
		group.Go(func() {
			open := both
			if lane%4 == 0 {
				open = lasting
			}
			b := &bench{open: open, seen: map[outcome]int{}}
			for time.Since(began) < duration && !t.Failed() {
				seed := int(next.Add(1) - 1)
				commands := sequences().Example(seed)
				if err := b.run(t, commands); err != nil {
					t.Errorf("seed %d (-run TestModel/file -rapid.seed=%d cuts it down): %v\n%s", seed, seed, err, listed(commands))
				}
				if n := done.Add(1); n%500 == 0 {
					t.Logf("%d sequences after %s", n, time.Since(began).Round(time.Second))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for o, n := range b.seen {
				seen[o] += n
			}
		})
	}
	group.Wait()
	t.Logf("seeds %d to %d: %d sequences, %d commands, in %s\n\n%s",
		first, next.Load()-1, done.Load(), total(seen), time.Since(began).Round(time.Second), table(seen))
	require.Empty(t, untested(seen), "not put to the test")
}
