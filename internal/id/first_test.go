package id_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/internal/id"
)

func TestFirstIsBetweenItsMillisecondAndTheOneBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(1, 1<<47).Draw(t, "at"))
		first := id.First("evt", at.Add(time.Millisecond-time.Nanosecond))
		require.True(t, id.Valid("evt", first))
		require.Less(t, first, id.NewSource(func() time.Time { return at }, nil).New("evt"))
		require.Greater(t, first, id.NewSource(func() time.Time { return at.Add(-time.Millisecond) }, nil).New("evt"))
	})
	require.Equal(t, id.First("evt", time.Unix(0, 0)), id.First("evt", time.Unix(-1, 0)))
}
