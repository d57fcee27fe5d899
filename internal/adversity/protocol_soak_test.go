//go:build soak

package adversity_test

import (
	"cmp"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// soaking is how long to go on, by DURATION, and what begins with SEED, or with a
// random one.
func soaking(t *testing.T) (goOn func() bool, seed uint64) {
	t.Helper()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("DURATION"), "10m"))
	require.NoError(t, err)
	seed, err = strconv.ParseUint(cmp.Or(os.Getenv("SEED"), strconv.Itoa(rand.IntN(1e9))), 10, 64)
	require.NoError(t, err)
	t.Logf("seed %d, for %s", seed, duration)
	began := time.Now()
	return func() bool { return time.Since(began) < duration }, seed
}

// TestSoakProtocol hits every message of the protocol in every way, in an order
// that the seed says, while there is time.
func TestSoakProtocol(t *testing.T) { //nolint:tparallel // the stages are
	t.Parallel()
	goOn, seed := soaking(t)
	protocol(t, func(_ *stage, all []trial) []trial {
		chosen := append([]trial(nil), all...)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		return chosen
	}, goOn)
}
