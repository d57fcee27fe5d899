package peer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/bench/peer"
	"github.com/platforma/platforma/page"
)

func TestTermsThatStayAreLeftAlone(t *testing.T) {
	t.Parallel()
	open, product, cart := page.Term{Key: "open", Value: "a"}, page.Term{Key: "product", Value: "a"}, page.Term{Key: "cart", Value: "7"}
	added, dropped := peer.Replaced([]page.Term{open, product}, []page.Term{product, cart})
	require.Equal(t, []page.Term{cart}, added)
	require.Equal(t, []page.Term{open}, dropped)

	added, dropped = peer.Replaced([]page.Term{open, product}, []page.Term{product, open})
	require.Empty(t, added, "their order does not matter")
	require.Empty(t, dropped)
}
