package id

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretsAreOfTheirSource(t *testing.T) {
	t.Parallel()
	secrets := func() [][]byte {
		s := NewSource(nil, rand.NewPCG(1, 2))
		return [][]byte{s.Secret(24), s.Secret(24), s.Secret(13)}
	}
	first := secrets()
	require.Equal(t, first, secrets(), "a given source makes them repeatable")
	require.NotEqual(t, first[0], first[1])
	require.Len(t, first[2], 13)
	require.NotEqual(t, make([]byte, 5), first[2][8:], "up to the last byte")

	system := NewSource(nil, nil)
	a, b := system.Secret(32), system.Secret(32)
	require.Len(t, a, 32)
	require.False(t, bytes.Equal(a, b))
}
