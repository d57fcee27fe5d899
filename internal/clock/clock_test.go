package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/internal/clock"
)

func TestNowIsUTCInMicroseconds(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("somewhere", 2*60*60)
	c := clock.Clock(func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678_901_999, zone) })
	require.Equal(t, time.Date(2026, 1, 2, 1, 4, 5, 678_901_000, time.UTC), c.Now())
}

func TestNilIsTheSystemsClock(t *testing.T) {
	t.Parallel()
	before := time.Now().Truncate(time.Microsecond)
	now := clock.Clock(nil).Now()
	require.False(t, now.Before(before))
	require.False(t, now.After(time.Now()))
	require.Equal(t, time.UTC, now.Location())
	require.Zero(t, now.Nanosecond()%1000)
}

// What is compared with == must not differ by how it was made: a monotonic
// reading, a zone's pointer.
func TestTruncatedTimesAreComparable(t *testing.T) {
	t.Parallel()
	now := clock.Truncate(time.Now())
	same := now == time.UnixMicro(now.UnixMicro()).UTC() //nolint:staticcheck // == and not Equal is the point
	require.True(t, same, "%#v", now)
	require.Equal(t, now, clock.Truncate(now))
	require.Equal(t, time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		clock.Truncate(time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)), "before 1970 too")
}
